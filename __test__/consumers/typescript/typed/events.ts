/** Listeners with a topic map. */

import type { EventHandler, RealtimeError, RealtimeEvent, TopicEvent } from '@smarterservices/realtime';
import { client, holds, type Order, type Same, type Topics } from './client.js';

client.on('event', (event) => {
  if (event.topic === 'order.updated') {
    holds<Same<typeof event.payload, Order>>();
  } else if (event.topic === 'session.status') {
    holds<Same<typeof event.payload, { sessionId: string; campusId: number }>>();
  } else if (event.topic === 'sync.counters.updated') {
    holds<Same<typeof event.payload.data, { count: number } | undefined>>();
  } else if (event.topic === 'user.12') {
    holds<Same<typeof event.payload.online, boolean>>();
  }
  switch (event.topic) {
    case 'order.updated':
      return event.payload.orderId.toFixed();
    default:
      // @ts-expect-error TS2339: Property 'orderId' does not exist on type
      return event.payload.orderId;
  }
});
client.on('event', (event) => {
  // @ts-expect-error TS2339: Property 'orderId' does not exist on type
  event.payload.orderId;
  // @ts-expect-error TS2367: have no overlap
  if (event.topic === 'ordr.updated') return;
});

for (const add of ['on', 'once', 'off'] as const) {
  client[add]('event:order.updated', (event) => {
    holds<Same<typeof event, RealtimeEvent<Order, 'order.updated'>>>();
    holds<Same<typeof event.topic, 'order.updated'>>();
    // @ts-expect-error TS2551: Did you mean 'orderId'?
    event.payload.ordrId;
  });
  client[add]('event:user.12', (event) => holds<Same<typeof event.payload, { online: boolean }>>());
  client[add]('event:sync.notes.updated', ({ payload }) =>
    holds<Same<typeof payload.data, { title: string; tags: string[] } | undefined>>(),
  );
  client[add]('event:sync.notes.deleted', ({ payload }) =>
    holds<Same<typeof payload, { service: string; id: string }> | true>(),
  );
  client[add]('error', (error) => holds<Same<typeof error, RealtimeError>>());
  client[add]('gap', ({ since, channels }) => holds<Same<[typeof since, typeof channels], [number, string[]]>>());
  client[add]('slow', ({ maxEvents }) => holds<Same<typeof maxEvents, number>>());
  // @ts-expect-error TS2769: "event:ordr.updated"' is not assignable to parameter of type '"
  client[add]('event:ordr.updated', () => {});
  // @ts-expect-error TS2769: "event:sync.nots.updated"' is not assignable to parameter of type '"
  client[add]('event:sync.nots.updated', () => {});
  // @ts-expect-error TS2769: "conection"' is not assignable to parameter of type '"
  client[add]('conection', () => {});
  // @ts-expect-error TS2769: "order.updated"' is not assignable to parameter of type '"
  client[add]('order.updated', () => {});
  // @ts-expect-error TS2769: "message"' is not assignable to parameter of type '"
  client[add]('message', () => {});
}

// Handlers that stand alone.
const onOrder = ({ payload }: RealtimeEvent<Order>): number => payload.orderId;
client.on('event:order.updated', onOrder);
client.off('event:order.updated', onOrder);
const onAny: EventHandler = (data) => console.log(data);
client.on('event', onAny);
const describe = (event: TopicEvent<Topics>): string =>
  event.topic === 'order.updated' ? event.payload.status : event.topic;
// @ts-expect-error TS2769: Property 'sku' is missing in type 'Order'
client.on('event:order.updated', ({ payload }: RealtimeEvent<{ sku: string }>) => payload.sku);

// One handler for several names.
client.on(Math.random() < 0.5 ? 'event:order.updated' : 'event:session.status', (event) => describe(event));
for (const topic of ['order.updated', 'session.status'] as const) client.on(`event:${topic}`, describe);

// A name that is known at run time only: the data is unknown.
export function listen(name: string): void {
  client.on(name, (data) => holds<Same<typeof data, unknown>>());
}

// A payload is an object.
// @ts-expect-error TS2344: Type 'number' is not assignable to type 'object'
export type Wrong = TopicEvent<{ count: number }>;
