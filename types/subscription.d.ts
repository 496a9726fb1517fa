import type { RealtimeClientOptions } from './options.js';
import type { StandardSchema } from './schema.js';
import type { AbortSignal } from './web.js';

/**
 * What to subscribe to.
 *
 * @typeParam Topic type of the topic
 * @typeParam Payload type of the topic's payload
 * @typeParam Input type of the payload as the server sends it: it decides what a filter may contain.
 *   Without a schema that transforms it: the same
 */
export interface SubscribeOptions<
  Topic extends string = string,
  Payload extends object = Record<string, unknown>,
  Input = Payload,
> {
  /** Domain topic, e.g. `"session.status"`: 1 to 256 bytes, no control characters. */
  topic: Topic;
  /** Deliver only the events whose payload matches. */
  filter?: SubscriptionFilter<Input extends object ? Input : Record<string, unknown>>;
  /**
   * What the events of sync topics carry: the document (`'full'`), the change (`'diff'`), or both.
   * Default: `'full'`.
   */
  returnMode?: 'full' | 'diff' | 'both';
  /**
   * Checks the payloads of the topic while this subscription lives, like
   * {@link RealtimeClientOptions.schemas}. Filters compare what the server sends, before the schema
   * transforms it. All listeners of the topic receive the schema's output, so a topic has one
   * schema: pass the same object to all its subscriptions. The topic cannot be a pattern.
   *
   * @example
   * realtime.subscribe({ topic: 'session.status', schema: sessionStatus, filter: { campusId: 12 } });
   */
  schema?: StandardSchema<Input, Payload>;
  /**
   * Ends the subscription when it is aborted. With a signal that is aborted already, `subscribe`
   * throws `ABORTED`.
   */
  signal?: AbortSignal;
}

/** Value that a filter compares with. Types are not converted: `12` does not match `'12'`. */
export type FilterValue = string | number | boolean | null;

/** Condition on one value of the payload: it equals a value, or one of several. */
export type FilterCondition<Value extends FilterValue = FilterValue> = Value | { eq: Value } | { in: readonly Value[] };

/**
 * Conditions on the payload, by key or dotted path. An event matches when all of them hold.
 *
 * With the type of a payload, TypeScript checks the keys, the paths and the types of the values. A
 * path that leads to an object or an array is not accepted, since a condition on it never holds.
 *
 * @typeParam Payload type of the payload. Default: any key, any value
 * @example
 * realtime.subscribe({
 *   topic: 'session.status',
 *   filter: { campusId: 12, status: { in: ['active', 'ended'] }, 'student.vip': true },
 * });
 */
export type SubscriptionFilter<Payload extends object = Record<string, unknown>> = string extends keyof Payload
  ? { [path: string]: FilterCondition }
  : { [Path in FilterPath<Payload>]?: FilterCondition<ValueAt<Payload, Path>> };

/**
 * The paths of a payload that lead to values that a filter can compare. Members of a union are
 * taken apart, so the paths of all members are there.
 */
type FilterPath<Payload, Start extends string = '', Depth extends 0[] = []> = Payload extends object
  ? { [Key in keyof Payload & string]-?: PathTo<Payload[Key], `${Start}${Key}`, Depth> }[keyof Payload & string]
  : never;

type PathTo<Value, Path extends string, Depth extends 0[]> = unknown extends Value
  ? Path | `${Path}.${string}`
  : Value extends FilterValue
    ? Path
    : Value extends readonly unknown[] | ((...input: never[]) => unknown)
      ? never
      : Depth['length'] extends MaxDepth
        ? `${Path}.${string}`
        : FilterPath<Value, `${Path}.`, [...Depth, 0]>;

/** Deeper paths are not checked: types that contain themselves have no end. */
type MaxDepth = 3;

/** The values that a filter can compare at a path. */
type ValueAt<Payload, Path> = unknown extends Payload
  ? FilterValue
  : Payload extends object
    ? Path extends keyof Payload
      ? unknown extends Payload[Path]
        ? FilterValue
        : Extract<Payload[Path], FilterValue>
      : string extends Path
        ? FilterValue
        : Path extends `${infer Key}.${infer Rest}`
          ? Key extends keyof Payload
            ? ValueAt<Payload[Key], Rest>
            : never
          : never
    : never;
