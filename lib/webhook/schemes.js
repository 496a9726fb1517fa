/** The ways to sign a delivery, and the names of their headers. */

/** @import { WebhookScheme } from '../../index.js' */

/** The platform's own headers, unless the options of a receiver name others. */
const OWN_HEADERS = { signature: 'x-webhook-signature', timestamp: 'x-webhook-timestamp', id: 'x-webhook-id' };
const STANDARD_HEADERS = { signature: 'webhook-signature', timestamp: 'webhook-timestamp', id: 'webhook-id' };
/** The number of the attempt. Nothing depends on it, so it need not be signed. */
const ATTEMPT_HEADER = 'x-webhook-attempt';

/** Smaller timestamps are seconds, see `src/webhook/timestamp.rs`. */
const FIRST_MILLISECOND = 1e11;

/** @type {WebhookScheme[]} */
const SCHEMES = ['realtime', 'standard-webhooks', 't-v1'];

export { ATTEMPT_HEADER, FIRST_MILLISECOND, OWN_HEADERS, SCHEMES, STANDARD_HEADERS };
