/**
 * The options of a client: every name, range and default. Turns them into the config of an engine.
 */

import { chooseEngine, parseCompression, parseEngine, parseProxy, parseTls } from '#engine-options';
import { ownRecorder } from '#recorder';
import { invalidArgument } from '../errors/errors.js';
import { member } from '../own.js';
import { optional, parseBag } from './schema.js';
import { schemas } from './schemas.js';
import * as values from './values.js';

/** @import { LifecycleSource, RealtimeClientOptions, StandardSchema, TokenProvider } from '../../index.js' */
/** @import { EngineConfig } from '../engines/engine.js' */

/** @type {EngineConfig['inbox']['overflow'][]} */
const OVERFLOWS = ['disconnect', 'drop-oldest', 'drop-newest', 'latest'];
/** @type {EngineConfig['transports']} */
const BOTH_TRANSPORTS = ['websocket', 'polling'];
/** @type {EngineConfig['transports']} */
const ONLY_WEBSOCKET = ['websocket'];

/** Begins every error about an option. */
const CONSTRUCTOR = 'RealtimeClient(): ';
const MEGABYTE = 1024 * 1024;

/** Every option with its default, in the order of the documentation. */
const HEARTBEAT = {
  interval: optional(values.heartbeatInterval, 2000),
  timeout: optional(values.heartbeatTimeout, 2500),
};
const OUTBOX = {
  maxMessages: optional(values.nonNegativeInteger, 1000),
  maxBytes: optional(values.nonNegativeInteger, 4 * MEGABYTE),
  maxAgeMs: optional(values.positiveMilliseconds, 60_000),
};
const INBOX = {
  maxEvents: optional(values.positiveInteger, 16_384),
  maxBytes: optional(values.positiveInteger, 8 * MEGABYTE),
  overflow: optional(values.oneOf(OVERFLOWS), OVERFLOWS[0]),
  maxPauseMs: optional(values.milliseconds),
};
const RECORD = {
  maxBytes: optional(values.positiveInteger, MEGABYTE),
  payloads: optional(values.boolean, false),
  recorder: parseRecorder,
};
const STATS = {
  latency: optional(values.boolean, false),
  topics: optional(values.boolean, false),
};
/** @satisfies {Record<keyof RealtimeClientOptions, Function>} */
const OPTIONS = {
  url: values.baseUrl,
  token: parseToken,
  autoConnect: optional(values.boolean, true),
  reconnection: optional(values.boolean, true),
  reconnectionAttempts: optional(values.count, 10),
  reconnectionDelay: optional(values.milliseconds, 1000),
  reconnectionDelayMax: optional(values.milliseconds),
  randomizationFactor: optional(values.fraction, 1),
  reconnectOnServerDisconnect: optional(values.boolean, false),
  connectTimeout: optional(values.positiveMilliseconds, 20_000),
  heartbeat: optional(parseHeartbeat, parseHeartbeat({}, '')),
  outbox: optional(parseOutbox, parseOutbox({}, '')),
  inbox: optional(parseInbox, parseInbox({}, '')),
  coalesceMs: optional(values.milliseconds),
  protocol: optional(values.oneOf(/** @type {const} */ (['socket.io', 'ws'])), /** @type {const} */ ('socket.io')),
  path: optional(values.urlPath),
  headers: optional(values.headers),
  applicationId: optional(values.label),
  environment: optional(values.label),
  tls: optional(parseTls),
  transports: optional(parseTransports),
  proxy: optional(parseProxy),
  maxMessageBytes: optional(parseMessageBytes, 16 * MEGABYTE),
  compression: parseCompression,
  engine: optional(parseEngine),
  lifecycle: optional(parseLifecycle),
  record: optional(parseRecord),
  schemas: optional(schemas, []),
  stats: optional(parseStats),
  worker: optional(values.boolean, false),
  devtools: optional(values.boolean, false),
  // Parsed where the log is opened, see `lib/log/`.
  log: (/** @type {unknown} */ value) => value,
};

/**
 * @typedef {object} Parsed
 * @property {boolean} autoConnect
 * @property {boolean} devtools
 * @property {EngineConfig} config
 * @property {unknown} log
 * @property {[topic: string, schema: StandardSchema][]} schemas by topic
 * @property {TokenProvider} [ask] for a token
 */

/**
 * @param {RealtimeClientOptions} options
 * @returns {Parsed}
 */
function parseOptions(options) {
  const given = parseBag(options, `${CONSTRUCTOR}options`, OPTIONS, 'an object with url and token');
  const { autoConnect, devtools, log, protocol, reconnectionDelay: least, schemas: checks, token, url } = given;
  const { reconnectionDelayMax = Math.max(20_000, least) } = given;
  if (reconnectionDelayMax < least)
    throw invalidArgument(
      `${CONSTRUCTOR}options.reconnectionDelayMax`,
      `at least reconnectionDelay (${least})`,
      reconnectionDelayMax,
    );
  const { transports = protocol === 'ws' ? ONLY_WEBSOCKET : BOTH_TRANSPORTS } = given;
  if (protocol === 'ws' && transports.includes('polling'))
    throw invalidArgument(`${CONSTRUCTOR}options.transports`, "['websocket'] with protocol 'ws'", transports);
  const { engine, proxy } = chooseEngine(given, url);
  const ask = typeof token === 'function' ? token : undefined;
  const ours = { token: ask ? undefined : token, schemas: undefined, log: undefined };
  const config = Object.assign(given, { engine, proxy, reconnectionDelayMax, transports, ...ours });
  return { ask, autoConnect, schemas: checks, devtools, config: /** @type {EngineConfig} */ (config), log };
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

/**
 * The minimum holds a handshake and a small event; a JavaScript string holds twice the maximum.
 *
 * @param {unknown} value
 * @param {string} path
 */
function parseMessageBytes(value, path) {
  return values.integerWithin(value, path, 1024, 256 * MEGABYTE);
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['outbox']} */
function parseOutbox(value, path) {
  return parseBag(value, path, OUTBOX, 'an object with maxMessages, maxBytes and maxAgeMs');
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['inbox']} */
function parseInbox(value, path) {
  return parseBag(value, path, INBOX, 'an object with maxEvents, maxBytes, overflow and maxPauseMs');
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['heartbeat']} */
function parseHeartbeat(value, path) {
  if (value === false) return undefined;
  return parseBag(value, path, HEARTBEAT, 'false, or an object with interval and timeout');
}

/** @param {unknown} value @param {string} path @returns {import('../engines/engine.js').Recorder} */
function parseRecorder(value = ownRecorder, path) {
  if (!value) throw invalidArgument(path, 'recorder, see docs/recording.md', value);
  return /** @type {import('../engines/engine.js').Recorder} */ (value);
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['record']} */
function parseRecord(value, path) {
  return parseBag(value, path, RECORD, 'an object with maxBytes');
}

/** @param {unknown} value @param {string} path @returns {EngineConfig['stats']} */
function parseStats(value, path) {
  return parseBag(value, path, STATS, 'an object with latency and topics');
}

/** @param {unknown} value @param {string} path @returns {LifecycleSource} */
function parseLifecycle(value, path) {
  if (typeof member(value, 'subscribe') !== 'function')
    throw invalidArgument(path, 'an object with the method subscribe', value);
  return /** @type {LifecycleSource} */ (value);
}

export { parseOptions };
