/**
 * The options of a client: every name, range and default. Turns them into the config of an engine.
 */

import { chooseEngine, parseEngine, parseProxy, parseTls } from '#engine-options';
import { invalidArgument } from '../errors/errors.js';
import { member } from '../own.js';
import { parseBag } from './schema.js';
import * as values from './values.js';

/** @import { LifecycleSource, RealtimeClientOptions, TokenProvider } from '../../index.js' */
/** @import { EngineConfig } from '../engines/engine.js' */

/** The minimum holds a handshake and a small event; a JavaScript string holds twice the maximum. */
const MIN_MESSAGE_BYTES = 1024;
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** @type {EngineConfig['inbox']['overflow'][]} */
const OVERFLOWS = ['disconnect', 'drop-oldest', 'drop-newest', 'latest'];

/** @type {EngineConfig['transports']} */
const BOTH_TRANSPORTS = ['websocket', 'polling'];
/** @type {EngineConfig['transports']} */
const ONLY_WEBSOCKET = ['websocket'];

/**
 * Every option, in the order of the documentation.
 *
 * @satisfies {Record<keyof RealtimeClientOptions, Function>}
 */
const OPTIONS = {
  url: values.baseUrl,
  token: parseToken,
  autoConnect: values.boolean,
  reconnection: values.boolean,
  reconnectionAttempts: values.count,
  reconnectionDelay: values.milliseconds,
  reconnectionDelayMax: values.milliseconds,
  randomizationFactor: values.fraction,
  reconnectOnServerDisconnect: values.boolean,
  connectTimeout: values.positiveMilliseconds,
  heartbeat: parseHeartbeat,
  outbox: parseOutbox,
  inbox: parseInbox,
  coalesceMs: values.milliseconds,
  protocol: values.oneOf(['socket.io', 'ws']),
  path: values.urlPath,
  headers: values.headers,
  applicationId: values.label,
  environment: values.label,
  tls: parseTls,
  transports: parseTransports,
  proxy: parseProxy,
  maxMessageBytes: values.integerWithin(MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
  engine: parseEngine,
  lifecycle: parseLifecycle,
};
const HEARTBEAT = { interval: values.heartbeatInterval, timeout: values.heartbeatTimeout };
const OUTBOX = {
  maxMessages: values.nonNegativeInteger,
  maxBytes: values.nonNegativeInteger,
  maxAgeMs: values.positiveMilliseconds,
};
const INBOX = {
  maxEvents: values.positiveInteger,
  maxBytes: values.positiveInteger,
  overflow: values.oneOf(OVERFLOWS),
  maxPauseMs: values.milliseconds,
};

/**
 * @param {RealtimeClientOptions} options
 * @returns {{ autoConnect: boolean, config: EngineConfig, ask?: TokenProvider }}
 */
function parseOptions(options) {
  const given = parseBag(options, 'options', OPTIONS, 'an object with url and token');
  const { reconnectionDelay = 1000, protocol = 'socket.io' } = given;
  const { reconnectionDelayMax = Math.max(5000, reconnectionDelay) } = given;
  if (reconnectionDelayMax < reconnectionDelay)
    throw invalidArgument(
      'options.reconnectionDelayMax',
      `at least reconnectionDelay (${reconnectionDelay})`,
      reconnectionDelayMax,
    );
  const { transports = protocol === 'ws' ? ONLY_WEBSOCKET : BOTH_TRANSPORTS } = given;
  if (protocol === 'ws' && transports.includes('polling'))
    throw invalidArgument('options.transports', "['websocket'] with protocol 'ws'", transports);
  const url = given.url ?? values.baseUrl(undefined, 'options.url');
  const token = given.token ?? values.token(undefined, 'options.token');
  const { engine, proxy } = chooseEngine(given, url);

  return {
    ...(typeof token === 'function' && { ask: token }),
    autoConnect: given.autoConnect ?? true,
    config: {
      engine,
      url,
      token: typeof token === 'function' ? undefined : token,
      protocol,
      path: given.path,
      headers: given.headers,
      applicationId: given.applicationId,
      environment: given.environment,
      reconnection: given.reconnection ?? true,
      reconnectionAttempts: given.reconnectionAttempts ?? 10,
      reconnectionDelay,
      reconnectionDelayMax,
      randomizationFactor: given.randomizationFactor ?? 1,
      reconnectOnServerDisconnect: given.reconnectOnServerDisconnect ?? false,
      connectTimeout: given.connectTimeout ?? 20_000,
      heartbeat: 'heartbeat' in given ? given.heartbeat : parseHeartbeat({}, 'options.heartbeat'),
      outbox: given.outbox ?? parseOutbox({}, 'options.outbox'),
      coalesceMs: given.coalesceMs ?? 0,
      inbox: given.inbox ?? parseInbox({}, 'options.inbox'),
      tls: given.tls,
      transports,
      maxMessageBytes: given.maxMessageBytes ?? 16 * 1024 * 1024,
      proxy,
      lifecycle: given.lifecycle,
    },
  };
}

/** @param {unknown} value @param {string} path @returns {string | TokenProvider} */
function parseToken(value, path) {
  return typeof value === 'function' ? /** @type {TokenProvider} */ (value) : values.token(value, path);
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['transports']} */
function parseTransports(value, path) {
  const named = Array.isArray(value) ? value.join() : undefined;
  const transports = [BOTH_TRANSPORTS, ONLY_WEBSOCKET, ['polling']].find((each) => each.join() === named);
  if (transports === undefined)
    throw invalidArgument(path, "['websocket', 'polling'], ['websocket'] or ['polling']", value);
  return /** @type {EngineConfig['transports']} */ (transports);
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['outbox']} */
function parseOutbox(value, path) {
  const given = parseBag(value, path, OUTBOX, 'an object with maxMessages, maxBytes and maxAgeMs');
  const { maxMessages = 1000, maxBytes = 4 * 1024 * 1024, maxAgeMs = 60_000 } = given;
  return { maxMessages, maxBytes, maxAgeMs };
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['inbox']} */
function parseInbox(value, path) {
  const given = parseBag(value, path, INBOX, 'an object with maxEvents, maxBytes, overflow and maxPauseMs');
  const { maxEvents = 16_384, maxBytes = 8 * 1024 * 1024, overflow = 'disconnect', maxPauseMs } = given;
  return { maxEvents, maxBytes, overflow, maxPauseMs };
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['heartbeat']} */
function parseHeartbeat(value, path) {
  if (value === false) return undefined;
  const given = parseBag(value, path, HEARTBEAT, 'false, or an object with interval and timeout');
  const { interval = 2000, timeout = 2500 } = given;
  return { interval, timeout };
}

/** @param {unknown} value @param {string} path @returns {LifecycleSource} */
function parseLifecycle(value, path) {
  if (typeof member(value, 'subscribe') !== 'function')
    throw invalidArgument(path, 'an object with the method subscribe', value);
  return /** @type {LifecycleSource} */ (value);
}

export { parseOptions };
