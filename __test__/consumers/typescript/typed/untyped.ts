/** Without a map everything is as loose as the documentation's samples need. */

import {
  type ChannelMessage,
  type CoreClient,
  type EventHandler,
  RealtimeClient,
  type RealtimeEvent,
  type SubscribeOptions,
  type SubscriptionFilter,
  type Untyped,
} from '@smarterservices/realtime';
import { RealtimeClient as Core } from '@smarterservices/realtime/core';
import { type Documents, holds, type Same, type Topics, client as typed } from './client.js';

const options = { url: 'http://localhost:3000', token: 'your-jwt-token', autoConnect: false };
const client = new RealtimeClient(options);

client.on('event', (event) => holds<Same<typeof event, RealtimeEvent>>());
client.on('event:any.topic', ({ topic, payload }) => {
  holds<Same<[typeof topic, typeof payload], [string, Record<string, unknown>]>>();
});
client.on('connection', ({ state, reason }) => console.log(state, reason?.length));
const handler: EventHandler = (data) => console.log(data);
export function listen(name: string): void {
  client.on(name, handler);
  client.once(name, (data) => holds<Same<typeof data, unknown>>());
  client.off(name, handler);
  client.on(`event:${name}`, ({ payload }) => payload);
}
// @ts-expect-error TS2769: "conection"' is not assignable to parameter of type '"
client.on('conection', handler);
// @ts-expect-error TS2769: "session.status"' is not assignable to parameter of type '"
client.on('session.status', handler);

const filter: SubscriptionFilter = { campusId: 12, 'student.name': { eq: 'Ada' }, status: { in: ['active'] } };
const subscription: SubscribeOptions = { topic: 'session.status', filter };
client.subscribe(subscription);
client.subscribe({ topic: 'order.*', filter: { any: null } });
// @ts-expect-error TS2353: 'gt' does not exist in type
client.subscribe({ topic: 'session.status', filter: { campusId: { gt: 1 } } });

export async function use(): Promise<void> {
  const made = await client.sync.create('notes', { title: 'Milk' });
  holds<Same<typeof made.data, { title: string }>>();
  const read = await client.sync.get('notes', 'n1');
  holds<Same<typeof read.data, Record<string, unknown>>>();
  const declared = await client.sync.get<{ title: string }>('notes', 'n1');
  holds<Same<typeof declared.data, { title: string }>>();
  await client.sync.update('counters', 'visits', ({ count }) => ({ count: count + 1 }));
  await client.sync.update<{ count: number }>('counters', 'visits', ({ count }) => ({ count: count + 1 }));
  await client.sync.update('counters', 'visits', ({ count }: { count: number }) => ({ count: count + 1 }));
  await client.socketClient.publish('lobby', 'greeting');
  await client.socketClient.publish('lobby', 'greeting', 'text', { retry: true });
  await client.socketClient.directMessage('id', 'greeting', [1, 2]);
  client.socketClient.on('message:lobby', ({ data }) => holds<Same<typeof data, unknown>>());
  client.socketClient.on<{ text: string }>('message:lobby', ({ data }) => data.text);
  client.socketClient.on('message', ({ data }: ChannelMessage<{ text: string }>) => data.text);
  client.socketClient.on<number>('direct', ({ data }) => data.toFixed());
}

// One map without the others.
export const documentsAlone = new RealtimeClient<Untyped, Documents>(options);
documentsAlone.on('event:any.topic', ({ payload }) => holds<Same<typeof payload, Record<string, unknown>>>());
documentsAlone.sync.watch('counters', 'visits').data?.count.toFixed();
// @ts-expect-error TS2345: "nots"' is not assignable to parameter of type '"
documentsAlone.sync.watch('nots', 'n1');
export const topicsAlone = new RealtimeClient<Topics>(options);
topicsAlone.sync.watch<{ title: string }>('anything', 'n1').data?.title;
topicsAlone.socketClient.on('message:anything', ({ data }) => data);

// A client with maps and one without stand for each other.
export const clients: RealtimeClient[] = [client, typed, documentsAlone, topicsAlone];
export const asTyped: RealtimeClient<Topics> = client;
export const cores: CoreClient[] = [client, typed, new Core<Topics>(options)];
export const core: CoreClient<Topics> = typed;
// @ts-expect-error TS2820: Did you mean '"order.updated"'?
core.subscribe({ topic: 'ordr.updated' });
