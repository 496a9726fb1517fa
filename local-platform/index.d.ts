/** A realtime platform that runs in a test or on a developer's machine. */

/** Options of {@link startLocalPlatform}. Every option has a default. */
export interface LocalPlatformOptions {
  /** TCP port. 0 takes a free one, which survives `faults.goAway()`. Default: 0. */
  port?: number;
  /** Name or address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /**
   * Other names that clients use to reach the platform, e.g. through a proxy. A request is refused
   * with 403 if its `Host` is not one of these, `host`, `localhost` or an IP address. Default:
   * none.
   */
  allowedHosts?: string[];
  /** Origin of the web pages that may use the platform (CORS). Default: `*`, every origin. */
  corsOrigin?: string;
  /** Path prefix of everything that is served, e.g. `/realtime`. Default: none. */
  prefix?: string;
  /** Secret that signs the tokens. Default: a random one. */
  secret?: string;
  /** Application that the platform serves: the `aud` of its tokens. Default: `local`. */
  applicationId?: string;
  /** Milliseconds between two pings, on both socket kinds. Default: 25000. */
  pingInterval?: number;
  /** Milliseconds to wait for a pong before the connection ends. Default: 20000. */
  pingTimeout?: number;
  /** Largest frame or body that a client may send, in bytes. Default: 1000000. */
  maxPayload?: number;
  /**
   * Milliseconds during which a lost Socket.IO session can be recovered with its missed events. 0
   * turns recovery off. Default: 0.
   */
  recovery?: number;
  /**
   * SQLite file that keeps the documents across restarts, one platform per file. Default: in
   * memory.
   */
  data?: string;
  /** Time limit of one attempt of a webhook delivery, in milliseconds. Default: 10000. */
  webhookTimeout?: number;
  /**
   * Longest delay before the first retry of a webhook delivery, in milliseconds. It doubles with
   * each further retry. The actual delay is random, between 0 and that. Default: 1000.
   */
  webhookRetryDelay?: number;
  /** Upper limit of that delay. Default: 60000. */
  webhookRetryDelayMax?: number;
  /**
   * Default of {@link WaitOptions.timeout}: how long `subscribed`, `joined`, `until` and `idle`
   * wait, in milliseconds. Default: 5000.
   */
  waitTimeout?: number;
  /** Options of `tls.createServer`, at least `key` and `cert`. They turn on `https` and `wss`. */
  tls?: import('node:tls').SecureContextOptions & import('node:tls').TlsOptions;
  /** What the platform has from the start. Default: nothing. */
  seed?: LocalSeed;
  /**
   * Shows what happens: called with one line for each connection, refusal, subscription, event,
   * message, document write, webhook attempt and fault. Lines name who and what; they never contain
   * payloads, tokens or secrets. Default: silent.
   *
   * @example
   * const platform = await startLocalPlatform({ log: console.log });
   * // 13:40:07.123 published    order.updated database.update to ada, evt_1b7c...
   */
  log?: (line: string) => void;
}

/**
 * Topics, schemas, documents, webhook endpoints, channels and recurring events that a platform has
 * from the start.
 *
 * @example
 * await startLocalPlatform({
 *   seed: {
 *     topics: [{ name: 'order.updated', description: 'An order changed', owner: 'shop', activeSchemaVersion: 1 }],
 *     schemas: { 'order.updated': [{ schema: { type: 'object', required: ['orderId'] } }] },
 *     documents: { orders: { 'order-1': { status: 'open' } } },
 *     endpoints: [{ url: 'http://127.0.0.1:4000/', secret: 'whsec_dev', events: ['document.updated'] }],
 *     channels: { lobby: 2 },
 *     samples: [{ every: 1000, topic: 'order.updated', payload: (n) => ({ orderId: n }) }],
 *   },
 * });
 */
export interface LocalSeed {
  /**
   * Registered topics. `activeSchemaVersion` is a version of {@link LocalSeed.schemas}. Default:
   * none.
   */
  topics?: (TopicRequest & { activeSchemaVersion?: number })[];
  /** Versions of schemas by topic, version 1 first. The topic must be registered. Default: none. */
  schemas?: Record<string, SchemaRequest[]>;
  /**
   * Data by service and ID. A document that a `data` file has from an earlier run stays as it is.
   * Default: none.
   */
  documents?: Record<string, Record<string, unknown>>;
  /** Webhook endpoints, as `platform.webhooks.create()` takes them. Default: none. */
  endpoints?: WebhookEndpointRequest[];
  /**
   * Number of stand-in members by channel, 1 to 1000. They keep the channel in lists and member
   * counts; they are not connected and receive nothing. Default: none.
   */
  channels?: Record<string, number>;
  /** Events and messages that the platform publishes again and again. Default: none. */
  samples?: LocalSample[];
}

/**
 * Event of a topic, or message of a channel, to publish at a fixed interval. The first one follows
 * after one interval. A function makes the content of the nth one, n = 1, 2, and so on; if it
 * throws or its result is refused, the sample ends with a warning, code `SAMPLE_ENDED`.
 */
export type LocalSample =
  | (Omit<PartialEvent, 'payload' | 'every' | 'channel'> & {
      /** Interval in ms, at least 10. */
      every: number;
      topic: string;
      payload?: Record<string, unknown> | ((n: number) => Record<string, unknown>);
      channel?: undefined;
    })
  | {
      /** Interval in ms, at least 10. */
      every: number;
      channel: string;
      event: string;
      /** Any JSON value, or a function that makes it. Default: `null`. */
      data?: string | number | boolean | null | readonly unknown[] | Record<string, unknown> | ((n: number) => unknown);
      topic?: undefined;
    };

/**
 * Starts a platform in this process, and resolves when it listens.
 *
 * @throws {PlatformError} `ValidationError`; the message names the option
 * @example
 * await using platform = await startLocalPlatform();
 * const realtime = new RealtimeClient({ url: platform.url, token: platform.token() });
 */
export function startLocalPlatform(options?: LocalPlatformOptions): Promise<LocalPlatform>;

/** A running platform. */
export interface LocalPlatform {
  /** Base URL: the SDK's `url` option. */
  readonly url: string;
  readonly port: number;
  /** Current authenticated connections, on both socket kinds. */
  readonly connections: LocalConnection[];
  /** Documents, without permissions and by value. */
  readonly documents: LocalDocuments;
  /** Faults to inject. */
  readonly faults: Faults;
  /** Webhook endpoints, with the logs of their deliveries. */
  readonly webhooks: Webhooks;
  /** Registered topics: what they are for, and which version of their schema is active. */
  readonly topics: TopicRegistry;
  /** Schemas of topics, their versions, and how many events they refused. */
  readonly schemas: Schemas;
  /** Issues a JWT that this platform accepts. */
  token(options?: TokenOptions): string;
  /**
   * Sends an event to all of its subscribers, and returns it as it was sent, with the number of its
   * `receivers`.
   *
   * @throws {PlatformError} `ValidationError` if the event is invalid, or if its payload does not fit the
   *   active schema of its topic: `details.errors` then says where
   * @example
   * const { id, receivers } = platform.publish({ topic: 'order.updated', payload: { orderId: 7 }
   * });
   */
  publish(event: PartialEvent): PublishedEvent;
  /**
   * Resolves when `topic` has at least `count` live subscriptions: an event that is published now
   * reaches them. Default: 1.
   *
   * @throws `TimeoutError` after `timeout` (5000 ms). Its message lists refused connections,
   *   connected clients with their subscriptions, and similar topics
   */
  subscribed(topic: string, count?: number, options?: WaitOptions): Promise<void>;
  subscribed(topic: string, options: WaitOptions & { count?: number }): Promise<void>;
  /**
   * Resolves when `channel` has at least `count` connected members. Default: 1. Rejects as
   * `subscribed` does.
   */
  joined(channel: string, count?: number, options?: WaitOptions): Promise<void>;
  joined(channel: string, options: WaitOptions & { count?: number }): Promise<void>;
  /**
   * Resolves when the condition holds. The platform evaluates it after every change of connections,
   * subscriptions, channels and webhooks. Rejects as `subscribed` does.
   */
  until(condition: (platform: LocalPlatform) => boolean, options?: WaitOptions): Promise<void>;
  /**
   * Resolves when everything that was published is with the connected clients, and their handlers
   * have run.
   *
   * Every client has answered a ping that follows its last event. Clients of the SDK in this
   * process have called their handlers, up to the first `await` in each. Of other clients the
   * platform knows only that the events have arrived. What handlers sent over their sockets has
   * been distributed, too. HTTP requests, webhooks and clients that are not connected are not
   * waited for.
   *
   * @example
   * platform.publish({ topic: 'order.updated', payload: { orderId: 8 } });
   * await platform.idle();
   * assert.deepEqual(received, []); // nobody wants order 8
   */
  idle(options?: WaitOptions): Promise<void>;
  /**
   * Ends all connections, stops listening, and rejects pending `until`, `subscribed`, `joined` and
   * `idle`.
   *
   * @returns the clients that were still connected
   */
  close(options?: CloseOptions): Promise<LocalConnection[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WaitOptions {
  /**
   * Milliseconds after which the promise rejects with a `TimeoutError`. `Infinity` waits without
   * end. Default: the platform's `waitTimeout`, 5000.
   */
  timeout?: number;
  /** Ends the waiting: the promise rejects with the reason of the signal. */
  signal?: AbortSignal;
}

export interface CloseOptions {
  /**
   * Warns of clients that are still connected, with the line that created each: a test forgot to
   * destroy them. A client that was destroyed just now does not count. Default: false.
   */
  report?: boolean;
}

/** Event that was published. */
export type PublishedEvent = LocalEvent & {
  /**
   * Number of connected clients that the event was sent to. Not enumerable, so that the event is
   * equal to the one that arrives.
   */
  readonly receivers: number;
};

/** Connection of an authenticated client. */
export interface LocalConnection {
  /** Socket ID of Socket.IO, or a generated ID for a plain WebSocket. */
  id: string;
  protocol: 'socket.io' | 'ws';
  sub: string;
  applicationId: string;
  environment?: string;
  /** Unix timestamp, ms. */
  connectedAt: number;
  /** In the order of their first subscription. */
  subscriptions: LocalSubscription[];
  /** Names of the joined channels, in the order of joining. */
  channels: string[];
}

export interface LocalSubscription {
  subscriptionId: string;
  topic: string;
  filter?: Record<string, unknown>;
  returnMode: 'full' | 'diff' | 'both';
}

export interface TokenOptions {
  /** Default: `local-user`. */
  sub?: string;
  /** Roles or single actions. Default: `['client']`. */
  permissions?: ('client' | 'service' | 'admin' | 'subscribe' | 'publish')[];
  /** Lifetime in seconds. A negative number makes an expired token. Default: 3600. */
  expiresIn?: number;
  /** Default: the platform's. The platform refuses a token with another one. */
  applicationId?: string;
}

/** Envelope of every event that a client receives. */
export interface LocalEvent {
  id: string;
  topic: string;
  source: 'database' | 'sync' | 'socket';
  type: string;
  payload: Record<string, unknown>;
  metadata: {
    /** Unix timestamp, ms. */
    timestamp: number;
    table?: string;
    operation?: 'insert' | 'update' | 'delete';
    revision?: number;
    /** Messages: socket ID of the sender. */
    from?: string;
    /** Messages whose data is not a plain object: `payload` is `{ value: data }`. */
    wrapped?: true;
    /** W3C Trace Context that the publisher of a message or the writer of a document sent along. */
    traceparent?: string;
    tracestate?: string;
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

/** Event to publish. Every member except `topic` has a default. Unknown members are kept. */
export interface PartialEvent {
  topic: string;
  /** Default: a new ID. */
  id?: string;
  /** Default: `database`. */
  source?: LocalEvent['source'];
  /** Default, by source: `database.update`, `document.updated`, `message`. */
  type?: string;
  /** Default: `{}`. */
  payload?: Record<string, unknown>;
  /** Default of `timestamp`: now. */
  metadata?: Partial<LocalEvent['metadata']>;
  [member: string]: unknown;
}

/** Document. Times are Unix timestamps in ms. */
export interface LocalDocument {
  service: string;
  id: string;
  /** Starts at 1 and increases with each write. A document that is created again continues it. */
  revision: number;
  /** Any JSON value. */
  data: unknown;
  createdAt: number;
  updatedAt: number;
  /** Only in the result of `delete`; `data` then is the last data. */
  deleted?: true;
  expiresAt?: number;
}

export interface Mutation {
  op: 'set' | 'increment' | 'remove' | 'push';
  /** JSON Pointer (RFC 6901); `''` is the whole document. */
  path: string;
  /** Default for `increment`: 1. `remove` takes none. */
  value?: unknown;
}

export interface WriteOptions {
  /** Refuses the write if the document has another revision. */
  expectedRevision?: number;
  /** New expiry. Without it, the document keeps its expiry. */
  expiresAt?: number;
}

/**
 * The operations of the REST routes, without HTTP. Each method throws the {@link PlatformError}
 * that a client would receive.
 */
export interface LocalDocuments {
  create(service: string, document: { id?: string; data: unknown; expiresAt?: number }): LocalDocument;
  get(service: string, id: string): LocalDocument;
  list(service: string, page?: { limit?: number; cursor?: string }): { documents: LocalDocument[]; cursor?: string };
  replace(service: string, id: string, write: { data: unknown } & WriteOptions): LocalDocument;
  merge(service: string, id: string, write: { data: unknown } & WriteOptions): LocalDocument;
  mutate(service: string, id: string, write: { mutations: Mutation[] } & WriteOptions): LocalDocument;
  delete(service: string, id: string, options?: { expectedRevision?: number }): LocalDocument;
}

/** Faults on the wire. The platform keeps its secret, port, options and history of events. */
export interface Faults {
  /**
   * Destroys the TCP connection of every client, without a close frame.
   *
   * @returns the number of clients, after the platform has noticed that they are gone
   */
  dropAll(): Promise<number>;
  /** Answers upgrade requests on both socket kinds with this HTTP response. */
  refuseUpgrades(response?: RefusedUpgrade): void;
  /** Ends `refuseUpgrades`. */
  acceptUpgrades(): void;
  /**
   * Stops sending to the clients that are connected now: no ping, no pong, no event, no close
   * frame. Their TCP connections stay open. Requests of their long-polling sessions get no answer
   * on any TCP connection. Clients that connect later are served.
   */
  stopAnsweringPings(): void;
  /** Delays each further event and message by this many milliseconds, in order. 0 ends it. */
  delay(milliseconds: number): void;
  /**
   * Sends the last events and messages again, with the same IDs, to the current subscribers and
   * members. Presence is not repeated and does not count.
   *
   * @param count at most 1000. Default: 1
   * @returns these events, oldest first and complete, regardless of the receivers' return modes
   */
  repeat(count?: number): LocalEvent[];
  /**
   * Tells the subscribers and members that events may be missing: their clients emit `gap`. Without
   * options it concerns everything.
   */
  gap(options?: ReportedGap): void;
  /**
   * Stops listening and destroys all TCP connections. Resolves when the port refuses connections.
   */
  goAway(): Promise<void>;
  /** Listens on the same port again. Resolves when it does. */
  comeBack(): Promise<void>;
}

export interface ReportedGap {
  /** Topics and channels. Default: all of them. */
  topics?: string[];
  /** For how long events were lost. Default: 0. */
  milliseconds?: number;
  /** `reason` of the clients' `gap` event. */
  reason?: string;
}

export interface RefusedUpgrade {
  /** HTTP status, 300 to 599. Default: 503. */
  status?: number;
  /** Text, or an object that is sent as JSON. Default: empty. */
  body?: string | object;
  headers?: Record<string, string>;
  /** Number of upgrades to refuse before accepting again. Default: all. */
  times?: number;
}

/** Webhooks, as `/api/webhooks` serves them. */
export interface Webhooks {
  /** In the order of their creation. */
  readonly endpoints: WebhookEndpoint[];
  /** One entry per attempt, oldest first: the last 10000. */
  readonly logs: WebhookAttempt[];
  /** Deliveries that failed for good, oldest first: the last 1000. */
  readonly deadLetters: DeadLetter[];
  /** Number of deliveries that wait or are running. */
  readonly pending: number;
  /** @throws {PlatformError} `ValidationError`; the message names the member */
  create(request: WebhookEndpointRequest): WebhookEndpoint;
  /** @throws {PlatformError} `NotFoundError` */
  activate(id: string): WebhookEndpoint;
  /** Deactivates an endpoint, and stops its pending deliveries. */
  deactivate(id: string): WebhookEndpoint;
  /** Deletes an endpoint, and stops its pending deliveries. */
  remove(id: string): WebhookEndpoint;
}

export interface WebhookEndpointRequest {
  /** `http` or `https`. */
  url: string;
  secret: string;
  /** Wanted events, 1 to 100 entries: webhook types or topics. */
  events: (WebhookType | (string & {}))[];
  /** How deliveries are signed. Default: `realtime`. */
  scheme?: 'realtime' | 'standard-webhooks' | 't-v1';
}

export type WebhookType =
  | 'document.updated'
  | 'document.deleted'
  | 'presence.updated'
  | 'socket.message'
  | 'socket.connect'
  | 'socket.disconnect'
  | 'database.event';

export interface WebhookEndpoint {
  id: string;
  url: string;
  events: string[];
  scheme: 'realtime' | 'standard-webhooks' | 't-v1';
  active: boolean;
  /** Unix timestamp, ms. */
  createdAt: number;
}

export interface WebhookAttempt {
  webhookId: string;
  /** Same ID in all attempts of a delivery. */
  deliveryId: string;
  event: WebhookType;
  /** 1 to 6. */
  attempt: number;
  /** HTTP status, if there was an answer. */
  status?: number;
  /**
   * First 1024 bytes of the answer's body, if it has one: an endpoint of the SDK says there which
   * code a refused delivery has.
   */
  responseBody?: string;
  /** Why there was no answer. */
  error?: string;
  durationMs: number;
  /** Start of the attempt, which is the signed time. Unix timestamp, ms. */
  timestamp: number;
}

export interface DeadLetter {
  webhookId: string;
  deliveryId: string;
  event: WebhookType;
  /** Number of attempts. 0 if the delivery was stopped before the first. */
  attempts: number;
  /** HTTP status of the last attempt. */
  status?: number;
  /** First 1024 bytes of the body of the last answer, if it has one. */
  responseBody?: string;
  /** Why the last attempt had no answer, or why the delivery was stopped. */
  error?: string;
  /** When the delivery failed. Unix timestamp, ms. */
  timestamp: number;
  body: LocalEvent;
}

/** Registered topics, as `/api/topics` serves them. A topic need not be registered to be used. */
export interface TopicRegistry {
  /** All topics, in the order of their registration. */
  list(): LocalTopic[];
  /** @throws {PlatformError} `NotFoundError` */
  get(name: string): LocalTopic;
  /**
   * Registers a topic.
   *
   * @throws {PlatformError} `ValidationError`; the message names the member. `AlreadyExistsError` if the
   *   name is in use
   * @example
   * platform.topics.create({ name: 'order.updated', description: 'Changed', owner: 'shop' });
   */
  create(request: TopicRequest): LocalTopic;
  /**
   * Changes a topic. With an `activeSchemaVersion`, every payload of the topic must fit that
   * version from now on; with `null`, none is validated.
   */
  update(name: string, changes: Partial<Pick<LocalTopic, 'description' | 'owner' | 'activeSchemaVersion'>>): LocalTopic;
  /** Deletes the registration. The schemas stay, but payloads are no longer validated. */
  delete(name: string): LocalTopic;
}

export interface TopicRequest {
  /** Lowercase letters, digits and dots, at least one segment, up to 256 characters. */
  name: string;
  description: string;
  owner: string;
}

export interface LocalTopic extends TopicRequest {
  /** Version that payloads must fit; `null`: none. */
  activeSchemaVersion: number | null;
  applicationId: string;
  environment: string | null;
  /** Unix timestamp, ms. */
  createdAt: number;
}

/** Schemas of topics, as `/api/schemas` serves them. */
export interface Schemas {
  /** What the active schemas refused since the platform started, one entry for each topic. */
  readonly refused: RefusedPayloads[];
  /**
   * Adds a version to the schema of a registered topic. It is not active until the topic names it.
   *
   * With the mode `backward` the new version must accept every payload that the latest version
   * accepts.
   *
   * @throws {PlatformError} `NotFoundError` for a topic that is not registered. `ValidationError` for a
   *   schema that cannot be used; the message names the place. `ConflictError` for one that is not
   *   backward compatible: `details.breaks` has the paths and reasons
   * @example
   * platform.schemas.register('order.updated', { schema: { type: 'object', required: ['orderId'],
   * properties: { orderId: { type: 'integer' } } }, }); platform.topics.update('order.updated', {
   * activeSchemaVersion: 1 });
   */
  register(topic: string, request: SchemaRequest): LocalSchema;
  /** All versions, the oldest first. */
  versions(topic: string): LocalSchema[];
  /** @throws {PlatformError} `NotFoundError` */
  get(topic: string, version: number): LocalSchema;
  /** @throws {PlatformError} `NotFoundError` if the topic has no schema */
  latest(topic: string): LocalSchema;
  /** Validates a payload without publishing it. Default: the active version, else the latest. */
  validate(topic: string, payload: unknown, options?: { version?: number }): SchemaCheck;
}

export interface SchemaRequest {
  /**
   * JSON Schema, draft 2020-12, up to 100000 characters. References stay inside the schema,
   * `format` is an annotation, and patterns neither look around nor refer back.
   */
  schema: Record<string, unknown>;
  /** Whether the version must accept what the latest one accepts. Default: `backward`. */
  compatibilityMode?: 'backward' | 'none';
}

export interface LocalSchema {
  topic: string;
  /** 1, 2, 3 and so on, assigned by the platform. */
  version: number;
  schema: Record<string, unknown>;
  compatibilityMode: 'backward' | 'none';
  /** Unix timestamp, ms. */
  createdAt: number;
}

/** Place in a payload that does not fit. */
export interface PayloadError {
  /** JSON Pointer (RFC 6901) into the payload; `''` is the whole payload. */
  path: string;
  /** What is wrong there. It never shows the payload. */
  message: string;
}

export interface SchemaCheck {
  valid: boolean;
  /** The version that the payload was compared with. */
  version: number;
  /** If it is not valid: at most 20. */
  errors?: PayloadError[];
}

export interface RefusedPayloads {
  topic: string;
  /** Number of events. */
  count: number;
  lastVersion: number;
  lastErrors: PayloadError[];
  /** Unix timestamp, ms. */
  lastAt: number;
}

/** Error for invalid arguments. On the wire, every refusal is `{ error: name, message }`. */
export class PlatformError extends Error {
  readonly name:
    | 'ValidationError'
    | 'UnauthorizedError'
    | 'ForbiddenError'
    | 'NotFoundError'
    | 'ConflictError'
    | 'AlreadyExistsError'
    | 'PayloadTooLargeError'
    | 'InternalServerError';
  /** HTTP status of that name. */
  readonly status: number;
  /**
   * With the `ConflictError` of a document: its current state. With that of a schema: what it
   * breaks, by JSON Pointers into payloads in which `*` is any item or any other member. With the
   * `ValidationError` of a payload: where it does not fit.
   */
  readonly details?:
    | { currentRevision: number; document: LocalDocument }
    | { breaks: { path: string; reason: string }[] }
    | { errors: PayloadError[] };
}
