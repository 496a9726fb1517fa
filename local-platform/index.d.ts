/** A realtime platform that runs in a test or on a developer's machine. */

/** What {@link startLocalPlatform} takes; everything has a default. */
export interface LocalPlatformOptions {
  /** TCP port; 0 (default) takes a free one, which is then kept, also over `faults.goAway()`. */
  port?: number;
  /** Name or address to listen on. Default `127.0.0.1`. */
  host?: string;
  /**
   * Other names by which clients reach the platform, e.g. through a proxy. Requests whose `Host` is
   * neither one of these, nor
   * `host`, nor `localhost`, nor an IP address are refused with 403. Default: none.
   */
  allowedHosts?: string[];
  /** Origin whose web pages may use the platform (CORS), e.g. `http://localhost:5173`. Default `*`: all. */
  corsOrigin?: string;
  /** Path in front of everything that is served, e.g. `/realtime`. Default: none. */
  prefix?: string;
  /** Signs and checks the tokens. Default: a random one. */
  secret?: string;
  /** The application the platform serves: the `aud` of its tokens. Default `local`. */
  applicationId?: string;
  /** Milliseconds between two pings, on both socket kinds. Default 25000. */
  pingInterval?: number;
  /** Milliseconds a pong may take before the connection is ended. Default 20000. */
  pingTimeout?: number;
  /** Most bytes of one frame or body that a client may send. Default 1000000. */
  maxPayload?: number;
  /** Milliseconds for which a lost Socket.IO session can be recovered with what it missed. Default 0: not at all. */
  recovery?: number;
  /** A SQLite file that keeps the documents over restarts; one platform per file. Default: in memory. */
  data?: string;
  /** Milliseconds one attempt of a webhook delivery may take. Default 10000. */
  webhookTimeout?: number;
  /**
   * Milliseconds before the first retry of a webhook delivery; each further one may take twice as long. The actual
   * wait is random, between 0 and that. Default 1000.
   */
  webhookRetryDelay?: number;
  /** Most milliseconds between two attempts of a webhook delivery. Default 60000. */
  webhookRetryDelayMax?: number;
  /** Options of `tls.createServer`, at least `key` and `cert`: the platform then speaks `https` and `wss`. */
  tls?: import('node:tls').SecureContextOptions & import('node:tls').TlsOptions;
}

/**
 * Starts a platform in this process.
 *
 * @returns when it listens
 * @throws {PlatformError} `ValidationError`, naming the option
 */
export function startLocalPlatform(options?: LocalPlatformOptions): Promise<LocalPlatform>;

/** A running platform. */
export interface LocalPlatform {
  /** Base URL: the SDK's `url` option. */
  readonly url: string;
  readonly port: number;
  /** The authenticated connections of this moment, on both socket kinds. */
  readonly connections: LocalConnection[];
  /** The documents, without permissions and by value. */
  readonly documents: LocalDocuments;
  /** What can be done to the clients. */
  readonly faults: Faults;
  /** Webhook endpoints, and what became of the deliveries to them. */
  readonly webhooks: Webhooks;
  /** Makes a JWT that this platform accepts. */
  token(options?: TokenOptions): string;
  /** Sends an event to all who are subscribed to it and returns it as it was sent. */
  publish(event: PartialEvent): LocalEvent;
  /** Resolves when `topic` has at least `count` (default 1) live subscriptions: what is published now arrives. */
  subscribed(topic: string, count?: number): Promise<void>;
  /** Resolves when `channel` has at least `count` (default 1) connected members. */
  joined(channel: string, count?: number): Promise<void>;
  /** Resolves when the condition holds; it is asked at every change of connections, subscriptions, channels and webhooks. */
  until(condition: (platform: LocalPlatform) => boolean): Promise<void>;
  /** Ends all connections and stops listening. What still waits in `until`, `subscribed` or `joined` is rejected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An authenticated client. */
export interface LocalConnection {
  /** The Socket.IO socket id, or an id made for a plain WebSocket. */
  id: string;
  protocol: 'socket.io' | 'ws';
  sub: string;
  applicationId: string;
  environment?: string;
  /** Unix timestamp, ms. */
  connectedAt: number;
  /** In the order of their first subscription. */
  subscriptions: LocalSubscription[];
  /** Names of the channels it is in, in the order of joining. */
  channels: string[];
}

export interface LocalSubscription {
  subscriptionId: string;
  topic: string;
  filter?: Record<string, unknown>;
  returnMode: 'full' | 'diff' | 'both';
}

export interface TokenOptions {
  /** Default `local-user`. */
  sub?: string;
  /** Roles or single actions. Default `['client']`. */
  permissions?: ('client' | 'service' | 'admin' | 'subscribe' | 'publish')[];
  /** Seconds from now; a negative number makes an expired token. Default 3600. */
  expiresIn?: number;
  /** Default: the platform's. Another one makes a token the platform refuses. */
  applicationId?: string;
}

/** The envelope of everything a client receives. */
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
    /** The sender's socket id, of messages. */
    from?: string;
    /** Of messages whose data is not a plain object: `payload` is `{ value: data }`. */
    wrapped?: true;
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

/** An event before it is completed: all but `topic` has a default, further members are kept. */
export interface PartialEvent {
  topic: string;
  /** Default: a new one. */
  id?: string;
  /** Default `database`. */
  source?: LocalEvent['source'];
  /** Default by source: `database.update`, `document.updated`, `message`. */
  type?: string;
  /** Default `{}`. */
  payload?: Record<string, unknown>;
  /** `timestamp` is now unless given. */
  metadata?: Partial<LocalEvent['metadata']>;
  [member: string]: unknown;
}

/** A document; times are Unix timestamps in ms. */
export interface LocalDocument {
  service: string;
  id: string;
  /** 1 when it is created, one more with each write; a document that is created again continues it. */
  revision: number;
  /** Any JSON value. */
  data: unknown;
  createdAt: number;
  updatedAt: number;
  /** Only in what `delete` returns; `data` is then what it was last. */
  deleted?: true;
  expiresAt?: number;
}

export interface Mutation {
  op: 'set' | 'increment' | 'remove' | 'push';
  /** JSON Pointer (RFC 6901); `''` is the whole document. */
  path: string;
  /** For `increment` 1 by default; `remove` takes none. */
  value?: unknown;
}

export interface WriteOptions {
  /** Refuse the write when the document is at another revision. */
  expectedRevision?: number;
  /** A new expiry; the former one stays without it. */
  expiresAt?: number;
}

/** What the REST routes do, without HTTP. Each method throws the {@link PlatformError} a client would be answered. */
export interface LocalDocuments {
  create(service: string, document: { id?: string; data: unknown; expiresAt?: number }): LocalDocument;
  get(service: string, id: string): LocalDocument;
  list(service: string, page?: { limit?: number; cursor?: string }): { documents: LocalDocument[]; cursor?: string };
  replace(service: string, id: string, write: { data: unknown } & WriteOptions): LocalDocument;
  merge(service: string, id: string, write: { data: unknown } & WriteOptions): LocalDocument;
  mutate(service: string, id: string, write: { mutations: Mutation[] } & WriteOptions): LocalDocument;
  delete(service: string, id: string, options?: { expectedRevision?: number }): LocalDocument;
}

/** Faults on the wire. Secret, port, options and the history of events outlive all of them. */
export interface Faults {
  /**
   * Destroys the TCP connection of every client, without a close frame.
   * @returns how many clients there were, when the platform has noticed that they are gone
   */
  dropAll(): Promise<number>;
  /** Answers upgrade requests, on both socket kinds, with this HTTP response instead. */
  refuseUpgrades(response?: RefusedUpgrade): void;
  /** Ends `refuseUpgrades`. */
  acceptUpgrades(): void;
  /**
   * From now on nothing reaches the clients that are connected now: no ping, no pong, no event, no
   * close frame, while TCP stays open. Requests of their long-polling sessions are not answered, on
   * any TCP connection. Clients that connect later are served.
   */
  stopAnsweringPings(): void;
  /** Holds back each event and message sent from now on for so many milliseconds, in order. 0 ends it. */
  delay(milliseconds: number): void;
  /**
   * Sends the last `count` (default 1, at most 1000) events and messages again, same ids, to those who are subscribed
   * or members now. Presence is not repeated and does not count.
   * @returns these events, oldest first and whole, whatever the return modes of the receivers
   */
  repeat(count?: number): LocalEvent[];
  /** Stops listening and destroys all TCP connections; resolves when the port refuses connections. */
  goAway(): Promise<void>;
  /** Listens again on the same port; resolves when it does. */
  comeBack(): Promise<void>;
}

export interface RefusedUpgrade {
  /** HTTP status, 300 to 599. Default 503. */
  status?: number;
  /** Text, or an object that is sent as JSON. Default empty. */
  body?: string | object;
  headers?: Record<string, string>;
  /** How many upgrades to refuse before accepting again. Default: all. */
  times?: number;
}

/** Webhooks, as `/api/webhooks` serves them. */
export interface Webhooks {
  /** In the order of their creation. */
  readonly endpoints: WebhookEndpoint[];
  /** One entry for each attempt, oldest first; the last 10000. */
  readonly logs: WebhookAttempt[];
  /** Deliveries that were given up, oldest first; the last 1000. */
  readonly deadLetters: DeadLetter[];
  /** Deliveries that are neither done nor given up. */
  readonly pending: number;
  /** @throws {PlatformError} `ValidationError`, naming the member */
  create(request: WebhookEndpointRequest): WebhookEndpoint;
  /** @throws {PlatformError} `NotFoundError` */
  activate(id: string): WebhookEndpoint;
  /** Gives up what is under way to it, too. */
  deactivate(id: string): WebhookEndpoint;
  /** Gives up what is under way to it, too. */
  remove(id: string): WebhookEndpoint;
}

export interface WebhookEndpointRequest {
  /** `http` or `https`. */
  url: string;
  secret: string;
  /** What it wants, 1 to 100 entries: webhook types, or topics. */
  events: (WebhookType | (string & {}))[];
  /** How deliveries are signed. Default `realtime`. */
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
  /** The same in all attempts of a delivery. */
  deliveryId: string;
  event: WebhookType;
  /** 1 to 6. */
  attempt: number;
  /** The HTTP status, when there was an answer. */
  status?: number;
  /** Why there was none. */
  error?: string;
  durationMs: number;
  /** When the attempt began: the moment that was signed. Unix timestamp, ms. */
  timestamp: number;
}

export interface DeadLetter {
  webhookId: string;
  deliveryId: string;
  event: WebhookType;
  /** How many there were; 0 when it was given up before the first. */
  attempts: number;
  /** HTTP status of the last attempt. */
  status?: number;
  /** Why the last attempt had no answer, or why there were no further ones. */
  error?: string;
  /** When it was given up. Unix timestamp, ms. */
  timestamp: number;
  body: LocalEvent;
}

/** Thrown for bad arguments, and the shape of every refusal on the wire: `{ error: name, message }`. */
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
  /** The HTTP status that goes with the name. */
  readonly status: number;
  /** With a `ConflictError`: the document as it is. */
  readonly details?: { currentRevision: number; document: LocalDocument };
}
