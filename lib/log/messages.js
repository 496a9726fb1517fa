/**
 * Every record that JavaScript writes: its level and part by its message, and what it tells of the
 * value that comes with it. The calls stay short, since pages load them without the log. The events
 * of `src/` say their levels and parts themselves.
 */

/** @import { EngineConfig } from '../engines/engine.js' */
/** @import { Fields, Level, LogPart } from './log.js' */

/** @typedef {[level: Level, part: LogPart, tell?: (value: any) => Fields]} About */

/** @type {Record<string, About>} */
const MESSAGES = {
  created: ['info', 'client', ofConfig],
  destroyed: ['debug', 'client'],
  'records dropped': ['warn', 'client'],

  dialling: ['debug', 'session'],
  handshake: ['debug', 'session', ({ pingInterval, pingTimeout }) => ({ pingInterval, pingTimeout })],
  subscribing: ['debug', 'session'],
  'token taken': ['debug', 'session'],
  'no token': ['debug', 'session'],
  'closing the link': ['debug', 'session', (orderly) => ({ orderly })],

  'link open': ['debug', 'transport', (transport) => ({ transport })],
  'link lost': ['debug', 'transport', (reason) => ({ reason })],
  'dial failed': ['debug', 'transport', (reason) => ({ reason })],
  received: ['trace', 'transport', ofFrame],
  sent: ['trace', 'transport', ofFrame],

  'asking for a token': ['debug', 'auth', (reason) => ({ reason })],
  'token received': ['debug', 'auth', (reason) => ({ reason })],
  'no token received': ['warn', 'auth', ofError],

  sending: ['trace', 'rest'],
  answer: ['trace', 'rest', ({ body, ...call }) => ({ ...call, body: JSON.stringify(body) })],
  done: ['debug', 'rest'],
  cancelled: ['debug', 'rest'],
  failed: ['warn', 'rest'],
  retrying: ['warn', 'rest', ({ retryIn, ...more }) => ({ ...more, retryIn: Math.round(retryIn) })],

  handled: ['debug', 'webhook'],
  'handler failed': ['error', 'webhook'],
  refused: ['warn', 'webhook', ofError],
};

/** Nothing else of a config: its path and its query may hold secrets, too. @param {EngineConfig} config */
function ofConfig({ url, engine, protocol, transports }) {
  return { url: new URL(url).origin, engine, protocol, transports };
}

/** Not its cause, which is of the user's code. @param {{ code: string, message: string }} error */
function ofError({ code, message }) {
  return { code, reason: message };
}

/** @param {string | Uint8Array} frame @returns {Fields} */
function ofFrame(frame) {
  return typeof frame === 'string' ? { size: frame.length, frame } : { size: frame.length };
}

export { MESSAGES };
