/**
 * What the face needs of an engine: the one interface between `lib/` and the addon.
 *
 * Anything that offers these classes can stand in the addon's place.
 */

import type { ConnectionEvent, GapEvent, RealtimeStats, SlowEvent, TokenReason } from '../../../index.js';

/** The user's options, complete and checked, see `options.js`. Times are milliseconds. */
export interface EngineConfig {
  url: string;
  /** Undefined where a function is asked for each. */
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
  /** Undefined: the server's own pings are all there is. */
  heartbeat?: { interval: number; timeout: number };
  outbox: { maxMessages: number; maxBytes: number; maxAgeMs: number };
  /** Without `maxPauseMs`: for as long as the connection stands that. */
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
  /** How long events may wait for more before JavaScript is woken. */
  coalesceMs: number;
  transports: ('websocket' | 'polling')[];
  /** How large a message of the server may be. */
  maxMessageBytes: number;
  proxy?: {
    host: string;
    port: number;
    /** The value of `Proxy-Authorization`. */
    authorization?: string;
  };
}

/** Where engines ring. */
export interface Switchboard {
  /**
   * Takes the lines of engines that have something to drain, negated where the line has ended, and returns how many. When
   * that is as many as fit, there may be more. `answer` is called when there are lines to take.
   */
  take(lines: Int32Array): number;
  /** Lets the process wait; at first it does not. */
  ref(): void;
  unref(): void;
  /** Lets go of `answer`. */
  close(): void;
}

export interface Engine {
  /** Opens the connection, and this engine's line at the switchboard. */
  connect(switchboard: Switchboard): void;
  /** Whether the line is open. */
  isOpen(): boolean;
  /** Synchronous: after it returned, `drain` yields no event any more, only notices. */
  disconnect(): void;
  /** Disconnects and forgets the subscriptions. */
  destroy(): void;
  /** Returns the id, `sub_1`, `sub_2`, ... `filter` is JSON text. */
  subscribe(topic: string, filter?: string, returnMode?: string): string;
  /** False when the id is unknown. Batches that wait say that they are to be checked. */
  unsubscribe(subscriptionId: string): boolean;
  /** Whether anybody listens to a topic, or (null) to all of them. Other events are dropped in the engine. */
  listen(topic: string | null, wanted: boolean): void;
  /**
   * Sends a message; its outcome comes as an item under the number that is returned. Null: it is volatile and was
   * dropped. The line is as for `connect`: outcomes come without a connection, too.
   */
  emit(switchboard: Switchboard, message: Message): number | null;
  /** Joins or leaves a channel; the outcome comes as that of a message. */
  joinChannel(switchboard: Switchboard, channel: string): number;
  leaveChannel(switchboard: Switchboard, channel: string): number;
  /** Whether anybody listens to messages or presence, of whatever channel. */
  listenToMessages(wanted: boolean): void;
  /** Why a token is wanted, or null when none is. An item `['token']` says when to look. */
  tokenWanted(): Exclude<TokenReason, 'request'> | null;
  /** Of what use the newest token is: it is valid, valid and due for renewal, or there is none that is valid. */
  tokenState(): 'fresh' | 'due' | 'missing';
  /** Hands over a token, asked for or not. */
  provideToken(token: string): void;
  /** There is no token; false when none was asked for (any more). */
  refuseToken(): boolean;
  /** What the server calls this connection, or null while there is none. */
  socketId(): string | null;
  /**
   * Puts the next batch into the arrays, see `shapes/reader.js`; returns how many integers it has, 0 when there is none.
   * The first one is 1 when events of it may not be wanted any more.
   */
  drain(integers: Int32Array, doubles: Float64Array, strings: string[]): number;
  /**
   * The warning that the mailbox fills, as the JSON text of an item, or null. The next batch would begin with it: this is for
   * whoever is in the middle of one when the engine rings.
   */
  takeAlarm(): string | null;
  /** Whether a live subscription wants this event, given as JSON text. */
  wants(event: string): boolean;
  stats(): RealtimeStats;
}

export interface Message {
  /** Name of the event on the wire. */
  event: string;
  /** Its argument as JSON text. */
  payload: string;
  /** What the placeholders in the payload stand for. */
  attachments: Uint8Array[];
  /** How long the server may take to answer, in milliseconds. */
  timeout: number;
  retry: boolean;
  volatile: boolean;
}

export interface Event {
  id: string;
  topic: string;
  source?: unknown;
}

/**
 * The items of a batch, in the order in which they happened. `message`, `reason` and `cause` may
 * quote a peer: the face redacts them (`redaction/redaction.js`).
 */
export type Item =
  | Event
  | ['binary', Event, string[]]
  | ['connection', ConnectionEvent]
  | ['gap', GapEvent]
  | ['slow', SlowEvent]
  | ['subscribed', { subscriptionId: string }]
  | ['token']
  | Joined
  | Answer
  | ['error', Report];

export type Joined = ['joined', { channel: string }];
/** What became of a message, a join or a leave. */
export type Answer = ['outcome', { id: number; result?: unknown; error?: Report }];

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
  /** What to do about it, where the advice for the code does not fit. */
  remediation?: string;
}

/** REST requests. Those under way hold the process; an idle engine holds nothing. */
export interface Rest {
  /**
   * Starts a request and returns its number. `ring` is taken with the first one, and called without arguments on the
   * JavaScript thread when there is something to drain.
   *
   * @param path `/api/...`, percent-encoded, may hold a query
   * @param body JSON text
   * @param timeout of the whole call, in milliseconds
   * @param repeatable whether it may be sent again after a failure
   */
  send(
    ring: () => void,
    method: string,
    path: string,
    body: string | null,
    timeout: number,
    repeatable: boolean,
    idempotencyKey: string | null,
  ): number;
  /** Sets the token of the requests sent from now on. */
  setToken(token: string): void;
  /** Ends a request; no outcome follows. */
  cancel(id: number): boolean;
  /** The outcomes so far as the text of one JSON array of {@link Outcome}s, or null when there are none. */
  drain(): string | null;
  /** Ends all of them; no outcome follows. */
  close(): void;
}

/** How a request ended: with a status of 2xx and what the server sent, or with the reason why it failed. */
export type Outcome = [id: number, status: number, body: unknown] | [id: number, status: null, failure: Failure];

export interface Failure {
  code: string;
  message: string;
  status?: number;
  cause?: string;
  /** Milliseconds the server asks to wait. */
  retryAfter?: number;
  /** A write that may have been applied although it failed. */
  uncertain?: boolean;
  /** What to do about it, where the advice for the code does not fit. */
  remediation?: string;
  /** What the server said, where that was a JSON object. */
  body?: Record<string, unknown>;
}

/** The secrets of a webhook endpoint, prepared, in the engine's memory. */
export type WebhookKeys = object;

/** See `shapes/decoder.js`. */
export type DecoderHandle = object;

/**
 * Judges a delivery and decodes its body. Takes a scheme, a number of `ENGINE_SCHEME` in
 * `webhook/schemes.js`, from the first of the decoder's integers, and the time and the tolerance
 * from the first of its doubles. Leaves there what became of it, see
 * `webhook/receiver.js`, and when an accepted delivery was signed; behind the former 32 bytes that identify what was signed.
 */
export type WebhookFunction = (
  body: Uint8Array,
  signature: string,
  timestamp: string | undefined,
  id: string | undefined,
) => string | undefined;

/** What the addon offers. */
export interface Addon {
  Engine: new (config: EngineConfig, line: number) => Engine;
  Switchboard: new (answer: () => void) => Switchboard;
  Rest: new (config: EngineConfig) => Rest;
  createDecoder(integers: Int32Array, doubles: Float64Array): DecoderHandle;
  createWebhookReceiver(keys: WebhookKeys, decoder: DecoderHandle): WebhookFunction;
  prepareWebhookKeys(secrets: string[]): WebhookKeys;
  /** The value of the signature header. */
  signWebhook(keys: WebhookKeys, body: Uint8Array, scheme: number, timestamp: string, id: string): string;
}
