/**
 * What the transport offers to the driver: links to one server, over a WebSocket or long-polling.
 *
 * The transport carries messages without their meaning. It measures no time of the session's, with
 * the exceptions that belong to HTTP and WebSocket: how long to wait for a silent WebSocket before
 * it tries long-polling, and for the end of an orderly close.
 */

import type { EngineConfig, Report } from '../../engine.js';

/** A server that can be dialled. It remembers which transport works. */
export interface Endpoint {
  /**
   * Opens a link with this token. The handlers are called later, never from within this call:
   * `onOpen` and then the others, or `onLost` alone. The caller limits the time of a dial.
   *
   * @returns cancels the dial: no handler is called any more. Without effect once the link is open.
   */
  dial(token: string, handlers: LinkHandlers): () => void;
}

/**
 * @param loadPolling loads `polling.js`, when it is first needed. Without it the endpoint uses
 *   WebSockets alone.
 */
export function createEndpoint(config: EngineConfig, loadPolling?: () => Promise<PollingModule>): Endpoint;

/** What `polling.js` exports, for the endpoint. */
export type PollingModule = typeof import('./polling.js');

/** What happens to a link, in the order in which it happens. */
export interface LinkHandlers {
  onOpen(link: Link): void;
  /** One message. Bytes are the handler's to keep. */
  onMessage(frame: string | Uint8Array): void;
  /**
   * The state of the link has changed: it has room again, it has written everything, the peer has
   * answered a ping, or a WebSocket has replaced long-polling.
   */
  onProgress(): void;
  /** The link is lost, or the dial has failed. No other call follows. */
  onLost(loss: Loss): void;
}

/** Why a dial has failed or a link was lost. */
export interface Loss {
  /** The text for `connection.reason`. */
  reason: string;
  /** A failed dial always has one; a lost link has one if the peer has violated the protocol. */
  error?: Failure;
  /** The server may still consider the link alive: call `discardResumableSession` first. */
  isCutOff?: boolean;
  /** The server has closed in an orderly manner, without a reason: call `handleClose`. */
  isPlainClose?: boolean;
}

/** An error of the transport. `outlook` is as in `session.d.ts`. */
export interface Failure extends Report {
  outlook?: 'unproven' | 'permanent';
}

/** An open link. */
export interface Link {
  /** It changes once, when a WebSocket replaces long-polling. */
  readonly transport: 'websocket' | 'polling';
  /** Whether {@link ping} sends pings of RFC 6455. A browser cannot. It may change with `transport`. */
  readonly canPing: boolean;
  /** Whether there is room for another frame. `onProgress` reports the room that comes later. */
  readonly isReady: boolean;
  /** Whether everything was written, so that a ping would not wait behind it. */
  readonly isWritten: boolean;
  /** About how many bytes the runtime has written, for `handleProgress`. Zero over long-polling. */
  readonly written: number;
  /** How many of them the peer has received: those ahead of the latest ping that it answered. */
  readonly arrived: number;
  /** How many of our pings the peer has answered. */
  readonly pongs: number;
  /** Sends a frame, whether there is room or not. On a lost link it does nothing. */
  send(frame: string | Uint8Array): void;
  ping(): void;
  /** Sets the token for all further requests. A WebSocket makes none. */
  setToken(token: string): void;
  /** Whether the process waits for this link, as far as the runtime allows to choose. */
  hold(isHeld: boolean): void;
  /**
   * Closes in an orderly manner: with the farewell as the last frame, then with this code and
   * reason. No handler is called any more. The code is 1000 or from 3000 to 4999.
   *
   * @returns settles when the peer has closed, too, at the latest after a second. It never rejects.
   */
  close(code: number, reason: string, farewell?: string): Promise<void>;
  /** Drops the link at once: the peer is gone. No handler is called any more. */
  drop(): void;
}
