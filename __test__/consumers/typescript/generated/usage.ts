/** A program with the types that `realtime types` wrote from the schemas of a platform. */

import { RealtimeClient } from '@smarterservices/realtime';
import type { Money, OrderUpdated, Topics } from './topics.js';

const client = new RealtimeClient<Topics>({ url: 'http://localhost:3000', token: 'a token', autoConnect: false });

client.on('event:order.updated', ({ payload }) => {
  const id: number = payload.orderId;
  const status: 'open' | 'paid' | undefined = payload.status;
  const note: string | null | undefined = payload.note;
  const total: Money = payload.total;
  const skus: string[] = payload.lines?.map(({ sku }) => sku) ?? [];
  console.log(id, status, note, total.amount.toFixed(2), skus);
  // @ts-expect-error TS2551: Did you mean 'orderId'?
  console.log(payload.ordrId);
});
client.on('event:notice', ({ payload }) => {
  // A topic without a schema has unknown members.
  const text: unknown = payload.text;
  console.log(text);
});
client.on('event:tree.changed', ({ payload }) => console.log(payload.children?.[0]?.children?.length));
client.on('event:payment', ({ payload }) => {
  if (payload.kind === 'card') console.log(payload.last4.length);
  // @ts-expect-error TS2339: Property 'last4' does not exist
  else console.log(payload.last4);
});

client.subscribe({ topic: 'order.updated', filter: { orderId: 7, status: { in: ['open'] }, 'total.currency': 'EUR' } });
// @ts-expect-error TS2820|TS2322: "ordr.updated"
client.subscribe({ topic: 'ordr.updated' });
// @ts-expect-error TS2322: is not assignable to type
client.subscribe({ topic: 'order.updated', filter: { status: 'lost' } });
// @ts-expect-error TS2769: No overload matches this call
client.on('event:ordr.updated', () => {});

export const order: OrderUpdated = { orderId: 1, total: { amount: 2, currency: 'EUR' } };
// @ts-expect-error TS2741: Property 'total' is missing
export const half: OrderUpdated = { orderId: 1 };
