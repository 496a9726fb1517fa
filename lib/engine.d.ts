/**
 * What the face needs of an engine: the one interface between `lib/` and the addon.
 *
 * Anything that offers this class can stand in the addon's place.
 */

import type { ConnectionEvent, RealtimeStats } from '../index.js';

/** The user's options, complete and checked, see `options.js`. Times are milliseconds. */
export interface EngineConfig {
  url: string;
  token: string;
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
  connectTimeout: number;
  tls?: {
    /** PEM texts; they replace the roots of the system. */
    ca?: string[];
    cert?: string;
    key?: string;
    rejectUnauthorized?: boolean;
    servername?: string;
  };
}

export interface Engine {
  /**
   * Opens the connection. `ring` is called without arguments on the JavaScript thread when there is something to drain.
   * The engine holds the process and roots `ring` until it is closed.
   */
  connect(ring: () => void): void;
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
   * dropped. `ring` is as for `connect`: outcomes come without a connection, too.
   */
  emit(ring: () => void, message: Message): number | null;
  /** Joins or leaves a channel; the outcome comes as that of a message. */
  joinChannel(ring: () => void, channel: string): number;
  leaveChannel(ring: () => void, channel: string): number;
  /** Whether anybody listens to messages or presence, of whatever channel. */
  listenToMessages(wanted: boolean): void;
  /** What the server calls this connection, or null while there is none. */
  socketId(): string | null;
  /**
   * Puts the next batch into the arrays, see `shapes/reader.js`; returns how many integers it has, 0 when there is none.
   * The first one is 1 when events of it may not be wanted any more.
   */
  drain(integers: Int32Array, doubles: Float64Array, strings: string[]): number;
  /** Whether a live subscription wants this event, given as JSON text. */
  wants(event: string): boolean;
  stats(): RealtimeStats;
  ref(): void;
  unref(): void;
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
}

/** The items of a batch, in the order in which they happened. */
export type Item =
  | Event
  | ['binary', Event, string[]]
  | ['connection', ConnectionEvent]
  | ['subscribed', { subscriptionId: string }]
  | ['joined', { channel: string }]
  | ['outcome', { id: number; result?: any; error?: Report }]
  | ['error', { code: string; message: string; status?: number; subscriptionId?: string; cause?: string }];
