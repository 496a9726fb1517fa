/**
 * Schema of any library that implements Standard Schema 1 (https://standardschema.dev), such as
 * zod 3.24, valibot 1 and arktype 2. Written out here, so that the package needs none of them.
 *
 * @typeParam Input what the schema accepts
 * @typeParam Output what it makes of that. Without a transformation: the same.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Types alone: the value is never there. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value: the output, or the issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Type of what a schema accepts. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

/** Type of what a schema makes of a value: the payload that listeners receive. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** Schemas by topic, whose outputs are the payloads of a topic map. A topic may lack a schema. */
export type TopicSchemas<Topics> = { readonly [Topic in keyof Topics]?: StandardSchema<unknown, Topics[Topic]> };

/**
 * Topic map of a set of schemas, to be combined with topics that have none.
 *
 * @example
 * const schemas = { 'session.status': sessionStatus };
 * type Topics = SchemaTopics<typeof schemas> & { 'order.updated': { orderId: number } };
 * const realtime = new RealtimeClient<Topics>({ url, token, schemas });
 */
export type SchemaTopics<Schemas extends { readonly [Topic in keyof Schemas]: StandardSchema }> = {
  -readonly [Topic in keyof Schemas]: SchemaOutput<Schemas[Topic]>;
};

/** One reason why a payload or a document does not fit its schema. */
export interface PayloadIssue {
  /** Keys that lead to the value, e.g. `['lines', 0, 'sku']`. Empty for the whole. At most 32. */
  path: readonly (string | number)[];
  /** Text of the schema's library. It may quote the data. At most 200 characters. */
  message: string;
}

/**
 * The same type, which the type that a caller expects does not decide: only a schema does.
 */
export type Fixed<Type> = [Type][Type extends unknown ? 0 : never];
