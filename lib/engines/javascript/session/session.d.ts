/**
 * What a session takes and returns: the types between the session and its driver. `session.js`
 * exports the class, and has the documentation of its methods.
 *
 * All times are milliseconds. `now` is an instant of the driver's clock, which never goes back;
 * durations are differences of such instants.
 */

import type { Event, Message, Notice, Report } from '../../engine.js';

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
  /** The most bytes of all attachments of one packet. */
  maxMessageBytes: number;
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
  /** Open a link with `dialToken()`, and call `handleOpen` or `handleDisconnect`. */
  | { kind: 'dial' }
  | HangUp
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
  reconnects: number;
  bytesReceived: number;
  bytesSent: number;
}

export type TokenState = 'fresh' | 'due' | 'missing';
export type TokenReason = 'connect' | 'refused' | 'expiring';

/** One client's connection, subscriptions and messages. */
export declare class Session {
  /** A session that is idle. */
  constructor(config: SessionConfig, random: Random, now: number);

  // Getters.
  deadline(): number | undefined;
  sentBefore(): number;
  wants(event: Event): boolean;
  socketId(): string | undefined;
  hasOutput(): boolean;
  isPingDue(): boolean;
  isIdle(): boolean;
  counters(): Readonly<Counters>;
  outboxDepth(): { messages: number; bytes: number };
  pendingAcks(): number;
  subscriptionCount(): number;
  tokenWanted(): TokenReason | undefined;
  tokenState(now: number): TokenState;
  newestToken(): Token | undefined;

  // What has happened.
  handleOpen(now: number): void;
  handleDisconnect(now: number, reason: string, error?: Failure): void;
  /** The server has closed the link without a reason. */
  handleClose(now: number, reason: string): void;
  /** Call this before the link's end is handled, where the server may take the link to be alive. */
  discardResumableSession(): void;
  handleTimeout(now: number): void;
  handleBytes(now: number): void;
  handleProgress(now: number, written: number, arrived: number): void;
  handlePongs(now: number, count: number): void;
  handleReadToEnd(): void;
  setCanPing(now: number, canPing: boolean): void;
  /** Returns the event of the frame, if the user wants the event. */
  receive(now: number, frame: string): Event | undefined;
  /** Returns the event that the frame completes, with its attachments in their places. */
  receiveBinary(now: number, frame: Uint8Array): Event | undefined;
  reportDropped(since: number, until: number, count: number, concerns: (topic: string) => boolean): void;
  discardSince(since: number): void;

  // Commands.
  connect(now: number): void;
  disconnect(): void;
  /** As `disconnect`, and fails the calls that could wait without a connection. */
  abandon(reason: string): void;
  destroy(): void;
  pause(now: number, events: number, bytes: number): void;
  resume(now: number): void;
  /** Ends the link, and dials none until `release`. Does nothing while suspended or idle. */
  suspend(now: number, reason: string): void;
  release(now: number): void;
  /** The filter is JSON text. */
  subscribe(now: number, topic: string, filter: string | undefined, returnMode: string | undefined): string;
  unsubscribe(id: string): boolean;
  listen(topic: string | null, wanted: boolean): void;
  listenToMessages(wanted: boolean): void;
  assumeInterest(): void;
  endOfTurn(): void;
  /** Undefined: the message is volatile and was dropped. Throws a {@link Report} `OUTBOX_FULL`. */
  emit(now: number, message: Message): number | undefined;
  joinChannel(now: number, name: string): number;
  leaveChannel(now: number, name: string): number;
  provideToken(now: number, token: Token): void;
  refuseToken(now: number): boolean;

  // What to do next.
  pollOutput(): Output | undefined;
  /** The next frame to send. Call this when the link has room. */
  pollFrame(now: number): Frame | undefined;
  /** The ping to send now. Call this when the link has written everything before it. */
  pollPing(now: number): Ping | undefined;
  dialToken(): Token | undefined;
}
