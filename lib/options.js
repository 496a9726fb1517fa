'use strict';

/**
 * The options of a client: every name, its range and its default, turned into what the engine wants.
 */

const { isUint8Array } = require('node:util').types;

const { invalidArgument, invalidSecret } = require('./errors.js');
const values = require('./values.js');

/** @import { HeartbeatOptions, InboxOptions, OutboxOptions, RealtimeClientOptions, TlsOptions, TokenProvider } from '../index.js' */
/** @import { EngineConfig } from './engine.js' */

/** @type {(keyof RealtimeClientOptions)[]} */
const OPTION_NAMES = [
  'url',
  'token',
  'autoConnect',
  'reconnection',
  'reconnectionAttempts',
  'reconnectionDelay',
  'reconnectionDelayMax',
  'randomizationFactor',
  'reconnectOnServerDisconnect',
  'connectTimeout',
  'heartbeat',
  'outbox',
  'inbox',
  'coalesceMs',
  'protocol',
  'path',
  'headers',
  'applicationId',
  'environment',
  'tls',
  'transports',
  'proxy',
  'maxMessageBytes',
];
/** @type {(keyof HeartbeatOptions)[]} */
const HEARTBEAT_NAMES = ['interval', 'timeout'];
/** @type {(keyof OutboxOptions)[]} */
const OUTBOX_NAMES = ['maxMessages', 'maxBytes', 'maxAgeMs'];
/** @type {(keyof InboxOptions)[]} */
const INBOX_NAMES = ['maxEvents', 'maxBytes', 'overflow', 'maxPauseMs'];
/** @type {(keyof TlsOptions)[]} */
const TLS_NAMES = ['ca', 'cert', 'key', 'rejectUnauthorized', 'servername'];

/** Without one of these the environment names no proxy. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
/** A handshake and a small event fit into the least; a JavaScript string holds twice the most. */
const MIN_MESSAGE_BYTES = 1024;
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** @type {EngineConfig['inbox']['overflow'][]} */
const OVERFLOWS = ['disconnect', 'drop-oldest', 'drop-newest', 'latest'];

/** @type {EngineConfig['transports']} */
const BOTH_TRANSPORTS = ['websocket', 'polling'];
/** @type {EngineConfig['transports']} */
const ONLY_WEBSOCKET = ['websocket'];

/**
 * @param {RealtimeClientOptions} options
 * @returns {{ autoConnect: boolean, config: EngineConfig, ask?: TokenProvider }}
 */
function parseOptions(options) {
  if (typeof options !== 'object' || options === null)
    throw invalidSecret('options', 'an object with url and token', options);
  values.warnAboutUnknownNames(options, 'options', OPTION_NAMES);

  /** @type {Read<RealtimeClientOptions>} */
  const read = (name, parse, fallback) => readMember(options, 'options', name, parse, fallback);
  const reconnectionDelay = read('reconnectionDelay', values.milliseconds, 1000);
  const reconnectionDelayMax = read('reconnectionDelayMax', values.milliseconds, Math.max(5000, reconnectionDelay));
  if (reconnectionDelayMax < reconnectionDelay)
    throw invalidArgument(
      'options.reconnectionDelayMax',
      `at least reconnectionDelay (${reconnectionDelay})`,
      reconnectionDelayMax,
    );

  const url = values.baseUrl(options.url, 'options.url');
  const protocol = read('protocol', values.oneOf(['socket.io', 'ws']), 'socket.io');
  const transports = read('transports', parseTransports, protocol === 'ws' ? ONLY_WEBSOCKET : BOTH_TRANSPORTS);
  if (protocol === 'ws' && transports.includes('polling'))
    throw invalidArgument('options.transports', "['websocket'] with protocol 'ws'", options.transports);
  const ask = typeof options.token === 'function' ? options.token : undefined;

  return {
    ...(ask && { ask }),
    autoConnect: read('autoConnect', values.boolean, true),
    config: {
      url,
      token: ask ? undefined : values.token(options.token, 'options.token'),
      protocol,
      path: read('path', values.urlPath, undefined),
      headers: read('headers', values.headers, undefined),
      applicationId: read('applicationId', values.label, undefined),
      environment: read('environment', values.label, undefined),
      reconnection: read('reconnection', values.boolean, true),
      reconnectionAttempts: read('reconnectionAttempts', values.count, 10),
      reconnectionDelay,
      reconnectionDelayMax,
      randomizationFactor: read('randomizationFactor', values.fraction, 1),
      reconnectOnServerDisconnect: read('reconnectOnServerDisconnect', values.boolean, false),
      connectTimeout: read('connectTimeout', values.positiveMilliseconds, 20_000),
      heartbeat: read('heartbeat', parseHeartbeat, parseHeartbeat({}, 'options.heartbeat')),
      outbox: read('outbox', parseOutbox, parseOutbox({}, 'options.outbox')),
      coalesceMs: read('coalesceMs', values.milliseconds, 0),
      inbox: read('inbox', parseInbox, parseInbox({}, 'options.inbox')),
      tls: read('tls', parseTls, undefined),
      transports,
      maxMessageBytes: read(
        'maxMessageBytes',
        values.integerWithin(MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
        16 * 1024 * 1024,
      ),
      proxy: (read('proxy', parseProxy, undefined) ?? proxyOf(url)) || undefined,
    },
  };
}

// The start of a program need not wait for a file that is of use to few.

/** @param {unknown} value @param {string} path */
function parseProxy(value, path) {
  return require('./proxy.js').parseProxy(value, path);
}

/** @param {string} url */
function proxyOf(url) {
  if (!PROXY_VARIABLES.some((name) => process.env[name])) return undefined;
  return require('./proxy.js').proxyOf(url, process.env);
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
 * @param {unknown} value
 * @param {string} path
 * @returns {EngineConfig['outbox']}
 */
function parseOutbox(value, path) {
  if (typeof value !== 'object' || value === null)
    throw invalidArgument(path, 'an object with maxMessages, maxBytes and maxAgeMs', value);
  const options = /** @type {OutboxOptions} */ (value);
  values.warnAboutUnknownNames(options, path, OUTBOX_NAMES);

  /** @type {Read<OutboxOptions>} */
  const read = (name, parse, fallback) => readMember(options, path, name, parse, fallback);
  return {
    maxMessages: read('maxMessages', values.nonNegativeInteger, 1000),
    maxBytes: read('maxBytes', values.nonNegativeInteger, 4 * 1024 * 1024),
    maxAgeMs: read('maxAgeMs', values.positiveMilliseconds, 60_000),
  };
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {EngineConfig['inbox']}
 */
function parseInbox(value, path) {
  if (typeof value !== 'object' || value === null)
    throw invalidArgument(path, 'an object with maxEvents, maxBytes, overflow and maxPauseMs', value);
  const options = /** @type {InboxOptions} */ (value);
  values.warnAboutUnknownNames(options, path, INBOX_NAMES);

  /** @type {Read<InboxOptions>} */
  const read = (name, parse, fallback) => readMember(options, path, name, parse, fallback);
  return {
    maxEvents: read('maxEvents', values.positiveInteger, 16_384),
    maxBytes: read('maxBytes', values.positiveInteger, 8 * 1024 * 1024),
    overflow: read('overflow', values.oneOf(OVERFLOWS), 'disconnect'),
    maxPauseMs: read('maxPauseMs', values.milliseconds, undefined),
  };
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {EngineConfig['heartbeat']}
 */
function parseHeartbeat(value, path) {
  if (value === false) return undefined;
  if (typeof value !== 'object' || value === null)
    throw invalidArgument(path, 'false, or an object with interval and timeout', value);
  const options = /** @type {HeartbeatOptions} */ (value);
  values.warnAboutUnknownNames(options, path, HEARTBEAT_NAMES);

  /** @type {Read<HeartbeatOptions>} */
  const read = (name, parse, fallback) => readMember(options, path, name, parse, fallback);
  return {
    interval: read('interval', values.positiveMilliseconds, 2000),
    timeout: read('timeout', values.positiveMilliseconds, 2500),
  };
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {NonNullable<EngineConfig['tls']>}
 */
function parseTls(value, path) {
  if (typeof value !== 'object' || value === null) throw invalidSecret(path, 'an object', value);
  const options = /** @type {TlsOptions} */ (value);
  values.warnAboutUnknownNames(options, path, TLS_NAMES);

  /** @type {Read<TlsOptions>} */
  const read = (name, parse, fallback) => readMember(options, path, name, parse, fallback);
  const tls = {
    ca: read('ca', parseAuthorities, undefined),
    cert: read('cert', parsePem, undefined),
    key: read('key', parsePem, undefined),
    rejectUnauthorized: read('rejectUnauthorized', values.boolean, undefined),
    servername: read('servername', values.label, undefined),
  };
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const missing = tls.cert === undefined ? 'cert' : 'key';
    throw invalidArgument(`${path}.${missing}`, 'cert and key together', undefined);
  }
  return tls;
}

/** @param {unknown} value @param {string} path */
function parseAuthorities(value, path) {
  if (!Array.isArray(value)) return [parsePem(value, path)];
  if (value.length === 0)
    throw invalidArgument(path, 'at least one certificate (without any, no server is trusted)', value);
  return value.map((each, index) => parsePem(each, `${path}[${index}]`));
}

/** @param {unknown} value @param {string} path */
function parsePem(value, path) {
  const text = isUint8Array(value) ? Buffer.from(value).toString() : value;
  if (typeof text !== 'string' || !text.includes('-----BEGIN '))
    throw invalidSecret(path, "PEM text ('-----BEGIN ...') as a string or Buffer, not a file name or DER", value);
  return text;
}

/**
 * @template {object} Options
 * @typedef {<T, Fallback>(name: keyof Options & string, parse: (value: unknown, path: string) => T, fallback: Fallback) => T | Fallback} Read
 */

/**
 * A member parsed, or `fallback` where it is undefined.
 *
 * @template {object} Options
 * @template T
 * @template Fallback
 * @param {Options} options
 * @param {string} path
 * @param {keyof Options & string} name
 * @param {(value: unknown, path: string) => T} parse
 * @param {Fallback} fallback
 */
function readMember(options, path, name, parse, fallback) {
  const value = options[name];
  return value === undefined ? fallback : parse(value, `${path}.${name}`);
}

module.exports = { parseOptions };
