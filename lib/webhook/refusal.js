/** The engine's reasons for refusing a delivery, as the user's errors. */

import { FIRST_MILLISECOND } from './schemes.js';
import { WebhookVerificationError } from './verification-error.js';

/** @import { WebhookVerificationCode } from '../../index.js' */
/** @import { Refusal, SignatureHeaders } from '../engines/engine.js' */

/** @type {Record<Refusal, [code: WebhookVerificationCode, message: string]>} */
const REFUSALS = {
  MissingTimestamp: ['MISSING_HEADER', 'There is a signature, but no header with its timestamp'],
  MissingId: ['MISSING_HEADER', 'There is a signature, but no header with the id of the delivery'],
  MalformedTimestamp: ['MALFORMED_HEADER', 'The timestamp is not a plain decimal number of at most 15 digits'],
  MalformedId: [
    'MALFORMED_HEADER',
    'The id of the delivery is not 1 to 256 characters of printable ASCII without spaces',
  ],
  MalformedSignature: ['MALFORMED_HEADER', 'There is no signature of the expected form in its header, or too many'],
  Expired: ['TIMESTAMP_EXPIRED', 'ago'],
  InFuture: ['TIMESTAMP_IN_FUTURE', 'in the future'],
  Mismatch: [
    'SIGNATURE_MISMATCH',
    'No signature of the delivery was made with the secret over this body and timestamp',
  ],
};

/** @type {[name: string, milliseconds: number][]} */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/**
 * @param {Refusal} refusal
 * @param {SignatureHeaders} headers
 * @param {number} now in milliseconds
 * @param {number} toleranceMs
 */
function refused(refusal, headers, now, toleranceMs) {
  const [code, text] = REFUSALS[refusal];
  const message = code.startsWith('TIMESTAMP')
    ? `The delivery was signed ${duration(Math.abs(now - signedAt(headers)))} ${text}. ` +
      `options.toleranceMs allows ${duration(toleranceMs)}`
    : text;
  return new WebhookVerificationError(code, message);
}

/**
 * When a delivery was signed, in milliseconds. The engine has checked the form of the timestamp.
 *
 * @param {SignatureHeaders} headers
 */
function signedAt({ scheme, signature, timestamp }) {
  const number = Number(scheme === 't-v1' ? signature.slice(2).split(',', 1)[0] : timestamp);
  return scheme === 'standard-webhooks' || number < FIRST_MILLISECOND ? number * 1000 : number;
}

/** The two largest units of a time, such as '2 h 46 min'. @param {number} milliseconds */
function duration(milliseconds) {
  const at = UNITS.findIndex(([, size]) => milliseconds >= size);
  if (at === -1) return `${milliseconds} ms`;
  const [[unit, size], next] = UNITS.slice(at);
  const rest = next === undefined ? 0 : Math.floor((milliseconds % size) / next[1]);
  return `${Math.floor(milliseconds / size)} ${unit}${rest > 0 ? ` ${rest} ${next[0]}` : ''}`;
}

export { REFUSALS, refused };
