/** What the documentation says in words, as types that must hold. */

import { EventEmitter, getEventListeners, on, once } from 'node:events';
import http from 'node:http';
import type { RealtimeEvent as SharedEvent, SubscriptionFilter } from '@realtime/shared-types';
import {
  type ConnectionState,
  decodeToken,
  type EventHandler,
  expressWebhook,
  type FastifyWebhookOptions,
  fetchWebhook,
  type LiveDocument,
  MemoryReplayStore,
  nodeWebhook,
  RealtimeClient,
  type RealtimeClientOptions,
  RealtimeError,
  type RealtimeEvent,
  type SubscribeOptions,
  type WebhookEvent,
  WebhookReceiver,
} from '@smarterservices/realtime';

const options: RealtimeClientOptions = { url: 'http://localhost:3000', token: 'your-jwt-token', autoConnect: false };
const client = new RealtimeClient(options);
const filter: SubscriptionFilter = { campusId: 12, status: { in: ['active', 'ended'] } };
const subscription: SubscribeOptions = { topic: 'session.status', filter };
const id: string = client.subscribe(subscription);
const state: ConnectionState = client.state;
const live: boolean = client.connected;

client.on('event:session.status', (event) => {
  const typed: RealtimeEvent = event;
  const shared: SharedEvent = typed;
  const source: 'database' | 'sync' | 'socket' = shared.source;
  const operation: 'insert' | 'update' | 'delete' | undefined = event.metadata.operation;
  console.log(source, operation, event.payload.campusId);
});
client.on('connection', ({ state: next, reason }) => {
  const typed: ConnectionState = next;
  console.log(typed, reason?.length);
});
client.on('error', (error) => {
  if (error instanceof RealtimeError) console.log(error.code, error.retryable, error.remediation, error.status);
});
const handler: EventHandler = (data: unknown) => console.log(data);
client.on('event', handler);
client.off('event', handler);

// @ts-expect-error the token is required
new RealtimeClient({ url: 'http://localhost:3000' });
// @ts-expect-error so is the topic
client.subscribe({ filter });
// @ts-expect-error the state is read-only
client.state = 'connected';

console.log(id, state, live);

interface Session {
  status: 'active' | 'ended';
}
const receiver = new WebhookReceiver('whsec_your_secret', { replayStore: new MemoryReplayStore() });
const onSession = ({ event }: WebhookEvent<Session>) => console.log(event.payload.status === 'ended');
http.createServer(nodeWebhook(receiver, ({ event }, request) => console.log(event.topic, request.headers.host)));
http.createServer(expressWebhook(receiver, onSession, { ackAfterMs: 5000 }));
const respond: (request: Request) => Promise<Response> = fetchWebhook(receiver, onSession);
const plugin: FastifyWebhookOptions = { receiver, handler: onSession };
// @ts-expect-error a secret is not a receiver
nodeWebhook('whsec_your_secret', onSession);

const expiry: number | undefined = decodeToken('a.b.c').claims.exp;
const status: Session['status'] = decodeToken<Session>('a.b.c').claims.status;

console.log(respond, plugin, expiry, status);

const note: LiveDocument<{ title: string }> = client.sync.watch<{ title: string }>('notes', 'n1');
note.on('change', ({ data, isLocal }) => console.log(data.title, isLocal));
note.once('error', (error: RealtimeError) => console.log(error.code)).off('delete', ({ revision }) => revision);
// @ts-expect-error a live document has no such event
note.on('changes', () => {});
const emitter: EventEmitter = note;

export async function follow(signal: AbortSignal): Promise<void> {
  const [first] = await once(note, 'change', { signal });
  for await (const [change] of on(note, 'change', { signal })) console.log(first, change);
  for await (const { data, skipped } of note) console.log(data?.title, skipped);
  console.log(getEventListeners(emitter, 'change'), emitter instanceof EventEmitter);
  await client.sync.get('notes', 'n1', { signal });
  // @ts-expect-error an AbortController is not its signal
  await client.sync.get('notes', 'n1', { signal: new AbortController() });
}
