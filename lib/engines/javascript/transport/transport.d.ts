/**
 * What the transport offers to the driver: links to one server, over a WebSocket or long-polling.
 *
 * The transport carries messages without their meaning. It measures no time of the session's, with
 * the exceptions that belong to HTTP and WebSocket: how long to wait for a silent WebSocket before
 * it tries long-polling, and for the end of an orderly close.
 *
 * ```text
 * endpoint      dials: which transport first
 * websocket     a link over a WebSocket     socket/   the WebSockets of the runtimes
 * polling       loaded on demand: the fallback; polling/ has the link over HTTP requests, and its
 *               way to a WebSocket
 * failure       why a dial or a link fails, in the user's words
 * refusal       the meaning of HTTP answers that refuse or redirect
 * ```
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

/** What `endpoint.js` exports. */
export interface EndpointModule {
  /**
   * @param loadPolling loads long-polling when it is first needed: `() => import('./polling.js')`.
   *   Without it the endpoint uses WebSockets alone, whatever `config.transports` says.
   * @param ahead takes the place of the first WebSocket
   */
  createEndpoint(config: EndpointConfig, loadPolling?: () => Promise<PollingModule>, ahead?: SocketAhead): Endpoint;
}

/** A WebSocket that was opened before there was an engine, see `ahead.js`. */
export interface SocketAhead {
  /** The socket, once, unless it has ended since. */
  take(): RuntimeSocket | undefined;
  /** Closes it, unless it was taken. */
  drop(): void;
}

/** The part of the config that is about the server and the way to it. */
export type EndpointConfig = Pick<
  EngineConfig,
  | 'url'
  | 'protocol'
  | 'path'
  | 'headers'
  | 'applicationId'
  | 'environment'
  | 'transports'
  | 'maxMessageBytes'
  | 'compression'
> &
  Partial<Pick<EngineConfig, 'worker'>>;

/** What `polling.js` exports, for the endpoint. */
export interface PollingModule {
  /**
   * Dials with long-polling, and falls back to the other transport, as {@link Endpoint.dial}.
   *
   * @param first why the WebSocket of this dial has failed. Undefined: there was none
   */
  dialOn(dial: DialOptions, handlers: LinkHandlers, first?: Loss): () => void;
}

/** Where a session over long-polling is opened, and how it may move to a WebSocket. */
export interface PollingOptions {
  server: Server;
  token: string;
  /** Undefined: the session stays with long-polling, and so does the dial. */
  preference?: Preference;
}

/** Which transport to try first on the next dial, and when to try a WebSocket again. */
export interface Preference {
  prefersPolling: boolean;
  /** Consecutive probes that did not lead to a WebSocket. */
  probes: number;
  /** When a session over long-polling may probe again. */
  nextProbe: number;
}

export interface DialOptions extends PollingOptions {
  openWebSocket: Endpoint['dial'];
}

/** A server, and what every request to it has in common. */
export interface Server {
  /** `https://host:port`, as `URL.origin`. */
  readonly origin: string;
  /** `host` or `host:port`, for errors. */
  readonly authority: string;
  readonly isPlain: boolean;
  /** The path of the WebSocket and of long-polling, without the query. */
  readonly path: string;
  /** Without the token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  readonly ahead?: SocketAhead;
  /** Whether its WebSockets are in a worker, where the runtime has one. */
  readonly worker?: boolean;
  /** Undefined: none. */
  readonly compression?: EngineConfig['compression'];
}

/** A WebSocket to open. A redirect changes its target. */
export interface SocketRequest {
  server: Server;
  /** The path and query. */
  target: string;
  redirects: number;
  protocols: string[];
  headers: Record<string, string>;
}

/**
 * A WebSocket as the runtime has it. The last members exist only where the runtime can do more than
 * the standard.
 */
export interface RuntimeSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  // biome-ignore lint/suspicious/noExplicitAny: each runtime has types of its own for the events
  addEventListener(type: string, listener: (event: any) => void): void;
  /** The payload is how many bytes were sent ahead of it. */
  ping?(payload: string): void;
  /** How many pings were answered, and the highest payload among them. */
  pongs?: number;
  arrived?: number;
  /** Called when these have changed. */
  onprogress?: () => void;
  terminate?(): void;
  hold?(isHeld: boolean): void;
  /** Stops reading until the handlers that wait for a turn have had one. */
  rest?(): void;
  /** What is known about an end without a close frame. */
  loss?: Partial<Loss>;
  onmessage?: ((event: { data: unknown }) => void) | null;
  /** The messages that came before anybody listened. */
  missed?: unknown[];
  dispatchEvent?(event: unknown): void;
}

/** The part of a `Response` that the transport reads. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): BodyReader } | null | undefined;
  readonly type?: string;
}

export interface BodyReader {
  read(): Promise<{ done?: boolean; value?: Uint8Array }>;
  cancel(): unknown;
}

/** What `#websocket` in `lib/package.json` names: the WebSockets of the runtime. */
export interface SocketModule {
  /** Whether the upgrade request carries {@link SocketRequest.headers}. */
  readonly carriesHeaders: boolean;
  /** What a close code means; empty where nobody knows. */
  closeWords(code: number): string;
  /** The loss by an error of the runtime, in its words. A loss stays as it is. */
  // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
  failed(server: Pick<Server, 'authority' | 'origin'>, error: any): Loss;
  /**
   * Begins to open a WebSocket.
   *
   * @param onRefused called when the server has answered without an upgrade, where the runtime
   *   shows that; undefined: it has redirected the request, which has a new target
   * @returns rejects with what the constructor throws, or with a loss
   */
  openSocket(request: SocketRequest, onRefused: (refusal: Promise<Loss | undefined>) => void): Promise<RuntimeSocket>;
}

/** What happens to a link, in the order in which it happens. */
export interface LinkHandlers {
  onOpen(link: Link): void;
  /**
   * One message. Bytes are the handler's to keep. `bytes` is its size: a runtime that does not tell
   * that of a text has it counted in characters, for every count takes time. `hasMore`: this call
   * is followed at once by another one, or by `onLost`.
   */
  onMessage(frame: string | Uint8Array, bytes?: number, hasMore?: boolean): void;
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
  /** For the transport itself: what the body of a refusal says, with a colon before it. */
  said?: string;
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
   * Stops reading until the handlers that wait for a turn have had one, where the runtime can do
   * that.
   */
  rest?(): void;
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
