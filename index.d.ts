/// <reference lib="esnext.disposable" />
/// <reference types="node" />
/// <reference path="./shared-types.d.ts" />

/**
 * Client SDK of the Realtime Platform for Node.js servers.
 *
 * ```js
 * const realtime = new RealtimeClient({ url: 'http://localhost:3000', token });
 * realtime.subscribe({ topic: 'session.status' });
 * realtime.on('event:session.status', (event) => console.log(event.payload));
 * ```
 *
 * @packageDocumentation
 */

import { EventEmitter } from 'node:events';

// ---------------------------------------------------------------------------------------------------------- options

/**
 * Options of {@link RealtimeClient}. All delays are in milliseconds.
 *
 * Here and in all other options only own properties count, not those that an object inherits.
 */
export interface RealtimeClientOptions {
  /** Base URL of the backend, `http://` or `https://`, without query, e.g. `"http://localhost:3000"`. */
  url: string;
  /**
   * JWT for the socket handshake and API requests, without a leading `Bearer `, or a function that gives one. It never
   * appears in errors or logs. See `docs/authentication.md`.
   */
  token: string | TokenProvider;
  /** Connect on construction; with false, call {@link RealtimeClient.connect}. Default: true. */
  autoConnect?: boolean;
  /** Reconnect by itself when the connection is lost or could not be made. Default: true. */
  reconnection?: boolean;
  /** How many attempts in a row may fail before the client gives up; `Infinity` never gives up. Default: 10. */
  reconnectionAttempts?: number;
  /** Longest delay before the first reconnection attempt; it doubles with each further one. Default: 1000. */
  reconnectionDelay?: number;
  /** Upper limit of that delay, unless the server asks for more (`Retry-After`). Default: 5000, or `reconnectionDelay` where that is more. */
  reconnectionDelayMax?: number;
  /**
   * Which share of each delay is drawn at random: 0 waits all of it, 0.5 from half to all, 1 (full jitter) from nothing to
   * all, so that clients that lost their connections together do not come back together. Default: 1.
   */
  randomizationFactor?: number;
  /** Reconnect also after the server has ended the session on purpose (`server disconnect`). Default: false. */
  reconnectOnServerDisconnect?: boolean;
  /** How long one attempt may take until the connection is ready. Default: 20000. */
  connectTimeout?: number;
  /**
   * Notices a dead peer in seconds: the client sends a ping to a quiet peer, and reconnects when
   * nothing comes back. A server that answers no WebSocket pings gets a message that it answers;
   * one that answers neither is left to its own pings.
   *
   * `false` sends no pings: the server's own pings decide, mostly within 45 seconds. So they do over long-polling.
   */
  heartbeat?: HeartbeatOptions | false;
  /** What may wait while there is no connection. */
  outbox?: OutboxOptions;
  /**
   * How many milliseconds an event may wait for more, so that the handlers of all of them cost one wake-up of the JavaScript
   * thread. Only events wait: not changes of the connection, errors and outcomes, nor what comes in floods. Default: 0.
   */
  coalesceMs?: number;
  /** What may wait for handlers that are slower than the events. */
  inbox?: InboxOptions;
  /** Socket.IO, or plain JSON frames over a WebSocket. Default: `'socket.io'`. */
  protocol?: 'socket.io' | 'ws';
  /**
   * Whole path of the socket on the server, used as written. Default: the path of `url`, then
   * `/socket.io/` or `/ws`. A Socket.IO server matches the slash at the end of its path, unless it
   * has `addTrailingSlash: false`.
   */
  path?: string;
  /** Further headers of the handshake, of long-polling and of API requests. `Authorization` comes from `token`. */
  headers?: Record<string, string>;
  /** Application to act for, sent as `X-Application-Id`. */
  applicationId?: string;
  /** Environment to act in, sent as `X-Environment`. */
  environment?: string;
  /** TLS settings, for `https://`. */
  tls?: TlsOptions;
  /**
   * What may carry Socket.IO: a WebSocket, and HTTP long-polling where a proxy on the way knows no WebSockets; it is left
   * for a WebSocket as soon as one gets through. Default: `['websocket', 'polling']`, and for `protocol: 'ws'` `['websocket']`.
   */
  transports?: readonly ['websocket', 'polling'] | readonly ['websocket'] | readonly ['polling'];
  /**
   * HTTP proxy for sockets and requests, `http://[user:password@]host[:port]`, which is asked to
   * `CONNECT`; false: none. Default: by the environment, `HTTPS_PROXY` (for `https://`),
   * `http_proxy` (for `http://`) or `ALL_PROXY`, unless `NO_PROXY` excepts the host; never for this
   * machine itself. SOCKS and `https://` proxies are not supported.
   */
  proxy?: string | false;
  /**
   * How large a message of the server may be, in bytes: whole or in fragments, and the attachments
   * of an event together. A larger one ends the connection with `MESSAGE_TOO_LARGE`. From 1024 to
   * 268435456. Default: 16777216 (16 MiB).
   */
  maxMessageBytes?: number;
}

/**
 * Why a token is asked for: a connection is to be made, the server has refused the last one, the last one is about to
 * expire or has expired, or a request is to be made and there is no valid one, or it is about to expire.
 */
export type TokenReason = 'connect' | 'refused' | 'expiring' | 'request';

/**
 * Gives a token. It is called once at a time, for sockets and requests together, and only when there is need for one: what
 * it gave last is used until it is about to expire, by its own `exp`, or is refused. A call that takes longer than
 * `connectTimeout` has failed, and may still be running when the next one begins. It must not wait for requests of the
 * same client, which wait for it.
 */
export type TokenProvider = (reason: TokenReason) => string | Promise<string>;

/** When to ask a quiet peer, and when to give it up: with the defaults 4.5 seconds after the last byte of it. */
export interface HeartbeatOptions {
  /** How long the peer may be quiet before the client sends a ping, in milliseconds, at least 100. Default: 2000. */
  interval?: number;
  /** How long the peer may then stay quiet, in milliseconds, at least 1. Default: 2500. */
  timeout?: number;
}

/** Bounds of the messages that wait to be sent, or may have to be sent again. */
export interface OutboxOptions {
  /** How many, at most; more are refused with `OUTBOX_FULL`. Default: 1000. */
  maxMessages?: number;
  /** How many bytes, at most; more are refused with `OUTBOX_FULL`. Default: 4194304. */
  maxBytes?: number;
  /** How long one may wait, in milliseconds, and a join too; then it rejects with `EXPIRED`. Default: 60000. */
  maxAgeMs?: number;
}

/** Bounds of the events that wait for their handlers, and what becomes of the rest. See `docs/reliability.md`. */
export interface InboxOptions {
  /** How many, at most. Default: 16384. */
  maxEvents?: number;
  /** How many bytes, at most; one event more is kept, however large it is. Default: 8388608. */
  maxBytes?: number;
  /**
   * What to do with the rest. Default: `'disconnect'`.
   *
   * - `'disconnect'`: the client does not read the connection until half of what waits was taken, so nothing is dropped.
   *   When that lasts so long that the server would end the connection, the client drops it (error `SLOW_CONSUMER`) and
   *   reconnects when there is room; a {@link GapEvent} follows unless the server recovers the session.
   * - `'drop-oldest'`: the oldest are dropped, up to a sixteenth of `maxEvents` at a time.
   * - `'drop-newest'`: what comes is dropped, until half of what waits was taken.
   * - `'latest'`: the newest event of each topic is kept. It counts twice towards `maxBytes`.
   *
   * What is dropped is counted, see {@link RealtimeStats.droppedOverflow}, and told by a {@link GapEvent}. Nothing else than
   * events is ever dropped.
   */
  overflow?: 'disconnect' | 'drop-oldest' | 'drop-newest' | 'latest';
  /**
   * With `'disconnect'`: for how long at a time, in milliseconds, the connection may not be read; 0: not at all. Default: as
   * long as the server stands it.
   */
  maxPauseMs?: number;
}

/**
 * TLS settings. Certificates and keys are PEM texts (`-----BEGIN ...`), not file names. What is
 * supported is listed in
 * `docs/reliability.md`, under TLS.
 */
export interface TlsOptions {
  /** Authorities to trust instead of those of the system and `NODE_EXTRA_CA_CERTS`: one certificate or more. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Certificate of this client, together with `key`. */
  cert?: string | Uint8Array;
  /** Private key of this client, together with `cert`. */
  key?: string | Uint8Array;
  /**
   * With false the client accepts any certificate of the server, so anyone can read the token: for
   * experiments only. Default: true.
   */
  rejectUnauthorized?: boolean;
  /** Name to ask for and to verify, where it is not the host of `url`. */
  servername?: string;
}

/** What to subscribe to. */
export interface SubscribeOptions {
  /** Domain topic, e.g. `"session.status"`: 1 to 256 bytes, no control characters. */
  topic: string;
  /** Only events whose payload matches are delivered. */
  filter?: SubscriptionFilter;
  /** For sync topics: whether events carry the document (`'full'`, the default), the change (`'diff'`), or both. */
  returnMode?: 'full' | 'diff' | 'both';
}

/** A value a filter compares with. Nothing is converted: `12` is not `'12'`. */
export type FilterValue = string | number | boolean | null;

/**
 * Conditions on the payload, by key (or dotted path); all of them must hold.
 *
 * @example { campusId: 12, status: { in: ['active', 'ended'] } }
 */
export interface SubscriptionFilter {
  [key: string]: FilterValue | { eq: FilterValue } | { in: readonly FilterValue[] };
}

// ----------------------------------------------------------------------------------------------------------- events

/**
 * The envelope of everything a client receives.
 *
 * @typeParam Payload the shape of the event data
 */
export interface RealtimeEvent<Payload extends object = Record<string, unknown>> {
  /** Unique event ID. An ID is delivered once, however often the server repeats it. */
  id: string;
  /** Domain topic, e.g. `"session.status"`. */
  topic: string;
  /** Which service produced the event. */
  source: 'database' | 'sync' | 'socket';
  /** Event type, e.g. `"database.update"`. */
  type: string;
  /** Event data. */
  payload: Payload;
  metadata: {
    /** Unix timestamp in milliseconds. */
    timestamp: number;
    /** Source table (database events). */
    table?: string;
    /** What was done to the row (database events). */
    operation?: 'insert' | 'update' | 'delete';
    /** Document revision (sync events). */
    revision?: number;
  };
}

/** State of the connection. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting';

/** A change of the connection state, or a further attempt in state `'reconnecting'`. */
export interface ConnectionEvent {
  state: ConnectionState;
  /** What caused it, for people to read: `connect ECONNREFUSED 127.0.0.1:3000`, `HTTP 503`, `ping timeout`, ... */
  reason?: string;
  /** With `'reconnecting'`: the number of the attempt that follows, from 1; a connection starts it again. */
  attempt?: number;
  /** With `'reconnecting'`: how many milliseconds from now that attempt is made. */
  retryIn?: number;
  /**
   * With `'connected'`: whether the server goes on with the former session, sending what was missed (Socket.IO's
   * Connection State Recovery). Where it does not, a {@link GapEvent} follows if there is something to miss.
   */
  recovered?: boolean;
}

/**
 * Events may have been missed: the connection was lost, or closed by {@link RealtimeClient.disconnect}, and the server did
 * not recover the session; or the handlers were too slow, and events were dropped ({@link InboxOptions.overflow}). It then
 * comes behind the events that were kept, when half of what waited was taken or, while it goes on, every 10 seconds. After a
 * lost connection it comes once the server has confirmed the subscriptions on the new connection (or after 5
 * seconds, where it confirms nothing), so whoever reads the present state now misses nothing from here on.
 */
export interface GapEvent {
  /**
   * Unix timestamp in milliseconds, by the clock of this machine: what the server sent until then was delivered. When in
   * doubt it is too early rather than too late.
   */
  since: number;
  /** When everything was live again, or the last event was dropped. */
  until: number;
  /** Why the connection was lost, as in {@link ConnectionEvent}; `'slow consumer'` where events were dropped. */
  reason: string;
  /** How many events were dropped. Not there after a lost connection. */
  dropped?: number;
  /**
   * The subscriptions concerned: those that were there before and still are, or of whose topics events were dropped; without
   * those of live documents, which read anew by themselves. With `dropped` there may be none, and no channels: among what was
   * dropped may be direct messages, which belong to neither.
   */
  subscriptions: { subscriptionId: string; topic: string }[];
  /** The channels that were joined before and still are. */
  channels: string[];
}

/**
 * More than half of what may wait for the handlers does, see {@link InboxOptions}. It is told once, before all that waits,
 * and again after no more than a quarter of it did. A handler that keeps the thread busy delays this as well.
 */
export interface SlowEvent {
  /** What waits now. */
  events: number;
  bytes: number;
  /** The bounds, and what happens at them. */
  maxEvents: number;
  maxBytes: number;
  overflow: NonNullable<InboxOptions['overflow']>;
  /** How many events were dropped so far. */
  dropped: number;
}

/** A handler of any event. What it throws, or rejects with, reaches the process as an uncaught error. */
export type EventHandler = (data: unknown) => void;

/** Payload types by topic, see {@link RealtimeClient}. */
export type TopicMap<Topics> = { [Topic in keyof Topics]: object };

// ----------------------------------------------------------------------------------------------------------- client

/**
 * A connection to the platform, with its subscriptions and listeners.
 *
 * A client that is connected, connecting or reconnecting keeps the process alive, see {@link RealtimeClient.unref}.
 *
 * @typeParam Topics optional map of topics to the types of their payloads
 * @example
 * const realtime = new RealtimeClient<{ 'session.status': { sessionId: string; status: string } }>({ url, token });
 * realtime.on('event:session.status', ({ payload }) => payload.status);
 */
export class RealtimeClient<Topics extends TopicMap<Topics> = Record<string, Record<string, unknown>>> {
  /** @throws {@link RealtimeError} `INVALID_ARGUMENT`, naming the option and what was expected */
  constructor(options: RealtimeClientOptions);

  /** Documents. */
  readonly sync: SyncClient;
  /** Channel messages and direct messages. */
  readonly socketClient: SocketClient;
  /** Current connection state. */
  readonly state: ConnectionState;
  /** Whether the state is `'connected'`. */
  readonly connected: boolean;

  /**
   * Opens the connection and sets the state to `'connecting'`. Does nothing unless the state is `'disconnected'`.
   *
   * @throws {@link RealtimeError} `CLIENT_DESTROYED`
   */
  connect(): void;

  /**
   * Closes the connection and sets the state to `'disconnected'`. No event and no presence is delivered after it; of an event
   * whose handler calls it, see {@link on}. Subscriptions stay, and are established again by the next {@link connect}.
   */
  disconnect(): void;

  /**
   * Disconnects, removes all subscriptions and listeners, closes live documents, and rejects requests under way with
   * `CLIENT_DESTROYED`. No handler is called after it.
   */
  destroy(): void;

  /**
   * `await using`: disconnects, waits until the listeners have seen that `'disconnected'`, and destroys the client, also where
   * something has called {@link connect} meanwhile.
   */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Subscribes to a topic, now and again after every reconnection. An event that several
   * subscriptions match is delivered once. A refusal by the server is an `'error'` event with code
   * `SUBSCRIBE_DENIED` and this ID; a server that confirms others but not this one causes a
   * `SUBSCRIBE_UNCONFIRMED`, once.
   *
   * @returns the subscription ID, e.g. `"sub_1"`
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   */
  subscribe(options: SubscribeOptions): string;

  /**
   * Removes a subscription. No event that only it wanted is delivered after it; of an event whose handler calls it, see
   * {@link on}, and beside a subscription with a wildcard `docs/reliability.md`. An unknown ID is ignored.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` when it is not a string
   */
  unsubscribe(subscriptionId: string): void;

  /**
   * Adds a listener: for every event, for the events of one topic (`'event:<topic>'`), for changes of the connection
   * state, for gaps in the stream of events, for handlers that are too slow for it, or for errors. Listeners are called in
   * the order in which they were added, those of `'event'` before those of `'event:<topic>'`, and those of
   * {@link socketClient} last; `this` is the client.
   *
   * Where a listener calls {@link disconnect}, or {@link unsubscribe} and no other subscription wants the event, the event
   * goes to the rest of the listeners that were added for the same name, and to those of no other name. After
   * {@link destroy} none is called.
   *
   * An error nobody listens to becomes a process warning, once per code.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` for other names and for what is not a function; `CLIENT_DESTROYED`
   */
  on(event: 'event', handler: (event: RealtimeEvent<Topics[keyof Topics]>) => void): void;
  on<Topic extends keyof Topics & string>(
    event: `event:${Topic}`,
    handler: (event: RealtimeEvent<Topics[Topic]>) => void,
  ): void;
  on(event: 'connection', handler: (change: ConnectionEvent) => void): void;
  on(event: 'gap', handler: (gap: GapEvent) => void): void;
  on(event: 'slow', handler: (load: SlowEvent) => void): void;
  on(event: 'error', handler: (error: RealtimeError) => void): void;
  on(event: string, handler: EventHandler): void;

  /**
   * As {@link on}, for one call: the listener is removed before it is called. Events come in batches, and what follows an
   * `await` runs after a batch: a `once` that is renewed after an `await` misses the events in between.
   */
  once(event: 'event', handler: (event: RealtimeEvent<Topics[keyof Topics]>) => void): void;
  once<Topic extends keyof Topics & string>(
    event: `event:${Topic}`,
    handler: (event: RealtimeEvent<Topics[Topic]>) => void,
  ): void;
  once(event: 'connection', handler: (change: ConnectionEvent) => void): void;
  once(event: 'gap', handler: (gap: GapEvent) => void): void;
  once(event: 'slow', handler: (load: SlowEvent) => void): void;
  once(event: 'error', handler: (error: RealtimeError) => void): void;
  once(event: string, handler: EventHandler): void;

  /**
   * Removes a listener, given the same function; where it was added several times, the one added last. Where another is added
   * right away, before the program waits for anything, no event falls between the two.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`
   */
  off(event: 'event', handler: (event: RealtimeEvent<Topics[keyof Topics]>) => void): void;
  off<Topic extends keyof Topics & string>(
    event: `event:${Topic}`,
    handler: (event: RealtimeEvent<Topics[Topic]>) => void,
  ): void;
  off(event: 'connection', handler: (change: ConnectionEvent) => void): void;
  off(event: 'gap', handler: (gap: GapEvent) => void): void;
  off(event: 'slow', handler: (load: SlowEvent) => void): void;
  off(event: 'error', handler: (error: RealtimeError) => void): void;
  off(event: string, handler: EventHandler): void;

  /** Counters since construction, and current depths of queues. */
  stats(): RealtimeStats;

  /** Makes an open connection keep the process alive again, see {@link unref}. */
  ref(): this;
  /** Lets the process exit although the connection is open, as `unref` of a socket does. It holds until {@link ref}. */
  unref(): this;
}

/** Numbers of one client. */
export interface RealtimeStats {
  /** Events the server sent. */
  eventsReceived: number;
  /** Events handed to JavaScript. */
  eventsDelivered: number;
  /** Events dropped because their ID had been received before. */
  droppedRepeats: number;
  /** Events dropped because no subscription or no listener wanted them. */
  droppedUnwanted: number;
  /** Events dropped because the handlers were too slow, see {@link InboxOptions.overflow}. */
  droppedOverflow: number;
  /** Connections made after the first one of each {@link RealtimeClient.connect}. */
  reconnects: number;
  bytesReceived: number;
  bytesSent: number;
  /** Events waiting for JavaScript now, and their size. */
  inboxEvents: number;
  inboxBytes: number;
  /** Messages waiting now for a connection or, sent with `retry`, for their answers; and their size. */
  outboxMessages: number;
  outboxBytes: number;
  /** Live subscriptions. */
  subscriptions: number;
  /** Messages the server has not acknowledged yet. */
  pendingAcks: number;
  /** What carries the connection now; null while there is none. */
  transport: 'websocket' | 'polling' | null;
}

// -------------------------------------------------------------------------------------------------------- documents

/**
 * A document: plain JSON, as the server sent it. All times are Unix timestamps in milliseconds.
 *
 * @typeParam Data the shape of its data
 */
export interface SyncDocument<Data = Record<string, unknown>> {
  service: string;
  id: string;
  /** Rises by one with every write, also over a deletion and a new creation. */
  revision: number;
  data: Data;
  createdAt: number;
  updatedAt: number;
  /** True for one that was deleted. */
  deleted?: boolean;
  /** When it ends by itself. */
  expiresAt?: number;
}

/**
 * A change at one place of a document. `path` is a JSON Pointer (RFC 6901): `''` is the whole document, `/a~1b/0` a place in
 * it, with `~1` for `/` and `~0` for `~` in a key.
 */
export type Mutation =
  /** Replaces the value there or adds it; in an array, an index equal to its length or `-` adds an element. */
  | { op: 'set'; path: string; value: unknown }
  /** Adds to the number there; a missing one counts as 0. Default of `value`: 1. */
  | { op: 'increment'; path: string; value?: number }
  /** Removes the member or element there. */
  | { op: 'remove'; path: string }
  /** Adds an element to the end of the array there. */
  | { op: 'push'; path: string; value: unknown };

/** Options of every request. */
export interface CallOptions {
  /** Ends the request, also on the wire; the promise rejects with `ABORTED`. A write may have been done nevertheless. */
  signal?: AbortSignal;
  /** How long the whole call may take, with its retries, in milliseconds. Default: 10000. */
  timeout?: number;
}

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  /**
   * Names this write, so that the server does it once however often it arrives, and the client may send it again when it
   * does not know whether it arrived: 1 to 256 printable ASCII characters.
   */
  idempotencyKey?: string;
}

/** Options of {@link SyncClient.create}. */
export interface CreateOptions extends WriteOptions {
  /** When the document ends by itself: a Unix timestamp in milliseconds. */
  expiresAt?: number;
}

/** Options of {@link SyncClient.list}. The time limit is that of each page. */
export interface ListOptions extends CallOptions {
  /** Documents a page. Default: the server's. */
  limit?: number;
  /** Where to begin: the `cursor` of an earlier {@link DocumentPage}. */
  cursor?: string;
}

/** Options of {@link SyncClient.update}. The time limit is that of all attempts together, `change` included. */
export interface UpdateOptions extends CallOptions {
  /** How many times to try before giving up. Default: 50. */
  attempts?: number;
}

/** Options of {@link SyncClient.watch}. */
export interface WatchOptions {
  /** What the events carry: the document (`'full'`, the default), the change (`'diff'`, less traffic), or both. */
  returnMode?: 'full' | 'diff' | 'both';
}

/** Some documents of a service. */
export interface DocumentPage<Data = Record<string, unknown>> {
  documents: SyncDocument<Data>[];
  /** Where the next page begins; not there on the last one. */
  cursor?: string;
}

/** The documents of a service, fetched as they are iterated; each loop begins anew. */
export interface DocumentList<Data = Record<string, unknown>> extends AsyncIterable<SyncDocument<Data>> {
  /** The same, page by page, with the cursors. */
  pages(): AsyncIterableIterator<DocumentPage<Data>>;
}

/**
 * Documents with revisions, `realtime.sync`. Its requests need no connection of the client.
 *
 * All promises reject with a {@link RealtimeError} that has `method` and `path`, and `status` where the server answered.
 * Reads are repeated by themselves after failures that pass (connection errors, 429, 502, 503, 504), and so are writes with
 * an `expectedRevision` or an `idempotencyKey`; other writes are sent once. `uncertain` is set on the error of a write that
 * may have been done nevertheless.
 *
 * Services and ids are strings of 1 to 256 bytes, of any characters. Data is any JSON value; what is none (NaN, a
 * Map, undefined in an array, a cycle, more than 512 levels) rejects with `INVALID_ARGUMENT` and the place. Members that
 * are undefined are left out.
 *
 * Codes of every method: `INVALID_ARGUMENT`, `AUTH_FAILED`, `FORBIDDEN`, `RATE_LIMITED`, `SERVER_ERROR`, `TIMEOUT`,
 * `ABORTED`, `NETWORK_ERROR`, `TLS_ERROR`, `PROXY_ERROR`, `PROTOCOL_ERROR`, `MESSAGE_TOO_LARGE`, `TOKEN_PROVIDER_FAILED`,
 * `CLIENT_DESTROYED`; further ones stand with the methods. With a wrong `expectedRevision` writes reject with
 * `REVISION_CONFLICT`, with the present `document`.
 */
export class SyncClient {
  private constructor(...internal: never[]);

  /**
   * Creates a document. Rejects with `ALREADY_EXISTS` when there is one with this id.
   *
   * @param id default: one the server makes
   */
  create<Data = Record<string, unknown>>(
    service: string,
    data: Data,
    id?: string,
    options?: CreateOptions,
  ): Promise<SyncDocument<Data>>;

  /** Reads a document. Rejects with `NOT_FOUND` when it is missing, deleted or expired. */
  get<Data = Record<string, unknown>>(service: string, id: string, options?: CallOptions): Promise<SyncDocument<Data>>;

  /**
   * Replaces the data of a document. Rejects with `NOT_FOUND`, `REVISION_CONFLICT`.
   *
   * @param expectedRevision write only if the document has this revision
   */
  replace<Data = Record<string, unknown>>(
    service: string,
    id: string,
    data: Data,
    expectedRevision?: number,
    options?: WriteOptions,
  ): Promise<SyncDocument<Data>>;

  /**
   * Merges into the data of a document: objects merge, everything else replaces, and null is a value. Rejects with
   * `NOT_FOUND`, `REVISION_CONFLICT`.
   */
  merge<Data = Record<string, unknown>>(
    service: string,
    id: string,
    data: DeepPartial<Data>,
    expectedRevision?: number,
    options?: WriteOptions,
  ): Promise<SyncDocument<Data>>;

  /** Changes places of a document, all or none. Rejects with `NOT_FOUND`, `REVISION_CONFLICT`. */
  mutate<Data = Record<string, unknown>>(
    service: string,
    id: string,
    mutations: readonly Mutation[],
    expectedRevision?: number,
    options?: WriteOptions,
  ): Promise<SyncDocument<Data>>;

  /**
   * Deletes a document. Its revision stays known: a document created with the same id goes on with the next one. Rejects
   * with `NOT_FOUND`, `REVISION_CONFLICT`.
   *
   * @returns the document with `deleted: true`, or undefined where the server does not show it
   */
  delete<Data = Record<string, unknown>>(
    service: string,
    id: string,
    expectedRevision?: number,
    options?: WriteOptions,
  ): Promise<SyncDocument<Data> | undefined>;

  /**
   * Iterates over the documents of a service.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` at once; the iteration throws the errors of requests
   * @example for await (const { id, data } of realtime.sync.list('notes')) console.log(id, data);
   */
  list<Data = Record<string, unknown>>(service: string, options?: ListOptions): DocumentList<Data>;

  /**
   * Reads a document, lets `change` make the new data from the old, and writes it; again, where another write came first.
   * No write of others is lost. Rejects with what `change` throws; with `NOT_FOUND`; and with `REVISION_CONFLICT` after
   * `options.attempts` conflicts, or (`uncertain: true`) when an attempt may have been done although its answer was lost.
   *
   * @param change called once for each attempt, may be async; undefined means that nothing is to be changed
   * @returns the document as written, or as read where nothing was to be changed
   * @example await realtime.sync.update('counters', 'visits', ({ count }) => ({ count: count + 1 }));
   */
  update<Data = Record<string, unknown>>(
    service: string,
    id: string,
    change: (data: Data, document: SyncDocument<Data>) => Data | undefined | Promise<Data | undefined>,
    options?: UpdateOptions,
  ): Promise<SyncDocument<Data>>;

  /**
   * A document that follows the server until it is closed. It need not exist yet. Without a connection of the client it
   * is only read once.
   *
   * @param service a part of the names of topics: at most 243 bytes, no control characters
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   */
  watch<Data = Record<string, unknown>>(service: string, id: string, options?: WatchOptions): LiveDocument<Data>;
}

/** Data of which any part may be left out. */
export type DeepPartial<Data> = Data extends readonly unknown[]
  ? Data
  : Data extends object
    ? { [Key in keyof Data]?: DeepPartial<Data[Key]> }
    : Data;

/** What became of a live document. */
export interface LiveChange<Data = Record<string, unknown>> {
  /** The whole data, undefined when the document was deleted. It is shared with the live document: do not change it. */
  data: Data | undefined;
  revision: number;
  deleted: boolean;
  /** Whether a write of this client made this revision. A write whose answer was lost does not count. */
  isLocal: boolean;
  /**
   * How many revisions since the former change were not shown one by one, because of a gap in the connection or a loop that
   * was too slow. `data` contains them. A change with `isLocal` and 0 skipped brings nothing but this client's own write.
   */
  skipped: number;
  /**
   * True where the server went back: a read shows a lower revision than before, or other data under
   * the same one. Somebody restored a backup, or an event was wrong. Whatever you derived from the
   * former data is void. Otherwise revisions only rise.
   */
  reset?: boolean;
  /** What turned the former revision into this one, where the event said it (`returnMode` `'diff'` or `'both'`). */
  diff?: Mutation[];
}

/** The events of a {@link LiveDocument}. */
export interface LiveDocumentEvents<Data = Record<string, unknown>> {
  /** The document is other than before, also by the first read. */
  change: [change: LiveChange<Data> & { data: Data; deleted: false }];
  /** It was deleted. It goes on with a `change` when it is created again. */
  delete: [change: LiveChange<Data>];
  /**
   * A subscription was refused, or a read failed. Without a listener these go to the `'error'` listeners of the client.
   * Reads that can succeed later are repeated.
   */
  error: [error: RealtimeError];
}

/**
 * A document that follows the server: the result of {@link SyncClient.watch}. Nothing is missed,
 * also over reconnections. Revisions rise, unless a change says `reset`. Iterating over it yields
 * each change and deletion from then on, until it is closed; up to 1000 wait for a slow loop.
 *
 * @example
 * const note = realtime.sync.watch('notes', 'n1');
 * note.on('change', ({ data, isLocal }) => console.log(data, isLocal));
 * await note.ready();
 */
export class LiveDocument<Data = Record<string, unknown>> extends EventEmitter<LiveDocumentEvents<Data>> {
  private constructor(...internal: never[]);
  readonly service: string;
  readonly id: string;
  /**
   * The data as of `revision`, undefined before the first read and for a missing or deleted document. It is never changed
   * in place.
   */
  readonly data: Data | undefined;
  /** 0 before anything is known, and for a document that never was. */
  readonly revision: number;
  /** Whether it was there and is no more. */
  readonly deleted: boolean;
  /**
   * Resolves when the document was read, also when it is missing. Rejects when that read fails (a later call waits for the
   * next one), and with `ABORTED` when it is closed.
   */
  ready(): Promise<void>;
  /** Ends the subscriptions. Nothing is called after it, and loops end. */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterableIterator<LiveChange<Data>>;
}

/** Payload of the topic `sync.<service>.updated`, type `document.updated`. The revision is in the event's metadata. */
export interface DocumentUpdatedPayload<Data = Record<string, unknown>> {
  service: string;
  id: string;
  /** With `returnMode` `'full'` or `'both'`. */
  data?: Data;
  /** With `returnMode` `'diff'` or `'both'`: what turned the revision before into this one. */
  diff?: Mutation[];
}

/** Payload of the topic `sync.<service>.deleted`, type `document.deleted`. */
export interface DocumentDeletedPayload {
  service: string;
  id: string;
}

// --------------------------------------------------------------------------------------------------------- messages

// -------------------------------------------------------------------------------------------------- socket messaging

/**
 * Channels, direct messages and presence, `realtime.socketClient`.
 *
 * `joinChannel`, `leaveChannel`, `publish` and `directMessage` can be called and forgotten. A refusal that nobody waits
 * for is an `'error'` event of the client and never an unhandledRejection.
 *
 * Messages and presence also reach `realtime.on('event')` and `realtime.on('event:<channel>')`, as {@link RealtimeEvent}s
 * with `source: 'socket'`.
 *
 * @example
 * const { socketClient } = realtime;
 * socketClient.on('message:lobby', ({ event, data, from }) => console.log(from, event, data));
 * await socketClient.joinChannel('lobby');
 * socketClient.publish('lobby', 'greeting', { text: 'hello' });
 */
export class SocketClient {
  private constructor(...internal: never[]);

  /** What the server calls this connection; `undefined` while not connected. It changes with each connection. */
  readonly id: string | undefined;

  /**
   * Joins a channel, now and again after every reconnection, until {@link leaveChannel}. While there is no connection the
   * promise waits for one: from `connect()` on as long as a message may, see {@link OutboxOptions}. The channel stays wanted
   * longer.
   *
   * @param channel 1 to 256 bytes, no control characters; `direct` is not a channel
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   * @returns what the server answered; rejects with `CHANNEL_DENIED` (the channel is then not joined again), `TIMEOUT` after
   *   10 seconds without an answer, `EXPIRED` when it has waited too long for a connection, `NETWORK_ERROR` when the client
   *   stops connecting
   */
  joinChannel(channel: string): Promise<ChannelJoin>;

  /**
   * Leaves a channel. None of its messages is delivered after this call; of one whose handler calls it, the listeners of the
   * same name still hear.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   */
  leaveChannel(channel: string): Promise<void>;

  /**
   * Sends a message to the members of a channel. While there is no connection it waits in the outbox, within the
   * bounds of {@link OutboxOptions}.
   *
   * @param event its name: 1 to 256 bytes, no control characters, none of Socket.IO's own (`connect`, `disconnect`, ...)
   * @param data any JSON value, `{}` by default. Over Socket.IO it may hold up to 10 Buffers, at any depth
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, with the path to what JSON cannot carry; `CLIENT_DESTROYED`
   * @returns when the server has taken it; rejects with `MESSAGE_DENIED`, `MESSAGE_TOO_LARGE`, `OUTBOX_FULL`, `EXPIRED`,
   *   `TIMEOUT`, or `NETWORK_ERROR` when the connection was lost before the server answered; the last two with `uncertain`
   */
  publish(channel: string, event: string, data?: unknown, options?: PublishOptions): Promise<PublishReceipt>;

  /** Sends a message to one connection. As {@link publish}, which see. @param targetSocketId its {@link SocketClient.id} */
  directMessage(
    targetSocketId: string,
    event: string,
    data?: unknown,
    options?: PublishOptions,
  ): Promise<PublishReceipt>;

  /**
   * Sends a message to all members of a channel by a REST call, this client among them. It needs no connection.
   *
   * @returns rejects with the errors of a REST call, see `docs/errors.md`
   */
  broadcast(channel: string, event: string, data?: unknown): Promise<{ id: string }>;

  /** The channels that have members. A REST call. */
  channels(): Promise<ChannelInfo[]>;
  /** Who is in a channel. A REST call. */
  members(channel: string): Promise<ChannelMember[]>;
  /** How many connections the server has. A REST call. */
  connections(): Promise<{ count: number }>;

  /**
   * The members of a channel by socket id, kept up to date while the channel is joined. It is read
   * with a REST call after each join, so it is empty at first. After {@link leaveChannel} it is
   * empty and no longer kept. It holds at most 100,000 members. Where there are more, an `error`
   * with the code `ROSTER_FULL` says so once.
   */
  presence(channel: string): ReadonlyMap<string, ChannelMember>;

  /**
   * Adds a listener: for the messages of all channels, of one channel (`'message:<channel>'`), for direct messages, or for
   * presence. As {@link RealtimeClient.on}.
   *
   * Presence starts with a `join` for each member who is there already, this connection among them. These come when the list
   * of members has been read after a join, to the listeners that are there then: one that is added later hears of changes
   * only, and finds who is there in {@link presence}. What changed during an outage is told as joins and leaves after it.
   *
   * @typeParam Data the shape of the data
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`
   */
  on<Data = unknown>(event: 'message' | `message:${string}`, handler: (message: ChannelMessage<Data>) => void): void;
  on<Data = unknown>(event: 'direct', handler: (message: DirectMessage<Data>) => void): void;
  on(event: 'presence', handler: (event: PresenceEvent) => void): void;

  /** As {@link on}, for one call. */
  once<Data = unknown>(event: 'message' | `message:${string}`, handler: (message: ChannelMessage<Data>) => void): void;
  once<Data = unknown>(event: 'direct', handler: (message: DirectMessage<Data>) => void): void;
  once(event: 'presence', handler: (event: PresenceEvent) => void): void;

  /** Removes a listener, given the same function. */
  off<Data = unknown>(event: 'message' | `message:${string}`, handler: (message: ChannelMessage<Data>) => void): void;
  off<Data = unknown>(event: 'direct', handler: (message: DirectMessage<Data>) => void): void;
  off(event: 'presence', handler: (event: PresenceEvent) => void): void;
}

/** Options of {@link SocketClient.publish} and {@link SocketClient.directMessage}. */
export interface PublishOptions {
  /** How long the server may take to answer once the message was sent, in milliseconds; > 0. Default: 10000. */
  timeout?: number;
  /** Drop the message when it cannot be sent at once, instead of keeping it. Default: false. */
  volatile?: boolean;
  /**
   * Send it again on the next connection when this one is lost before the server answered. It keeps its id, so that
   * receivers drop the second one. Default: false: it is sent at most once.
   */
  retry?: boolean;
}

/** What became of a message. */
export interface PublishReceipt {
  /** Id of the message, which its receivers see. */
  id: string;
  /** The message was `volatile` and was not sent. */
  dropped?: true;
}

/** What the server answered to {@link SocketClient.joinChannel}. */
export interface ChannelJoin {
  channel: string;
  /** How many members the channel then had, where the server says so. */
  memberCount?: number;
}

/** A direct message. */
export interface DirectMessage<Data = unknown> {
  /** Unique; an id is delivered once. */
  id: string;
  /** Name of the message. */
  event: string;
  data: Data;
  /** Socket id of the sender; `undefined` where the server sent it by itself. */
  from?: string;
  /** Unix timestamp in milliseconds. */
  timestamp: number;
}

/** A message of a channel. */
export interface ChannelMessage<Data = unknown> extends DirectMessage<Data> {
  channel: string;
}

/** A channel that has members. */
export interface ChannelInfo {
  name: string;
  memberCount: number;
}

/** A member of a channel. */
export interface ChannelMember {
  socketId: string;
  /** Unix timestamp in milliseconds. */
  joinedAt: number;
}

/** Somebody joined or left a channel. */
export interface PresenceEvent extends ChannelMember {
  type: 'join' | 'leave';
  channel: string;
}

// ----------------------------------------------------------------------------------------------------------- errors

/** Every code a {@link RealtimeError} can have. `docs/errors.md` tells when each occurs and what to do. */
export type RealtimeErrorCode =
  | 'INVALID_ARGUMENT'
  | 'CLIENT_DESTROYED'
  | 'ADDON_NOT_FOUND'
  | 'NETWORK_ERROR'
  | 'TIMEOUT'
  | 'TLS_ERROR'
  | 'PROXY_ERROR'
  | 'UPGRADE_REFUSED'
  | 'AUTH_FAILED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_PROVIDER_FAILED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'REVISION_CONFLICT'
  | 'RATE_LIMITED'
  | 'ABORTED'
  | 'CONNECT_REFUSED'
  | 'RECONNECT_FAILED'
  | 'PROTOCOL_ERROR'
  | 'MESSAGE_TOO_LARGE'
  | 'INVALID_EVENT'
  | 'SUBSCRIBE_DENIED'
  | 'SUBSCRIBE_UNCONFIRMED'
  | 'CHANNEL_DENIED'
  | 'ROSTER_FULL'
  | 'MESSAGE_DENIED'
  | 'SERVER_ERROR'
  | 'OUTBOX_FULL'
  | 'EXPIRED'
  | 'SLOW_CONSUMER'
  | 'INVALID_TOKEN'
  | 'REPLAY_STORE_FULL'
  | 'INTERNAL_ERROR';

/** What an error may know beside its code. Members that do not apply are not there. */
export interface RealtimeErrorDetails {
  status?: number;
  subscriptionId?: string;
  channel?: string;
  method?: string;
  path?: string;
  retryAfter?: number;
  currentRevision?: number;
  document?: SyncDocument;
  uncertain?: boolean;
  remediation?: string;
  cause?: unknown;
}

/** What this package throws and what `'error'` listeners get. The message says what happened and what to do. */
export class RealtimeError extends Error {
  constructor(code: RealtimeErrorCode | WebhookVerificationCode, message: string, details?: RealtimeErrorDetails);

  /** Stable and safe to compare with. */
  readonly code: RealtimeErrorCode | WebhookVerificationCode;
  /** Whether the same can succeed later without a change to the program or its settings. */
  readonly retryable: boolean;
  /** What to do about it; also the end of the message. */
  readonly remediation: string;
  /** HTTP status, where a server answered with one. */
  readonly status?: number;
  /** The subscription concerned, where it is one. */
  readonly subscriptionId?: string;
  /** The channel concerned, where it is one. */
  readonly channel?: string;
  /** Method and path of the request, where it is one, e.g. `GET` and `/api/sync/notes/documents/n1`. */
  readonly method?: string;
  readonly path?: string;
  /** Milliseconds the server asks to wait before the next attempt; at most 2147483647, the longest delay of a timer. */
  readonly retryAfter?: number;
  /** `REVISION_CONFLICT`: the present revision of the document, and the document itself, where the server shows them. */
  readonly currentRevision?: number;
  readonly document?: SyncDocument;
  /** True for a write that may have been done although it failed: its answer was lost, or was not what it must be. */
  readonly uncertain?: boolean;
}

// -------------------------------------------------------------------------------------------- server-side utilities

/**
 * How a delivery is signed, with HMAC-SHA256. `docs/webhooks.md` shows the headers of each.
 *
 * - `'realtime'`: `x-webhook-id`, `x-webhook-timestamp`, `x-webhook-signature`
 * - `'standard-webhooks'`: `webhook-id`, `webhook-timestamp`, `webhook-signature`, see standardwebhooks.com
 * - `'t-v1'`: `x-webhook-signature: t=<timestamp>,v1=<signature>`
 */
export type WebhookScheme = 'realtime' | 'standard-webhooks' | 't-v1';

/** The body of a delivery exactly as it came, before any parsing. Text must have come as UTF-8. */
export type WebhookBody = string | Uint8Array | DataView | ArrayBuffer;

/** Headers of a delivery: a plain object in any case, Node's `headers` or `rawHeaders`, a fetch `Headers`, a `Map`. */
export type WebhookHeaders =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | readonly string[]
  | Iterable<readonly [name: string, value: string | readonly string[]]>;

/**
 * Remembers deliveries, so that each is handled once. Implement it over Redis or a database for several processes.
 *
 * Two ids are claimed of each delivery: one of what was signed, one of the id of the delivery.
 */
export interface ReplayStore {
  /** True the first time an id is claimed; `expiresAt` (Unix ms) is when it may be forgotten. */
  claim(id: string, expiresAt: number): boolean | Promise<boolean>;
  /** Lets the id be claimed again, after the handler failed, or a claim of the delivery. It need not be claimed. */
  release(id: string): void | Promise<void>;
}

/** Options of {@link WebhookReceiver}. */
export interface WebhookReceiverOptions {
  /** How far the timestamp may be from now, in either direction, in milliseconds; > 0. Default: 300000. */
  toleranceMs?: number;
  /** Header of the signature, with the schemes `'realtime'` and `'t-v1'`. Default: `x-webhook-signature`. */
  signatureHeader?: string;
  /** Header of the timestamp, with the scheme `'realtime'`. Default: `x-webhook-timestamp`. */
  timestampHeader?: string;
  /** Header of the delivery id, with the schemes `'realtime'` and `'t-v1'`. Default: `x-webhook-id`. */
  idHeader?: string;
  /** Where `verifyAsync` claims deliveries. Default: a {@link MemoryReplayStore} of its own. */
  replayStore?: ReplayStore;
  /** Largest body that is looked at, in bytes. Default: 1048576. */
  maxBodyBytes?: number;
  /** The current time as Unix milliseconds, for tests. Default: `Date.now`. */
  clock?: () => number;
}

/** A delivery that passed verification. */
export interface WebhookEvent<Payload extends object = Record<string, unknown>> {
  event: RealtimeEvent<Payload>;
  /** Id of the delivery; the event's id, where none was sent. */
  id: string;
  /** When it was signed, Unix milliseconds. */
  timestamp: number;
  /** Which attempt this is, where the sender says so with a plain number. It is not signed. */
  attempt?: number;
  scheme: WebhookScheme;
}

/**
 * Verifies and parses webhook deliveries: HMAC-SHA256 over the bytes of the raw body, and replay protection.
 *
 * @example
 * const receiver = new WebhookReceiver('whsec_your_secret');
 * const { event } = receiver.verify(rawBody, headers);
 */
export class WebhookReceiver {
  /**
   * @param secret the signing secret, or several during a rotation, newest first; at most 16
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`
   */
  constructor(secret: string | readonly string[], options?: WebhookReceiverOptions);

  /** Largest body that is looked at, in bytes. */
  readonly maxBodyBytes: number;

  /**
   * Checks the signature and the time of a delivery, then parses it. It accepts a repeat within the tolerance; use
   * {@link verifyAsync} or an endpoint such as {@link expressWebhook} to have each delivery once.
   *
   * @throws {@link WebhookVerificationError} whatever was sent
   */
  verify<Payload extends object = Record<string, unknown>>(
    rawBody: WebhookBody,
    headers: WebhookHeaders,
  ): WebhookEvent<Payload>;

  /**
   * As {@link verify}, and claims the delivery in the replay store. It rejects with {@link WebhookVerificationError}
   * whatever was sent, and with what the store throws.
   */
  verifyAsync<Payload extends object = Record<string, unknown>>(
    rawBody: WebhookBody,
    headers: WebhookHeaders,
  ): Promise<WebhookEvent<Payload>>;

  /** Lets a delivery that {@link verifyAsync} returned be claimed again, after its handler failed. */
  release(delivery: WebhookEvent<object>): Promise<void>;
}

/**
 * Verifies one delivery, as a {@link WebhookReceiver} made for it does; one that is kept is faster.
 *
 * @throws {@link WebhookVerificationError}, {@link RealtimeError} `INVALID_ARGUMENT`
 */
export function verifyWebhook<Payload extends object = Record<string, unknown>>(
  rawBody: WebhookBody,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options?: WebhookReceiverOptions,
): WebhookEvent<Payload>;

/** Options of {@link signWebhook}. */
export interface SignWebhookOptions {
  /** Unix milliseconds or seconds: below 1e11 it is seconds. Default: now. */
  timestamp?: number;
  /** Id of the delivery. Default: `msg_` and a random UUID. */
  id?: string;
  /** Default: `'realtime'`. */
  scheme?: WebhookScheme;
}

/**
 * The headers that a receiver verifies, for tests and for programs that send. Several secrets make several signatures.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 */
export function signWebhook(
  rawBody: WebhookBody,
  secret: string | readonly string[],
  options?: SignWebhookOptions,
): Record<string, string>;

/** Why a delivery was not accepted. */
export type WebhookVerificationCode =
  | 'MISSING_HEADER'
  | 'MALFORMED_HEADER'
  | 'TIMESTAMP_EXPIRED'
  | 'TIMESTAMP_IN_FUTURE'
  | 'SIGNATURE_MISMATCH'
  | 'BODY_NOT_RAW'
  | 'BODY_TOO_LARGE'
  | 'INVALID_JSON'
  | 'INVALID_EVENT'
  | 'REPLAYED';

/** A delivery that was not accepted. It never shows the secret, a computed signature or the body. */
export class WebhookVerificationError extends RealtimeError {
  constructor(code: WebhookVerificationCode, message: string, details?: { remediation?: string });
  readonly code: WebhookVerificationCode;
}

// ------------------------------------------------------------------------------------------------ webhook endpoints

/** A replay store for a single process. It forgets a claim when the timestamp is too old to be accepted anyway. */
export class MemoryReplayStore implements ReplayStore {
  /** `maxEntries`: how many claims it can hold, two for a delivery; default 100000. `clock`: as of the receiver. */
  constructor(options?: { maxEntries?: number; clock?: () => number });
  /** How many claims it holds, among them some that it can forget. */
  readonly size: number;
  /**
   * @throws {@link RealtimeError} `REPLAY_STORE_FULL` where it holds `maxEntries` that have not expired: forgetting one
   * would let that delivery in again
   */
  claim(id: string, expiresAt: number): boolean;
  release(id: string): void;
}

/** Options of the endpoints: {@link expressWebhook}, {@link fastifyWebhook}, {@link fetchWebhook}, {@link nodeWebhook}. */
export interface WebhookMiddlewareOptions<Request = object> {
  /**
   * Answer 202 when the handler takes longer, in milliseconds. The platform does not send a delivery again that was
   * answered like this, also when its handler fails later. Default: wait for the handler.
   */
  ackAfterMs?: number;
  /**
   * Told of what the answer does not tell: what the handler or the replay store threw, and a body that was parsed.
   * Default: `console.error`; with Fastify, the log of the request.
   */
  onError?(error: unknown, context: { delivery?: WebhookEvent; request: Request }): void;
}

/** What Node and Express give an endpoint: an `IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** And a `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
}

/**
 * An endpoint for `http.createServer`. It reads the raw body, verifies the delivery, claims it in the receiver's replay
 * store, calls the handler, and answers:
 *
 * | status | |
 * |---|---|
 * | 204 | the handler is done |
 * | 202 | it is still running after `ackAfterMs` |
 * | 400 | verification failed |
 * | 405 | not a POST |
 * | 409 | the delivery was accepted before |
 * | 413 | the body is larger than the receiver's `maxBodyBytes` |
 * | 500 | the handler or the replay store failed, or the body was parsed before; see `onError` |
 *
 * Answers that are errors are JSON, `{ error, message }`. When the handler fails, the delivery can be claimed again.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 */
export function nodeWebhook<
  Payload extends object = Record<string, unknown>,
  Request extends NodeRequest = NodeRequest,
>(
  receiver: WebhookReceiver,
  handler: (delivery: WebhookEvent<Payload>, request: Request) => unknown,
  options?: WebhookMiddlewareOptions<Request>,
): (request: Request, response: NodeResponse) => void;

/**
 * As {@link nodeWebhook}, for Express. Mount it before `express.json()`, which leaves no raw body to verify. What
 * `express.raw()` and `express.text()` leave is fine, and so is a `request.rawBody`.
 */
export const expressWebhook: typeof nodeWebhook;

/** As {@link nodeWebhook}, from a `Request` to a `Response`: for Next.js, Hono, Bun, Deno. */
export function fetchWebhook<Payload extends object = Record<string, unknown>>(
  receiver: WebhookReceiver,
  handler: (delivery: WebhookEvent<Payload>, request: Request) => unknown,
  options?: WebhookMiddlewareOptions<Request>,
): (request: Request) => Promise<Response>;

/** Options of {@link fastifyWebhook}. */
export interface FastifyWebhookOptions extends WebhookMiddlewareOptions {
  receiver: WebhookReceiver;
  // biome-ignore lint/suspicious/noExplicitAny: handlers say which payload they take; Fastify cannot infer it
  handler(delivery: WebhookEvent<any>, request: object): unknown;
}

/**
 * As {@link nodeWebhook}, as a Fastify plugin that serves its `prefix`:
 * `app.register(fastifyWebhook, { prefix: '/webhooks', receiver, handler })`.
 */
export function fastifyWebhook(fastify: object, options: FastifyWebhookOptions): Promise<void>;

// ----------------------------------------------------------------------------------------------------------- tokens

/** The header of a JWT. */
export interface TokenHeader {
  alg?: string;
  typ?: string;
  kid?: string;
  [name: string]: unknown;
}

/** The claims of the platform's tokens. Times are in seconds since 1970. */
export interface TokenClaims {
  /** Who the token is for. */
  sub?: string;
  /** Id of the application. */
  aud?: string | string[];
  iss?: string;
  exp?: number;
  iat?: number;
  nbf?: number;
  kid?: string;
  /** Roles and actions. */
  permissions?: string[];
  [name: string]: unknown;
}

/** What {@link decodeToken} returns. */
export interface DecodedToken<Claims extends object = TokenClaims> {
  header: TokenHeader;
  claims: Claims;
}

/**
 * Reads a JWT **without verifying it**: anybody can make a token with any claims. Use it to look at tokens you were
 * issued, never to decide what a caller may do. Of the claims, only the times are checked to be of their type.
 *
 * @throws {@link RealtimeError} `INVALID_TOKEN`, without the token
 */
export function decodeToken<Claims extends object = TokenClaims>(token: string): DecodedToken<Claims>;

/**
 * Whether a JWT's `exp` has passed, by at least `leewayMs` (default 0). Without `exp` it never does. Not verified, see
 * {@link decodeToken}.
 *
 * @throws {@link RealtimeError} `INVALID_TOKEN`, `INVALID_ARGUMENT`
 */
export function isTokenExpired(token: string, leewayMs?: number): boolean;

/**
 * Milliseconds until a JWT expires: negative when it has, `Infinity` when it has no `exp`. Not verified, see
 * {@link decodeToken}.
 *
 * @throws {@link RealtimeError} `INVALID_TOKEN`
 */
export function getTokenExpiresIn(token: string): number;

/**
 * Whether a JWT expires within `thresholdMs` (default 60000), or has: time to fetch the next one. Not verified, see
 * {@link decodeToken}.
 *
 * @throws {@link RealtimeError} `INVALID_TOKEN`, `INVALID_ARGUMENT`
 */
export function shouldRefreshToken(token: string, thresholdMs?: number): boolean;
