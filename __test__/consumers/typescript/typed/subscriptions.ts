/** Subscriptions with a topic map: the topic, the filter's paths, and the types of its values. */

import type { SubscribeOptions, SubscriptionFilter } from '@smarterservices/realtime';
import { client, holds, type Order, type Same } from './client.js';

const id = client.subscribe({ topic: 'order.updated' });
holds<Same<typeof id, string>>();
client.subscribe({
  topic: 'order.updated',
  filter: {
    orderId: 12,
    status: { in: ['open', 'paid'] },
    urgent: { eq: true },
    note: null,
    'customer.name': 'Ada',
    'customer.address.city': { in: ['Oslo', 'Rome'] },
  },
  returnMode: 'full',
});
client.subscribe({ topic: 'user.12', filter: { online: true } });
client.subscribe({ topic: 'sync.notes.updated', filter: { id: 'n1', 'data.title': 'Milk' }, returnMode: 'both' });
client.subscribe({ topic: 'sync.notes.deleted', filter: { id: 'n1' } });
const either = Math.random() < 0.5 ? 'order.updated' : 'session.status';
client.subscribe({ topic: either });
const states = ['open', 'paid'] as const;
client.subscribe({ topic: 'order.updated', filter: { status: { in: states } } });

// @ts-expect-error TS2820: Did you mean '"order.updated"'?
client.subscribe({ topic: 'ordr.updated' });
// @ts-expect-error TS2322: Type '"order.*"' is not assignable to type
client.subscribe({ topic: 'order.*' });
// @ts-expect-error TS2345|TS2741: Property 'topic' is missing
client.subscribe({ filter: { orderId: 12 } });
// @ts-expect-error TS2345: Argument of type 'string' is not assignable to parameter of type 'SubscribeOptions<
client.subscribe('order.updated');
// @ts-expect-error TS2561: Did you mean to write 'filter'?
client.subscribe({ topic: 'order.updated', filtre: { orderId: 12 } });
// @ts-expect-error TS2345: Argument of type 'string' is not assignable to parameter of type
client.subscribe({ topic: 'order.updated' }, 'handler');

// @ts-expect-error TS2561: Did you mean to write 'orderId'?
client.subscribe({ topic: 'order.updated', filter: { ordrId: 12 } });
// @ts-expect-error TS2353: ''customer.nam'' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { 'customer.nam': 'Ada' } });
// @ts-expect-error TS2353: ''customer.name.first'' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { 'customer.name.first': 'Ada' } });
// @ts-expect-error TS2353: 'customer' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { customer: { name: 'Ada' } } });
// @ts-expect-error TS2353: 'lines' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { lines: null } });
// @ts-expect-error TS2353: ''lines.0.sku'' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { 'lines.0.sku': 'a' } });
// @ts-expect-error TS2353: 'campusId' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { campusId: 12 } });
// @ts-expect-error TS2353: ''data.titel'' does not exist in type
client.subscribe({ topic: 'sync.notes.updated', filter: { 'data.titel': 'Milk' } });

// @ts-expect-error TS2322: Type 'string' is not assignable to type 'FilterCondition<number>
client.subscribe({ topic: 'session.status', filter: { campusId: '12' } });
// @ts-expect-error TS2322: Type '"payed"' is not assignable to type '"open" | "paid"'
client.subscribe({ topic: 'order.updated', filter: { status: { in: ['payed'] } } });
// @ts-expect-error TS2322: Type 'number' is not assignable to type 'string'
client.subscribe({ topic: 'order.updated', filter: { 'customer.name': { eq: 1 } } });
// @ts-expect-error TS2322: Type 'null' is not assignable to type 'FilterCondition<number>
client.subscribe({ topic: 'order.updated', filter: { orderId: null } });
// @ts-expect-error TS2353: 'gt' does not exist in type
client.subscribe({ topic: 'order.updated', filter: { orderId: { gt: 1 } } });
// @ts-expect-error TS2322: Type 'string[]' is not assignable to type 'FilterCondition<
client.subscribe({ topic: 'order.updated', filter: { status: ['open'] } });

// The types alone, for functions that take them.
const options: SubscribeOptions<'order.updated', Order> = { topic: 'order.updated', filter: { orderId: 1 } };
client.subscribe(options);

// Any member of a union, types that contain themselves, unknown data, records, brands and enums.
type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number; name: string };
export const shapes: SubscriptionFilter<Shape>[] = [
  { kind: { in: ['circle', 'square'] }, radius: 1, side: 2, name: 'a' },
  // @ts-expect-error TS2322: Type '"triangle"' is not assignable to type
  { kind: 'triangle' },
];
interface Tree {
  value: number;
  child?: Tree;
  children: Tree[];
}
export const trees: SubscriptionFilter<Tree>[] = [
  { value: 1, 'child.child.value': 2, 'child.child.child.child.child.child.value': 3 },
  // @ts-expect-error TS2322: Type 'string' is not assignable to type
  { 'child.value': '1' },
];
/** With many members of its own type, there are hundreds of paths. */
type Family = { name: string } & { [Relative in 'a' | 'b' | 'c' | 'd' | 'e' | 'f']?: Family };
export const families: SubscriptionFilter<Family>[] = [
  { 'a.b.f.name': 'Ada', 'a.b.c.d.e.f.name': 'Ada' },
  // @ts-expect-error TS2322: Type 'number' is not assignable to type
  { 'a.b.name': 1 },
];
enum Level {
  Low = 'low',
  High = 'high',
}
// biome-ignore lint/suspicious/noExplicitAny: payloads can be typed like this
type Mixed = { open: unknown; wild: any; byName: Record<string, number>; level: Level; id: string & { brand: 'id' } };
const branded = 'x' as string & { brand: 'id' };
export const mixed: SubscriptionFilter<Mixed>[] = [
  { open: 1, 'open.deep.er': 'x', wild: null, 'wild.child': true, 'byName.ada': 1, level: Level.High, id: branded },
  // @ts-expect-error TS2322: Type 'string' is not assignable to type
  { 'byName.ada': '1' },
  // @ts-expect-error TS2322: Type '"high"' is not assignable to type
  { level: 'high' },
];
