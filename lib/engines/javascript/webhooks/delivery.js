/**
 * The signed parts of a delivery, read by the rules of one scheme. The counterpart of
 * `src/webhook/delivery.rs` and `timestamp.rs`.
 */

import { utf8 } from '#host';

/** @import { Refusal, SignatureHeaders } from '../../engine.js' */

/** Digits only, without a sign, space, exponent or leading zero. */
const TIMESTAMP = /^(?:0|[1-9]\d{0,14})$/;
/** An ID has no spaces: HTTP joins the values of a repeated header with ", ". */
const ID = /^[!-~]{1,256}$/;
/** Numbers from here on are milliseconds: in seconds this is the year 5138. */
const FIRST_MILLISECOND = 1e11;

/**
 * When a delivery was signed, and what: the pieces, one behind the other.
 *
 * @typedef {{ signedAt: number, pieces: Uint8Array[] }} Delivery
 */

/**
 * Reads a delivery. It is not verified yet.
 *
 * @param {Uint8Array} body
 * @param {SignatureHeaders} headers
 * @returns {Delivery | Refusal}
 */
function receiveDelivery(body, headers) {
  if (headers.scheme !== 't-v1') return parseDelivery(body, headers);
  // The timestamp is the first item of the header, and the only one named `t`.
  const [first, ...others] = headers.signature.split(',');
  if (!first.startsWith('t=') || others.some((item) => item.startsWith('t='))) return 'MalformedSignature';
  return parseDelivery(body, { ...headers, timestamp: first.slice(2) });
}

/**
 * @param {Uint8Array} body
 * @param {Omit<SignatureHeaders, 'signature'>} headers
 * @returns {Delivery | Refusal}
 */
function parseDelivery(body, { scheme, timestamp, id }) {
  if (timestamp === undefined) return 'MissingTimestamp';
  if (!TIMESTAMP.test(timestamp)) return 'MalformedTimestamp';
  if (id === undefined && scheme !== 't-v1') return 'MissingId';
  if (id !== undefined && !ID.test(id)) return 'MalformedId';
  const isStandard = scheme === 'standard-webhooks';
  const number = Number(timestamp);
  return {
    signedAt: isStandard || number < FIRST_MILLISECOND ? number * 1000 : number,
    pieces: [utf8(isStandard ? `${id}.${timestamp}.` : `${timestamp}.`), body],
  };
}

export { parseDelivery, receiveDelivery };
