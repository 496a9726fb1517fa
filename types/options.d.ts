import type { RealtimeClient } from './client.js';
import type { GapEvent, SlowEvent } from './events.js';
import type { Logger, LogOptions } from './log.js';
import type { Recorder } from './recording.js';
import type { TopicSchemas } from './schema.js';
import type { RealtimeStats } from './stats.js';
import type { TokenProvider } from './token.js';
import type { Untyped } from './untyped.js';

/**
 * Options of {@link RealtimeClient}. All delays are in milliseconds.
 *
 * The package reads own properties only, here and in all other options. It ignores an option that
 * an object inherits.
 *
 * @typeParam Topics map from topics to the types of their payloads
 */
export interface RealtimeClientOptions<Topics = Untyped> {
  /**
   * Base URL of the backend, a text or a `URL`: `http://` or `https://`, without a query, such as
   * `"http://localhost:3000"`.
   */
  url: string | { readonly href: string };
  /**
   * JWT for the socket and for API requests, without `Bearer `, or a function that returns one. It
   * never appears in errors or logs. See `docs/authentication.md`.
   */
  token: string | TokenProvider;
  /** Connect on construction. With false, call {@link RealtimeClient.connect}. Default: true. */
  autoConnect?: boolean;
  /** Reconnect after a lost connection or a failed attempt. Default: true. */
  reconnection?: boolean;
  /** Failed attempts before the client gives up. Use `Infinity` in servers. Default: 10. */
  reconnectionAttempts?: number;
  /**
   * Mean delay before the first attempt, in milliseconds. It doubles with each further attempt.
   * Default: 1000.
   */
  reconnectionDelay?: number;
  /**
   * Upper limit of every delay, unless the server asks for more with `Retry-After`, in
   * milliseconds. Default: 20,000, or `reconnectionDelay` if that is more.
   */
  reconnectionDelayMax?: number;
  /**
   * How far a delay may be off its mean, from 0 to 1, so that clients that lost their connections
   * together do not return together. With 0 all delays are fixed, with 0.5 a delay is between half
   * and one and a half of its mean, with 1 (full jitter) between nothing and twice of it. Default:
   * 1.
   */
  randomizationFactor?: number;
  /**
   * Reconnect also after the server ended the session on purpose (`server disconnect`). Default:
   * false.
   */
  reconnectOnServerDisconnect?: boolean;
  /** Time limit of one connection attempt, until the connection is ready. Default: 20000. */
  connectTimeout?: number;
  /**
   * Detects a dead peer within seconds. The client pings a peer that is quiet, and reconnects if
   * nothing comes back. If a server answers no WebSocket pings, the client sends a message that the
   * server does answer. If it answers neither, its own pings decide.
   *
   * `false` sends no pings. Then the server's own pings decide, usually within 45 seconds, and so
   * they do over long-polling.
   */
  heartbeat?: HeartbeatOptions | false;
  /** Limits of the messages that wait for a connection. */
  outbox?: OutboxOptions;
  /**
   * Saves processor time: the milliseconds that an event may wait for further events, so that one
   * wake-up of the JavaScript thread serves all of their handlers. Connection changes, errors,
   * results of calls and bursts of events do not wait.
   *
   * By default, events do not wait. But while single events come at more than about 10,000 a
   * second, the native engine lets a few of them come together, within 150 µs. `0` turns that off
   * for the process while this client is connected.
   *
   * @example new RealtimeClient({ url, token, coalesceMs: 0 }) // the shortest way, at any rate
   */
  coalesceMs?: number;
  /**
   * Back-pressure: limits of the events that wait for slow handlers, and the policy beyond them.
   */
  inbox?: InboxOptions;
  /** Socket.IO, or plain JSON frames over a WebSocket. Default: `'socket.io'`. */
  protocol?: 'socket.io' | 'ws';
  /**
   * Complete path of the socket on the server, used as written. A Socket.IO server expects the
   * slash at the end of its path, unless it has `addTrailingSlash: false`. Default: the path of
   * `url` followed by `/socket.io/` or `/ws`.
   */
  path?: string;
  /**
   * Additional headers of the handshake, of long-polling and of API requests. `Authorization` comes
   * from `token`.
   */
  headers?: Record<string, string>;
  /** Application to act for, sent as `X-Application-Id`. */
  applicationId?: string;
  /** Environment to act in, sent as `X-Environment`. */
  environment?: string;
  /** TLS settings, for `https://`. */
  tls?: TlsOptions;
  /**
   * Transports that may carry Socket.IO. With both, the client uses HTTP long-polling where a proxy
   * lets no WebSocket through, and upgrades as soon as one gets through. Default:
   * `['websocket', 'polling']`, or `['websocket']` with `protocol: 'ws'`.
   */
  transports?: readonly ['websocket', 'polling'] | readonly ['websocket'] | readonly ['polling'];
  /**
   * HTTP proxy for sockets and requests, `http://[user:password@]host[:port]`. The client reaches
   * the server through it with `CONNECT`. False uses no proxy. SOCKS and `https://` proxies are not
   * supported.
   *
   * Default: the environment variables `HTTPS_PROXY` (for `https://`), `http_proxy` (for `http://`)
   * or `ALL_PROXY`, unless `NO_PROXY` excludes the host. This machine itself is never reached
   * through a proxy by default.
   */
  proxy?: string | false;
  /**
   * Largest message of the server in bytes, from 1024 to 268435456. It applies to a message in
   * fragments as a whole, and to all attachments of an event together. A larger message ends the
   * connection with `MESSAGE_TOO_LARGE`. Default: 16777216 (16 MiB).
   */
  maxMessageBytes?: number;
  /**
   * Compresses WebSocket messages if the server does so, too (permessage-deflate, RFC 7692): the
   * events of a topic shrink to 15 to 25 % of their size. A server without compression leaves the
   * connection as it is; that is not an error. {@link RealtimeClientOptions.maxMessageBytes}
   * limits the size of a message after it is inflated. Compression costs processor time for each
   * event, and some 45 KB of memory for a connection that has received a compressed one.
   *
   * Browsers, Deno, Bun and the WebSocket of Node offer compression as they see fit, whatever this
   * option says. The native engine and the package `ws` follow it. See
   * `docs/networks.md#compression`. Default: false.
   *
   * @example
   * const realtime = new RealtimeClient({ url, token, compression: true });
   */
  compression?: boolean | CompressionOptions;
  /**
   * Engine that holds the connection: `'native'`, the addon, which only Node, Bun and Deno can
   * load, or `'javascript'`, which runs everywhere. `tls` and `proxy` need the native engine.
   *
   * Default: on Node the environment variable `REALTIME_ENGINE`, or else the native engine. If the
   * addon cannot be loaded, the JavaScript engine takes its place with a `RealtimeWarning`. With
   * `'native'`, the constructor throws `ADDON_NOT_FOUND` instead.
   */
  engine?: 'native' | 'javascript';
  /**
   * Source of the signals of a page's or an app's life, for the JavaScript engine. Default: the
   * events of the page, where there is one. React Native passes those of its `AppState`.
   */
  lifecycle?: LifecycleSource;
  /**
   * Flight recorder: keeps what goes into the connection's session and what comes out, so that a
   * problem can be replayed elsewhere; see {@link RealtimeClient.recording}. Tokens never appear in
   * a recording, and payloads only if you ask for them. Default: nothing is recorded, which costs
   * nothing. See `docs/recording.md`.
   */
  record?: RecordOptions;
  /**
   * Checks the payloads of events, by topic, with schemas of zod, valibot, arktype or any other
   * library that has Standard Schemas. TypeScript takes the topic map of the client from them.
   *
   * Listeners receive the output of the schema. An event that does not fit is not delivered: the
   * client emits an error `PAYLOAD_INVALID` with its issues, and counts the event in
   * {@link RealtimeStats.droppedInvalid}. While an async schema checks an event, all that arrives
   * later waits, for at most 10 seconds. See `docs/schemas.md`.
   *
   * @example
   * const realtime = new RealtimeClient({
   *   url,
   *   token,
   *   schemas: { 'session.status': sessionStatus },
   * });
   * realtime.on('event:session.status', ({ payload }) => console.log(payload.campusId.toFixed()));
   */
  schemas?: TopicSchemas<Topics>;
  /**
   * Receives events in a worker of the page, so that a burst of events leaves the page's thread to
   * the page: a browser spends several times more on the arrival of each message than the client
   * does, and the worker hands over many at once. It takes some 15 ms longer to start.
   *
   * Only web pages have such a worker; in other runtimes the option has no effect. A page whose
   * Content-Security-Policy lacks `worker-src blob:` gets a warning, and receives as without the
   * option. Default: false.
   *
   * @example
   * const realtime = new RealtimeClient({ url, token, worker: true });
   */
  worker?: boolean;
  /**
   * Shows connection attempts, messages, requests and handled events on a track of their own in the
   * performance panel of DevTools, as entries of `performance.measure`. The code for it is loaded
   * only then. See `docs/observability.md`. Default: false.
   */
  devtools?: boolean;
  /**
   * Logs what the client does: its connection, subscriptions, tokens and requests. Records contain
   * no secrets. See `docs/logging.md`.
   *
   * A level (`'debug'`), levels by part (`'session=debug,rest=info'`), a logger such as `pino()` or
   * `console`, {@link LogOptions}, or `false`, which is silent whatever the environment says.
   *
   * Default: silent, unless the environment variable `REALTIME_LOG` has a level. The constructor
   * throws `INVALID_ARGUMENT` if it knows no such level or part. Browsers load the logs when the
   * first client has this option, and warn there.
   *
   * @example
   * const realtime = new RealtimeClient({ url, token, log: { level: 'debug', logger: console } });
   */
  log?: LogOptions | Logger | string | boolean;
  /** What {@link RealtimeClient.stats} measures in addition. Default: nothing. */
  stats?: StatsOptions;
}

/**
 * Figures that cost something for each event or connection, so they are off by default. See
 * `docs/metrics.md`.
 *
 * @example
 * const realtime = new RealtimeClient({ url, token, stats: { latency: true, topics: true } });
 * setInterval(() => console.log(realtime.stats().eventAge?.p99, 'ms'), 10_000);
 */
export interface StatsOptions {
  /**
   * Measure round trips, the offset of the server's clock and the age of events:
   * {@link RealtimeStats.roundTrip}, {@link RealtimeStats.clockOffset} and
   * {@link RealtimeStats.eventAge}. The client sends nothing in addition. Default: false.
   */
  latency?: boolean;
  /** Count events by topic: {@link RealtimeStats.topics}. Default: false. */
  topics?: boolean;
}

/** See {@link RealtimeClientOptions.record}. */
export interface RecordOptions {
  /**
   * Memory that the recording may take, in bytes. When it is full, the oldest part is dropped.
   * 1 MiB holds some 5,000 events. Default: 1048576.
   */
  maxBytes?: number;
  /**
   * Keep payloads, filters and attachments as they are. By default they are replaced by
   * pseudonyms that are equal where the values are. Default: false.
   */
  payloads?: boolean;
  /**
   * `recorder` of `@smarterservices/realtime/recorder`. Pages and workers must pass it, since they
   * load only what they use. Default on Node: the one of this package.
   */
  recorder?: Recorder;
}

/**
 * What has happened to the page or the app:
 *
 * - `'suspend'`: it is put away: in the back/forward cache, or frozen. The client closes the
 *   connection.
 * - `'restore'`: it is back. The client connects again at once.
 * - `'wake'`: the machine has slept. The client asks the server for a sign of life, and replaces
 *   the connection if none comes within 2 seconds.
 * - `'hidden'`, `'visible'`: while hidden, the client does not judge the server's silence, and does
 *   not reconnect.
 * - `'offline'`, `'online'`: while offline, the client has no connection. It reconnects when
 *   online, without the delay.
 */
export type LifecycleSignal = 'suspend' | 'restore' | 'wake' | 'hidden' | 'visible' | 'offline' | 'online';

/** See {@link RealtimeClientOptions.lifecycle}. */
export interface LifecycleSource {
  /**
   * Calls the handler with each signal, until the returned function is called. A source that begins
   * hidden or offline calls it at once. The client is subscribed while it is connected or
   * reconnecting.
   */
  subscribe(handler: (signal: LifecycleSignal) => void): () => void;
}

/**
 * When to ping a quiet peer, and when to drop it. With the defaults, the client drops a dead peer
 * 4.5 seconds after its last byte.
 */
export interface HeartbeatOptions {
  /**
   * Milliseconds without a byte after which the client sends a ping, at least 100. Default: 2000.
   */
  interval?: number;
  /**
   * Milliseconds from the ping until the client drops a peer that stays quiet, at least 1. Default:
   * 2500.
   */
  timeout?: number;
}

/** See {@link RealtimeClientOptions.compression}. */
export interface CompressionOptions {
  /**
   * Smallest message to compress, in bytes. Smaller ones are sent as they are. The server has a
   * threshold of its own. Default: 1024.
   */
  threshold?: number;
  /**
   * Largest window of either side, as a power of two from 9 to 15. A smaller one saves memory on
   * both sides and compresses less. Below 15, a server that cannot limit its window does not
   * compress. Default: 15.
   */
  maxWindowBits?: number;
}

/** Limits of the messages that wait to be sent, or that the client may have to send again. */
export interface OutboxOptions {
  /** Maximum number of messages. Further ones are rejected with `OUTBOX_FULL`. Default: 1000. */
  maxMessages?: number;
  /** Maximum size in bytes. Further messages are rejected with `OUTBOX_FULL`. Default: 4194304. */
  maxBytes?: number;
  /**
   * Milliseconds that a message or a join waits for a connection. Then it rejects with `EXPIRED`.
   * Default: 60000.
   */
  maxAgeMs?: number;
}

/**
 * Limits of the inbox: the events that wait for their handlers. A {@link SlowEvent} warns before
 * they are reached. See `docs/delivery-guarantees.md`.
 */
export interface InboxOptions {
  /** Maximum number of events. Default: 16384. */
  maxEvents?: number;
  /** Maximum size in bytes. One more event of any size fits in. Default: 8388608. */
  maxBytes?: number;
  /**
   * What to do when the inbox is full. Default: `'disconnect'`.
   *
   * - `'disconnect'`: drop nothing. The client stops reading from the connection until the inbox is
   *   half empty. If the server would end the connection before that, the client drops it (error
   *   `SLOW_CONSUMER`) and reconnects once there is room. A {@link GapEvent} follows unless the
   *   server recovers the session.
   * - `'drop-oldest'`: drop the oldest events, up to a sixteenth of `maxEvents` at a time.
   * - `'drop-newest'`: drop arriving events until the inbox is half empty.
   * - `'latest'`: keep only the newest event of each topic. It counts twice towards `maxBytes`.
   *
   * The client counts dropped events in {@link RealtimeStats.droppedOverflow} and reports them with
   * a {@link GapEvent}. It never drops anything except events.
   */
  overflow?: 'disconnect' | 'drop-oldest' | 'drop-newest' | 'latest';
  /**
   * With `'disconnect'`: longest time a full inbox may stop reading from the connection, in
   * milliseconds. 0 disconnects at once. Default: as long as the server tolerates it.
   */
  maxPauseMs?: number;
}

/**
 * TLS settings. Certificates and keys are PEM texts (`-----BEGIN ...`), not file names.
 * `docs/networks.md` lists what is supported, under TLS.
 */
export interface TlsOptions {
  /**
   * Trusted certificate authorities, one or several certificates. They replace those of the system
   * and of `NODE_EXTRA_CA_CERTS`.
   */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Client certificate. It requires `key`. */
  cert?: string | Uint8Array;
  /** Private key of the client certificate. It requires `cert`. */
  key?: string | Uint8Array;
  /**
   * Verify the server's certificate. With false, anyone between client and server can read the
   * token, so use it for experiments only. Default: true.
   */
  rejectUnauthorized?: boolean;
  /** Server name to request and to verify, if it differs from the host of `url`. */
  servername?: string;
}
