/**
 * What a session takes and returns: the types between `session.js` and its driver.
 *
 * All times are milliseconds. `now` is an instant of the driver's clock, which never goes back;
 * durations are differences of such instants.
 */

import type { Log } from '../../../log/log.js';
import type { Event, Message, Notice, Report } from '../../engine.js';
import type { Refusal } from './codec/refusal.js';

export type { Event, Message, Notice, Report };

/** A token, and its remaining lifetime when it was parsed, see `token.js`. */
export interface Token {
  readonly text: string;
  /** Zero: it has expired. Undefined: it does not expire. */
  readonly left: number | undefined;
  /** From its issue to its expiry. */
  readonly lifetime: number;
}

/** When to connect again. */
export interface ReconnectPolicy {
  /** Whether the client connects again after a lost or failed connection. */
  enabled: boolean;
  /** How many attempts in a row; may be Infinity. */
  attempts: number;
  /** The longest delay before the first attempt. It doubles with each further one. */
  delay: number;
  /** No delay grows beyond this, unless the server asks for more. */
  delayMax: number;
  /** The random share of a delay, from 0 to 1. */
  randomization: number;
  /** Whether the client connects again after the server has ended the session on purpose. */
  afterServerDisconnect: boolean;
}

/** When to send a ping, and how long to wait for a sign of life. */
export interface Heartbeat {
  /** How long the peer may be quiet before the client sends a ping. */
  interval: number;
  /** How long the peer may then stay quiet. */
  timeout: number;
}

/** The bounds of the outbox. */
export interface OutboxLimits {
  messages: number;
  bytes: number;
  age: number;
}

/** The settings of a session. */
export interface SessionConfig {
  protocol: 'socket.io' | 'ws';
  /** Undefined: the session asks the user for tokens, with the item `token`. */
  token?: Token;
  applicationId?: string;
  environment?: string;
  reconnect: ReconnectPolicy;
  /** How long connecting may take, from the dial to a ready connection. */
  connectTimeout: number;
  /** Undefined: only the server's own pings. */
  heartbeat?: Heartbeat;
  outbox: OutboxLimits;
  /**
   * Longest time a full inbox may stop reading from the link; 0: not at all. Undefined: as long as
   * the server tolerates it.
   */
  maxPause?: number;
  /**
   * Whether frames may be read long after they have come, since other code keeps the thread busy.
   * Then only proofs move the watermark: the server's pings, and its answers to ours.
   */
  readsLate?: boolean;
  /** Messages and channels; undefined: the session does without. */
  Messaging?: typeof import('./messaging.js').Messaging;
  /** How many messages, joins and leaves were numbered before. Undefined: none. */
  firstCall?: number;
  /** The most bytes of all attachments of one packet. */
  maxMessageBytes: number;
  /** Undefined where nothing is logged. */
  log?: Log;
  /** Converts an instant of the driver's clock to a Unix timestamp, for the item `gap`. */
  unixTime(at: number): number;
}

/** A number in [0, 1), as `Math.random` returns. */
export type Random = () => number;

/** An error of the session, before the user gets the {@link Report} in it. */
export interface Failure extends Report {
  /**
   * What a failed attempt to connect predicts for the next attempts. Undefined: another attempt
   * may succeed. Unproven: the refusal looks permanent, but a gateway may have sent it. Permanent:
   * the refusal is the server's own.
   */
  outlook?: 'unproven' | 'permanent';
}

/** Something for the driver to do. */
export type Output =
  /** Open a link with `tokens.present()`, and call `handleOpen` or `handleDisconnect`. */
  | { kind: 'dial' }
  | HangUp
  /** Call `handleRefusal` when it is read, before anything else that happens to the link. */
  | { kind: 'refusal'; refusal: Promise<Refusal> }
  /** Report this to the user. */
  | { kind: 'notice'; item: Notice };

/**
 * Close the link, or cancel the dial, and report nothing. With a farewell, send it as the last
 * frame.
 */
export interface HangUp {
  kind: 'hangUp';
  farewell: string | undefined;
  /** Whether to close the WebSocket with a close handshake. False: the peer is gone. */
  orderly: boolean;
  /**
   * The WebSocket close code, in place of 1000. The next link does not wait for the peer's close.
   */
  code: number | undefined;
}

/** One message of a link. */
export type Frame = string | Uint8Array;

/** A ping to send, ahead of every other frame. */
export interface Ping {
  /** A text frame that the server answers; undefined: a ping frame of RFC 6455. */
  text: string | undefined;
}

/** What has happened so far, named as in `RealtimeStats`. */
export interface Counters {
  eventsReceived: number;
  droppedRepeats: number;
  droppedUnwanted: number;
  gaps: number;
  reconnects: number;
  bytesReceived: number;
  bytesSent: number;
}

export type TokenState = 'fresh' | 'due' | 'missing';
export type TokenReason = 'connect' | 'refused' | 'expiring';
