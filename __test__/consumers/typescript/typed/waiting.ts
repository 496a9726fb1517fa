/** Handlers of subscriptions, waits, loops and signals, with maps. */

import { once } from 'node:events';

import { type ConnectedEvent, RealtimeClient, type RealtimeEvent } from '@smarterservices/realtime';
import { client, holds, type Order, type Same } from './client.js';

const { socketClient } = client;
const { signal } = new AbortController();

client.subscribe({ topic: 'order.updated', filter: { status: 'paid' }, signal }, (event) => {
  holds<Same<typeof event, RealtimeEvent<Order, 'order.updated'>>>();
  // @ts-expect-error TS2551: Did you mean 'orderId'?
  event.payload.ordrId;
});
// @ts-expect-error TS2345: is not assignable to parameter of type
client.subscribe({ topic: 'order.updated' }, ({ payload }: RealtimeEvent<{ sku: string }>) => payload.sku);

client.on('event:order.updated', ({ payload }) => payload.orderId, { signal }).on('gap', () => {});
client.addListener('error', ({ code }) => code).removeListener('error', () => {});
client.listenerCount('event:order.updated').toFixed();
// @ts-expect-error TS2769: 'signl' does not exist in type 'ListenerOptions'
client.once('gap', () => {}, { signl: signal });
// @ts-expect-error TS2769: "conection"' is not assignable to parameter of type '"
client.addListener('conection', () => {});

export async function wait(): Promise<void> {
  await client.ready({ signal, timeout: 1000 });
  await client.subscribed(client.subscribe({ topic: 'order.updated' }), { timeout: 1000 });
  // @ts-expect-error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'
  await client.subscribed(1);
  // @ts-expect-error TS2561: Did you mean to write 'timeout'?
  await client.ready({ timeot: 1000 });

  const order = await client.waitFor('event:order.updated', { where: ({ payload }) => payload.orderId > 12 });
  holds<Same<typeof order, RealtimeEvent<Order, 'order.updated'>>>();
  const isConnected = (change: { state: string }): change is ConnectedEvent => change.state === 'connected';
  const connected = await client.waitFor('connection', { where: isConnected });
  holds<Same<typeof connected, ConnectedEvent>>();
  const gap = await client.waitFor('gap');
  holds<Same<typeof gap.channels, string[]>>();
  // @ts-expect-error TS2769: "event:ordr.updated"' is not assignable to parameter of type '"
  await client.waitFor('event:ordr.updated');

  for await (const event of client.events({ topic: 'order.updated', filter: { 'customer.name': 'Ada' }, buffer: 10 }))
    holds<Same<typeof event, RealtimeEvent<Order, 'order.updated'>>>();
  for await (const { payload } of client.events({ topic: 'user.12', signal })) payload.online.valueOf();
  // @ts-expect-error TS2820: Did you mean '"order.updated"'?
  client.events({ topic: 'ordr.updated' });
  // @ts-expect-error TS2322: Type 'string' is not assignable to type 'number'
  client.events({ topic: 'order.updated', buffer: '10' });
  // @ts-expect-error TS2561: Did you mean to write 'orderId'?
  client.events({ topic: 'order.updated', filter: { ordrId: 12 } });
  await using stream = client.events({ topic: 'session.status' });
  const { value } = await stream.next();
  value?.payload.campusId.toFixed();

  for await (const message of socketClient.messages('lobby', { signal, buffer: 10 })) {
    holds<Same<typeof message.channel, 'lobby'>>();
    if (message.event === 'greeting') message.data.text.trim();
  }
  // @ts-expect-error TS2345: "loby"' is not assignable to parameter of type
  socketClient.messages('loby');
  await socketClient.joinChannel('lobby', { signal });
  await socketClient.publish('lobby', 'greeting', { text: 'hello' }, { signal });
  socketClient.on('message:lobby', ({ data }) => data, { signal }).off('presence', () => {});
  socketClient.addListener('direct', () => {}).removeListener('direct', () => {});
}

/** Without a map. */
export async function loose(name: string): Promise<void> {
  const untyped = new RealtimeClient({ url: 'http://localhost:3000', token: 'your-jwt-token', autoConnect: false });
  const event = await untyped.waitFor('event:a', { where: ({ payload: { n } }) => n === 1 });
  holds<Same<typeof event.payload, Record<string, unknown>>>();
  const data = await untyped.waitFor(name);
  holds<Same<typeof data, unknown>>();
  for await (const { payload } of untyped.events({ topic: name }))
    holds<Same<typeof payload, Record<string, unknown>>>();
  for await (const { data } of untyped.socketClient.messages<{ text: string }>('lobby')) data.text.trim();
  untyped.subscribe({ topic: name }, ({ payload }) => payload.n);
  // Node's types ask for every method of an EventEmitter.
  await once(untyped as unknown as NodeJS.EventEmitter, 'event', { signal });
}
