/**
 * The ABI of the addon, as `src/binding/` defines it. Only this folder knows it: `engine.js`,
 * `requests.js` and `webhooks.js` make the wall of `../engine.d.ts` out of it.
 */

import type { LogRecord, RealtimeStats, TokenReason } from '../../../index.js';
import type { Fields } from '../../log/log.js';
import type { EngineConfig, Failure, Message } from '../engine.js';

/** With the number of the log's sink. */
export type AddonConfig = Omit<EngineConfig, 'log'> & { log?: number };

export interface Addon {
  /** `handle` is the number under which the engine reports to a wake queue. */
  Engine: new (
    config: AddonConfig,
    handle: number,
  ) => AddonEngine;
  WakeQueue: new (onReady: () => void) => WakeQueue;
  Rest: new (config: AddonConfig) => AddonRequests;
  /** The levels are numbers from 0 (off) to 5 (trace). */
  LogSink: new (
    onReady: () => void,
    session: number,
    transport: number,
    rest: number,
  ) => AddonLogSink;
  createDecoder(integers: Int32Array, doubles: Float64Array): DecoderHandle;
  createWebhookReceiver(keys: WebhookKeys, decoder: DecoderHandle): WebhookFunction;
  prepareWebhookKeys(secrets: string[]): WebhookKeys;
  /** The value of the signature header. `scheme` is a number of `webhooks.js`. */
  signWebhook(keys: WebhookKeys, body: Uint8Array, scheme: number, timestamp: string, id: string): string;
}

/** Where the engines of an environment report that they have something. */
export interface WakeQueue {
  /**
   * Takes the handles of engines that have something to drain, negated where the handle has closed,
   * and returns their number. When that number fills the array, there may be more. The queue calls
   * `onReady` when there are handles to take.
   */
  take(handles: Int32Array): number;
  /** Lets the process wait; at first it does not. */
  ref(): void;
  unref(): void;
  /** Releases `onReady`. */
  close(): void;
}

export interface AddonEngine {
  /** Connects, and opens the engine's handle at the queue. */
  connect(queue: WakeQueue): void;
  /** Whether the handle is open. */
  isOpen(): boolean;
  /** After it returns, `drain` yields no event, only notices. */
  disconnect(): void;
  destroy(): void;
  /** `filter` is JSON text. */
  subscribe(topic: string, filter?: string, returnMode?: string): string;
  /** Waiting batches are marked: their events need a check. */
  unsubscribe(subscriptionId: string): boolean;
  listen(topic: string | null, wanted: boolean): void;
  listenToMessages(wanted: boolean): void;
  /** Opens the handle as `connect` does: outcomes come without a connection, too. */
  emit(queue: WakeQueue, message: Message): number | null;
  send(
    queue: WakeQueue,
    event: string,
    payload: string,
    timeout: number,
    retry: boolean,
    volatile: boolean,
    follows: boolean,
  ): number | null;
  /** To be called in the turn of the first `send`, after the last one. */
  endBurst(): void;
  joinChannel(queue: WakeQueue, channel: string): number;
  leaveChannel(queue: WakeQueue, channel: string): number;
  /** Why a token is wanted; null when none is. An item `['token']` says when to ask. */
  tokenWanted(): Exclude<TokenReason, 'request'> | null;
  tokenState(): 'fresh' | 'due' | 'missing';
  provideToken(token: string): void;
  refuseToken(): boolean;
  socketId(): string | null;
  /**
   * Copies the next batch into the arrays, see `batch/reader.js`. Returns the number of integers, 0
   * when there is no batch. The first integer is 1 when events of the batch need a check.
   */
  drain(integers: Int32Array, doubles: Float64Array, strings: string[]): number;
  /** See the wall: the addon drops events without listeners from now on. */
  endOfTurn(): void;
  /**
   * The warning that the inbox fills, as the JSON text of an item, or null. The next batch would
   * begin with it: this is for a reader in the middle of another batch.
   */
  takeSlowWarning(): string | null;
  /** See the wall. */
  hold(events: number): void;
  /** See the wall: the events of the latest batch come after this time. */
  takenUntil(): number;
  /** Whether a live subscription or a channel wants this event, given as JSON text. */
  wants(event: string): boolean;
  stats(): Omit<RealtimeStats, 'errors'>;
  recording(): string | null;
}

/** An item that a batch holds as JSON; all others are those of the wall. */
export type JsonItem = ['binary', event: object, base64: string[]] | ['token'];

export interface AddonRequests {
  /**
   * Starts a request and returns its number. The addon keeps the first `onReady`, and calls it on
   * the JavaScript thread when there is something to drain.
   */
  send(
    onReady: () => void,
    method: string,
    path: string,
    body: string | null,
    timeout: number,
    repeatable: boolean,
    idempotencyKey: string | null,
  ): number;
  /** Sets the token of the requests that are sent from now on. */
  setToken(token: string): void;
  /** Ends a request; no outcome follows. */
  cancel(id: number): boolean;
  /** The outcomes so far as the text of one JSON array of {@link AddonOutcome}, or null. */
  drain(): string | null;
  /** Ends all requests; no outcome follows. */
  close(): void;
}

export type AddonOutcome = [id: number, status: number, body: unknown] | [id: number, status: null, failure: Failure];

/** Where the addon's records of one client wait. */
export interface AddonLogSink {
  /** The `log` of {@link AddonConfig}. */
  readonly id: number;
  /** The text of {@link AddonRecords}, or null. The sink calls `onReady` when there are records. */
  take(): string | null;
  close(): void;
}

export type AddonRecords = [
  dropped: number,
  records: [time: number, level: LogRecord['level'], part: LogRecord['part'], message: string, fields: Fields][],
];

/** The prepared secrets of a webhook endpoint, in the addon's memory. */
export type WebhookKeys = object;

/** See `batch/decoder.js`. */
export type DecoderHandle = object;

/**
 * Verifies a delivery and decodes its body. The registers are the first places of the decoder's
 * arrays. In: the scheme, whether to identify what was signed; the time, and the tolerance. Out:
 * the verdict, 32 bytes that identify what was signed; and when it was signed. See `webhooks.js`.
 */
export type WebhookFunction = (
  body: Uint8Array,
  signature: string,
  timestamp: string | undefined,
  id: string | undefined,
) => string | undefined;
