/** The engine's reasons for refusing a delivery, as the user's errors. */

import { WebhookVerificationError } from './verification-error.js';

/** @import { WebhookVerificationCode } from '../../index.js' */
/** @import { Refusal } from '../engines/engine.js' */

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
  Expired: ['TIMESTAMP_EXPIRED', 'The delivery was signed longer ago than options.toleranceMs'],
  InFuture: ['TIMESTAMP_IN_FUTURE', 'The delivery was signed further in the future than options.toleranceMs'],
  Mismatch: [
    'SIGNATURE_MISMATCH',
    'No signature of the delivery was made with the secret over this body and timestamp',
  ],
};

/** @param {Refusal} refusal */
function refused(refusal) {
  const [code, message] = REFUSALS[refusal];
  return new WebhookVerificationError(code, message);
}

export { REFUSALS, refused };
