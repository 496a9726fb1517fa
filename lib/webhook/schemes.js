'use strict';

/** The ways to sign a delivery: the names of their headers, and their numbers in the engine. */

/** @import { WebhookScheme } from '../../index.js' */

/** The names of the platform's own headers, unless the options of a receiver say otherwise. */
const OWN_HEADERS = { signature: 'x-webhook-signature', timestamp: 'x-webhook-timestamp', id: 'x-webhook-id' };
const STANDARD_HEADERS = { signature: 'webhook-signature', timestamp: 'webhook-timestamp', id: 'webhook-id' };
/** Tells which attempt this is. Nothing depends on it, so it need not be signed. */
const ATTEMPT_HEADER = 'x-webhook-attempt';

/** @type {Record<WebhookScheme, number>} */
const ENGINE_SCHEME = { realtime: 0, 'standard-webhooks': 1, 't-v1': 2 };

module.exports = { ATTEMPT_HEADER, ENGINE_SCHEME, OWN_HEADERS, STANDARD_HEADERS };
