/** The types of a client with schemas of three libraries, and of the specification itself. */

import {
  type LiveDocument,
  RealtimeClient,
  type RealtimeEvent,
  type SchemaInput,
  type SchemaOutput,
  type SchemaTopics,
  type StandardSchema,
  type SyncDocument,
} from '@smarterservices/realtime';
import { RealtimeClient as Core } from '@smarterservices/realtime/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

/** `true` if the types are the same, also in what is optional and readonly. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Claim extends true>(): void {}

const options = { url: 'http://localhost:3000', token: 'your-jwt-token', autoConnect: false };
const status = z.object({ sessionId: z.string(), campusId: z.number(), status: z.enum(['active', 'ended']) });
const order = v.object({
  orderId: v.number(),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
});
const grade = type({ points: 'number', 'comment?': 'string' });
const schemas = { 'session.status': status, 'order.updated': order, grade };

// The topic map comes from the schemas.
const client = new RealtimeClient({ ...options, schemas });
client.on('event:session.status', ({ payload }) => {
  holds<Same<typeof payload, { sessionId: string; campusId: number; status: 'active' | 'ended' }>>();
});
client.on('event:order.updated', ({ payload }) => holds<Same<typeof payload.at, Date>>());
client.once('event:grade', (event) => {
  holds<Same<typeof event.payload.points, number>>();
  holds<Same<typeof event.payload.comment, string | undefined>>();
});
client.on('event', (event) => {
  if (event.topic === 'order.updated') holds<Same<typeof event.payload, { orderId: number; at: Date }>>();
  if (event.topic === 'session.status') event.payload.campusId.toFixed();
});
client.subscribe({ topic: 'session.status', filter: { campusId: 12, status: { in: ['active'] } } });
// @ts-expect-error TS2551|TS2339: Property 'campusID' does not exist on type
client.on('event:session.status', ({ payload }) => payload.campusID);
// @ts-expect-error TS2769: "event:session.statuss"' is not assignable to parameter of type '"
client.on('event:session.statuss', () => {});
// @ts-expect-error TS2820: Did you mean '"session.status"'?
client.subscribe({ topic: 'session.statuss' });
// @ts-expect-error TS2322: Type 'string' is not assignable to type 'FilterCondition<number>
client.subscribe({ topic: 'session.status', filter: { campusId: '12' } });

const core = new Core({ ...options, schemas: { grade } });
core.on('event:grade', ({ payload }) => holds<Same<typeof payload.points, number>>());
export const anyClient: RealtimeClient = client;

// With a map: the schemas must fit it, and topics need none.
interface Topics {
  'session.status': { sessionId: string; campusId: number };
  'order.deleted': { orderId: number };
}
const mapped = new RealtimeClient<Topics>({ ...options, schemas: { 'session.status': status } });
mapped.on('event:session.status', ({ payload }) => holds<Same<typeof payload, Topics['session.status']>>());
mapped.on('event:order.deleted', ({ payload }) => payload.orderId.toFixed());
// @ts-expect-error TS2322: is not assignable to type 'StandardSchema<unknown, { orderId: number; }>'
new RealtimeClient<Topics>({ ...options, schemas: { 'order.deleted': status } });
// @ts-expect-error TS2353: ''order.delete'' does not exist in type
new RealtimeClient<Topics>({ ...options, schemas: { 'order.delete': order } });
const both = new RealtimeClient<SchemaTopics<typeof schemas> & Pick<Topics, 'order.deleted'>>({ ...options, schemas });
both.on('event:order.updated', ({ payload }) => holds<Same<typeof payload.at, Date>>());
both.on('event:order.deleted', ({ payload }) => payload.orderId.toFixed());

// What is no schema, and a schema whose output is no payload.
// @ts-expect-error TS2353: 'type' does not exist in type 'StandardSchema<
new RealtimeClient({ ...options, schemas: { a: { type: 'object' } } });
// @ts-expect-error TS2322: is not assignable to type
new RealtimeClient({ ...options, schemas: { a: z.string() } });

// In subscribe(), a filter compares what the server sends: the schema's input.
const loose = new RealtimeClient(options);
loose.subscribe({ topic: 'order.updated', schema: order, filter: { at: '2026-01-01', orderId: { in: [1, 2] } } });
loose.subscribe({ topic: 'session.status', schema: status, filter: { campusId: 12 } });
loose.subscribe({ topic: 'grade', schema: grade });
loose.subscribe({ topic: 'order.updated', schema: order }, ({ topic, payload }) => {
  holds<Same<[typeof topic, typeof payload], ['order.updated', { orderId: number; at: Date }]>>();
});
// @ts-expect-error TS2353|TS2561: 'campusID' does not exist in type
loose.subscribe({ topic: 'session.status', schema: status, filter: { campusID: 12 } });
client.subscribe({ topic: 'order.updated', schema: order, filter: { at: '2026-01-01' } });
// @ts-expect-error TS2322: is not assignable to type 'StandardSchema<
client.subscribe({ topic: 'order.updated', schema: status });
// @ts-expect-error TS2353: 'type' does not exist in type 'StandardSchema<
loose.subscribe({ topic: 'a', schema: { type: 'object' } });

// Documents.
const note = z.object({ title: z.string(), tags: z.array(z.string()).default([]) });
type Note = { title: string; tags: string[] };
export async function use(): Promise<void> {
  const read = await loose.sync.get('notes', 'n1', { schema: note, timeout: 1000 });
  holds<Same<typeof read, SyncDocument<Note>>>();
  const live = loose.sync.watch('notes', 'n1', { schema: note, returnMode: 'diff' });
  holds<Same<typeof live, LiveDocument<Note>>>();
  live.on('change', ({ data }) => holds<Same<typeof data, Note>>());
  for await (const { data } of loose.sync.list('notes', { schema: note })) holds<Same<typeof data, Note>>();
  for await (const { documents } of loose.sync.list('notes', { schema: note }).pages())
    holds<Same<typeof documents, SyncDocument<Note>[]>>();
  const { data } = await loose.sync.get('orders', 'o1', { schema: order });
  holds<Same<typeof data, { orderId: number; at: Date }>>();
  const graded = await loose.sync.get('grades', 'g1', { schema: grade });
  graded.data.points.toFixed();
  // Without a schema as before.
  const plain = await loose.sync.get('notes', 'n1', { timeout: 1000 });
  holds<Same<typeof plain, SyncDocument<Record<string, unknown>>>>();
  const declared = await loose.sync.get<Note>('notes', 'n1');
  holds<Same<typeof declared, SyncDocument<Note>>>();
  // A map of documents is what the server has; a schema may make something else of it.
  const typed = new RealtimeClient<Topics, { orders: { orderId: number; at: string } }>(options);
  const mappedOrder = await typed.sync.get('orders', 'o1');
  holds<Same<typeof mappedOrder.data, { orderId: number; at: string }>>();
  const checked = await typed.sync.get('orders', 'o1', { schema: order });
  holds<Same<typeof checked.data, { orderId: number; at: Date }>>();
  // @ts-expect-error TS2345: "ordrs"' is not assignable to parameter of type '"
  await typed.sync.get('ordrs', 'o1', { schema: order });
  // @ts-expect-error TS2322|TS2375: is not assignable to type
  const wrong: SyncDocument<{ total: number }> = await typed.sync.get('orders', 'o1');
  // @ts-expect-error TS2322|TS2769: is not assignable to type
  await loose.sync.get<Note>('notes', 'n1', { schema: order });
  console.log(wrong);
}

// The copy of the interface and that of the specification stand for each other.
declare const specified: StandardSchemaV1<{ a: string }, { a: number }>;
export const ours: StandardSchema<{ a: string }, { a: number }> = specified;
export const theirs: StandardSchemaV1<{ a: string }, { a: number }> = ours;
holds<Same<[SchemaInput<typeof specified>, SchemaOutput<typeof specified>], [{ a: string }, { a: number }]>>();
holds<Same<SchemaOutput<typeof order>, v.InferOutput<typeof order>>>();
holds<Same<SchemaInput<typeof order>, v.InferInput<typeof order>>>();
holds<Same<SchemaOutput<typeof status>, z.output<typeof status>>>();
holds<Same<SchemaOutput<typeof grade>, typeof grade.infer>>();

// Handlers that stand alone.
const onStatus = ({ payload }: RealtimeEvent<z.output<typeof status>>): number => payload.campusId;
client.on('event:session.status', onStatus);
client.on('error', (error) => {
  if (error.code === 'PAYLOAD_INVALID')
    for (const { path, message } of error.issues ?? [])
      console.log(error.topic, error.eventId, path.join('.'), message);
});
