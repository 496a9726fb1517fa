/**
 * The wall between the shared code and an engine: what `lib/` needs of whatever speaks to the
 * server.
 *
 * An engine speaks in items and promises. How it holds a connection, where its threads are and how
 * events cross into JavaScript is its own affair. Two can stand here: the Rust addon through its
 * adapter in `native/`, and one in plain JavaScript. An engine is three modules, each loaded when
 * it is needed:
 *
 * | module | exports |
 * |---|---|
 * | `engine.js` | {@link EngineModule} |
 * | `requests.js` | {@link RequestsModule} |
 * | `webhooks.js` | {@link WebhooksModule} |
 *
 * What comes in are values. What goes out was serialised by the shared code, once: a message may
 * wait in the outbox, and must be what it was when the user sent it.
 *
 * A function of an engine that fails throws an Error with a `code` of `error-codes.js` and a
 * `message`; `callEngine` of `errors.js` turns it into the user's error.
 */

import type {
  ConnectionEvent,
  GapEvent,
  LifecycleSource,
  PayloadIssue,
  Recorder as PublicRecorder,
  RealtimeStats,
  SlowEvent,
  SubscribeOptions,
  TokenReason,
  WebhookScheme,
} from '../../index.js';
import type { Log } from '../log/log.js';

/** The user's options, complete and validated, see `options.js`. Times are milliseconds. */
export interface EngineConfig {
  engine: 'native' | 'javascript';
  url: string;
  /** Undefined where the user passes a function that fetches tokens. */
  token?: string;
  protocol: 'socket.io' | 'ws';
  path?: string;
  headers?: Record<string, string>;
  applicationId?: string;
  environment?: string;
  reconnection: boolean;
  /** May be Infinity. */
  reconnectionAttempts: number;
  reconnectionDelay: number;
  reconnectionDelayMax: number;
  /** From 0 to 1. */
  randomizationFactor: number;
  reconnectOnServerDisconnect: boolean;
  connectTimeout: number;
  /** Undefined: only the server's own pings. */
  heartbeat?: { interval: number; timeout: number };
  outbox: { maxMessages: number; maxBytes: number; maxAgeMs: number };
  /** Without `maxPauseMs`, reading pauses as long as the connection survives it. */
  inbox: {
    maxEvents: number;
    maxBytes: number;
    overflow: 'disconnect' | 'drop-oldest' | 'drop-newest' | 'latest';
    maxPauseMs?: number;
  };
  tls?: {
    /** PEM texts; they replace the roots of the system. */
    ca?: string[];
    cert?: string;
    key?: string;
    rejectUnauthorized?: boolean;
    servername?: string;
  };
  /**
   * How long events may wait for more before JavaScript is woken. Undefined: they do not wait, but
   * an engine with a thread of its own may let them come together for a moment while they come
   * fast.
   */
  coalesceMs?: number;
  transports: ('websocket' | 'polling')[];
  /** The largest message that the server may send. */
  maxMessageBytes: number;
  /** Whether to offer compression for WebSockets, where the runtime leaves the choice. */
  compression?: { threshold: number; maxWindowBits: number };
  proxy?: {
    host: string;
    port: number;
    /** The value of `Proxy-Authorization`. */
    authorization?: string;
  };
  /** Undefined: nothing is recorded. */
  record?: { maxBytes: number; payloads: boolean; recorder: Recorder };
  /** For an engine that cannot know by itself what the page or the app goes through. */
  lifecycle?: LifecycleSource;
  /** Whether a page's WebSocket is in a worker. It matters to no other runtime. */
  worker: boolean;
  /** What to measure besides counters. Undefined: nothing. */
  stats?: { latency: boolean; topics: boolean };
  /** Undefined where nothing is logged. */
  log?: Log;
}

/** What an engine's `engine.js` exports. */
export interface EngineModule {
  /**
   * Creates the engine of one client. It does nothing yet.
   *
   * @param onReady called on the JavaScript thread when {@link Engine.next} has an item. The engine
   *   calls it once, and again only after `next` has returned undefined; an additional call does no
   *   harm. It does not throw. An engine that has just read the clock of the host passes the time.
   * @param features {@link EngineModule.features}, unless the client needs none of them
   */
  createEngine(config: EngineConfig, onReady: (now?: number) => void, features?: object): Engine;
  /**
   * What only a client with messaging needs, or what loads it: a bundle without such a client does
   * not contain it. Undefined where every engine has it.
   */
  features?: object;
}

/** One client's connection, subscriptions and messages. */
export interface Engine {
  /** Connects, and reconnects from then on. */
  connect(): void;
  /**
   * Ends the connection. After it returns, `next` yields no event until the next connection, only
   * notices.
   */
  disconnect(): void;
  /** Disconnects, forgets the subscriptions and drops all items. */
  destroy(): void;

  /** Returns the subscription's id: `sub_1`, `sub_2`, ... */
  subscribe(topic: string, filter: SubscribeOptions['filter'], returnMode: SubscribeOptions['returnMode']): string;
  /**
   * Ends a subscription; false when the id is unknown. After it returns, `next` yields only events
   * that another subscription or a channel wants.
   */
  unsubscribe(subscriptionId: string): boolean;
  /**
   * Whether a topic, or (null) every topic, has listeners. The engine may drop events without any.
   */
  listen(topic: string | null, wanted: boolean): void;
  /** Whether messages and presence have listeners, in any channel. */
  listenToMessages(wanted: boolean): void;
  /**
   * A turn has ended in which the user's code may have changed its listeners. Until then a listener
   * may replace one that was removed, or follow a new subscription or channel.
   */
  endOfTurn(): void;

  /**
   * Sends a message. Returns its number; the item `outcome` with that number follows. Returns null
   * when the message is volatile and was dropped.
   */
  emit(message: Message): number | null;
  /** Joins a channel. The outcome follows as that of a message. */
  joinChannel(channel: string): number;
  /**
   * Leaves a channel. The outcome follows as that of a message; after it returns, no event of the
   * channel does.
   */
  leaveChannel(channel: string): number;

  /** How useful the newest token is: valid, valid and due for renewal, or none that is valid. */
  tokenState(): 'fresh' | 'due' | 'missing';
  /** Takes a token, whether an item `token` asked for it or not. */
  provideToken(token: string): void;
  /** There is no token; false when none is wanted (any more). */
  refuseToken(): boolean;

  /**
   * The next item, in the order in which things happened; undefined when there is none, until
   * `onReady` is called again. It throws when an item cannot be read; the next call continues
   * behind that item.
   *
   * The shared code calls `next` for every event: this is the hot path.
   */
  next(): Item | undefined;
  /**
   * Whether an event from `next` may still be delivered: a subscription or channel wants it, and
   * `disconnect` was not called since.
   */
  wants(event: Event): boolean;

  /**
   * How many of the events from `next` wait in loops that accept no more. While there are any, the
   * engine does not read from the connection, as if its inbox were full. The items that wait in the
   * engine still come. Called only with `inbox.overflow: 'disconnect'`.
   */
  hold(events: number): void;
  /**
   * Unix milliseconds: every event that the server sent before this time came from `next` before
   * the latest event.
   */
  takenUntil(): number;

  /** Whether the process waits for this engine while it has something to do; by default it does. */
  ref(): void;
  unref(): void;

  /** What the server calls this connection; undefined while there is none. */
  socketId(): string | undefined;
  /** The shared code adds the errors, and what it drops. */
  stats(): Omit<RealtimeStats, 'errors' | 'droppedInvalid'>;
  /** The lines of the flight recorder, with their secrets, where the engine keeps them itself. */
  recording?(): string | null;
}

/** The flight recorder, see `recording/`. Pages load it only where they record. */
export interface Recorder extends PublicRecorder {
  /** The clock of a recorded session: it advances in steps that both sessions can add exactly. */
  clock(read: () => number): () => number;
  /**
   * Records a session of the JavaScript engine, from its creation. Returns the functions that the
   * driver calls from then on, in the order of `DRIVER_CALLS`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the wall knows neither a session nor its functions
  record(session: any, options: NonNullable<EngineConfig['record']>): any;
  /** Those that the engine calls for the user, in the order of `USER_CALLS`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  calls(session: any): any;
  /**
   * Adds recordings to the errors of a client that need one. Returns a function that makes a
   * recording, without secrets.
   */
  attach(
    config: EngineConfig,
    engine: Engine,
    // biome-ignore lint/suspicious/noExplicitAny: the errors of the shared code
    dispatch: { report(error: any): void },
    redaction: { text(text: string): string },
  ): () => string;
}

/** A message to send. */
export interface Message {
  /** Name of the event on the wire. */
  event: string;
  /** Its argument as JSON, with a Socket.IO placeholder for each attachment. */
  payload: string;
  attachments: Uint8Array[];
  /** How long the server may take to answer, in milliseconds. */
  timeout: number;
  /** Whether to send it again when the connection ends without an answer. */
  retry: boolean;
  /** Whether to drop it when it cannot be sent at once. */
  volatile: boolean;
}

/** An event as the server sent it. Binary members are Buffers or Uint8Arrays, in their places. */
export interface Event {
  id: string;
  topic: string;
  source?: unknown;
}

/** An event, or a notice: its kind and its body. */
export type Item = Event | Notice;
export type Notice = { [Kind in keyof Notices]: [kind: Kind, body: Notices[Kind]] }[keyof Notices];

/**
 * The notices by kind. Their texts (`message`, `reason`, `cause`, `subscriptionId`) may quote a
 * peer: the shared code redacts them (`redaction/redaction.js`).
 */
export interface Notices {
  connection: ConnectionEvent;
  gap: GapEvent;
  /** The inbox is more than half full. It comes ahead of the events that wait. */
  slow: SlowEvent;
  /** The server has confirmed a subscription. */
  subscribed: { subscriptionId: string };
  /** The server has confirmed a channel on this connection. */
  joined: { channel: string };
  /** How a message, a join or a leave ended. */
  outcome: { id: number; result?: unknown; error?: Report };
  /** The engine wants a token. */
  token: { reason: Exclude<TokenReason, 'request'> };
  error: Report;
  /** Of the shared code: an event as the server sent it, before its payload is checked. */
  unchecked: { event: Event };
}

/** An error, before it becomes a RealtimeError. */
export interface Report {
  code: string;
  message: string;
  status?: number;
  subscriptionId?: string;
  channel?: string;
  /** Milliseconds the server asks to wait. */
  retryAfter?: number;
  cause?: string;
  /** What failed may have been done nevertheless. */
  uncertain?: boolean;
  /** What to do, where the advice for the code does not fit. */
  remediation?: string;
  /** Of the shared code: the event that does not fit its schema, and why. */
  topic?: string;
  eventId?: string;
  issues?: readonly PayloadIssue[];
}

/** What an engine's `requests.js` exports. */
export interface RequestsModule {
  createRequests(config: EngineConfig): Requests;
}

/** REST requests of one client. Those under way hold the process. */
export interface Requests {
  send(request: Request): PendingRequest;
  /**
   * Drops all requests: their promises stay pending. The caller cancels what it still waits for.
   */
  close(): void;
}

export interface Request {
  method: string;
  /** `/api/...`, percent-encoded, with its query. */
  path: string;
  /** JSON text. */
  body: string | null;
  /** For the whole request, in milliseconds. */
  timeout: number;
  /** Whether it may be sent again after a failure. */
  repeatable: boolean;
  idempotencyKey: string | null;
  /** Undefined: the token of the config. */
  token: string | undefined;
}

/**
 * A request under way.
 *
 * A function cancels it, not an AbortSignal: a request also ends when its client is destroyed, and
 * a user's signal may be shared by any number of requests. The shared code watches both in one
 * place (`rest.js`, `aborts.js`), and knows what the caller is to be told.
 */
export interface PendingRequest {
  outcome: Promise<Outcome | CancelReason>;
  /**
   * Ends the request: `outcome` resolves to the reason. Without effect once there is an outcome.
   */
  cancel(reason: CancelReason): void;
}

export type CancelReason = 'ABORTED' | 'CLIENT_DESTROYED';

/** How a request ended. Success: a status of 2xx, the parsed body, and null for the failure. */
export type Outcome = Success | { status: null; body: null; failure: Failure };

export interface Success {
  status: number;
  body: unknown;
  failure: null;
}

export interface Failure {
  code: string;
  message: string;
  status?: number;
  cause?: string;
  /** Milliseconds the server asks to wait. */
  retryAfter?: number;
  /** A write that may have been applied although it failed. */
  uncertain?: boolean;
  /** What to do, where the advice for the code does not fit. */
  remediation?: string;
  /** The server's answer, where that was a JSON object. */
  body?: Record<string, unknown>;
}

/** What an engine's `webhooks.js` exports. All of it is synchronous. */
export interface WebhooksModule {
  /** Prepares the verification of deliveries. Cheap for secrets that were prepared before. */
  createVerifier(secrets: string[], toleranceMs: number): Verifier;
  /** The value of the signature header. Throws when the id or the timestamp is malformed. */
  signWebhook(secrets: string[], body: Uint8Array, signed: SignedMembers): string;
}

/** What is signed besides the body, and how. */
export interface SignedMembers {
  scheme: WebhookScheme;
  timestamp: string;
  id: string;
}

/** The headers of a delivery, as far as they matter here. */
export interface SignatureHeaders {
  scheme: WebhookScheme;
  signature: string;
  timestamp?: string;
  id?: string;
}

export interface Verifier {
  /**
   * Verifies a delivery, then parses its body.
   *
   * @param body the bytes that were signed
   * @param now in milliseconds
   * @param identify whether the fingerprint is needed: it takes a second pass over the body
   */
  verify(body: Uint8Array, headers: SignatureHeaders, now: number, identify: boolean): Verified | Refusal;
}

export interface Verified {
  /** The parsed body; undefined when it is not JSON. */
  event: unknown;
  /** In milliseconds. */
  signedAt: number;
  /** 64 hexadecimal digits that identify what was signed. */
  fingerprint: string | undefined;
}

export type Refusal =
  | 'MissingTimestamp'
  | 'MissingId'
  | 'MalformedTimestamp'
  | 'MalformedId'
  | 'MalformedSignature'
  | 'Expired'
  | 'InFuture'
  | 'Mismatch';
