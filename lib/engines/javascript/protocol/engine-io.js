/** Engine.IO 4: the server's handshake. `../session/codec/socket-io.js` reads the packets. */

import { utf8Length } from '#host';
import { badType, DecodeError } from './decode-error.js';
import { memberOf, parse, textOf } from './json.js';

/** The longest session ID, in bytes. */
const MAX_SID_BYTES = 256;
/** The longest ping interval or ping timeout: one day. */
const MAX_HEARTBEAT = 86_400_000;

/**
 * The server's handshake, with every value within its bounds.
 *
 * @typedef {object} Handshake
 * @property {string} sid the session ID
 * @property {number} pingInterval how often the server pings
 * @property {number} pingTimeout the connection is dead if no ping arrives within both together
 * @property {number | undefined} maxPayload the largest message that the server accepts, in bytes.
 *   Undefined: the server states no limit
 * @property {boolean} offersWebsocket whether a long-polling session can be upgraded to a WebSocket
 */

/**
 * Reads the JSON of an `open` packet. Unknown members are ignored.
 *
 * Its numbers come from the server's options. They are hints, so that no number makes the handshake
 * fail:
 *
 * | member | any number | `null`, which is `Infinity` in JSON | 0, negative, missing, of another type |
 * |---|---|---|---|
 * | `pingInterval`, `pingTimeout` | rounded, at most a day | a day | Engine.IO's default |
 * | `maxPayload` | rounded | no limit | no limit |
 *
 * @param {string} json
 * @returns {Handshake} throws a {@link DecodeError}
 */
function decodeHandshake(json) {
  const handshake = parse(json);
  const sid = textOf(handshake, 'sid');
  if (!sid || utf8Length(sid) > MAX_SID_BYTES)
    throw new DecodeError(`Engine.IO handshake: \`sid\` must be a string of 1 to ${MAX_SID_BYTES} bytes`);
  const upgrades = memberOf(handshake, 'upgrades');
  return {
    sid,
    pingInterval: heartbeat(memberOf(handshake, 'pingInterval'), 25_000),
    pingTimeout: heartbeat(memberOf(handshake, 'pingTimeout'), 20_000),
    maxPayload: positive(memberOf(handshake, 'maxPayload')),
    offersWebsocket: Array.isArray(upgrades) && upgrades.includes('websocket'),
  };
}

/** @param {unknown} value @param {number} otherwise */
function heartbeat(value, otherwise) {
  return value === null ? MAX_HEARTBEAT : Math.min(positive(value) ?? otherwise, MAX_HEARTBEAT);
}

/** A number, rounded, if it is positive. @param {unknown} value */
function positive(value) {
  const rounded = typeof value === 'number' ? Math.round(value) : 0;
  return rounded > 0 ? rounded : undefined;
}

/** @param {string} text */
function badEngineIoType(text) {
  return badType(text, 'empty message: an Engine.IO packet needs a type', 'message of unknown Engine.IO type');
}

export { badEngineIoType, decodeHandshake };
