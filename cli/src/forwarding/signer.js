/** The headers that sign deliveries. */

import { readSecret } from '../configuration.js';
import { loadSdk } from '../sdk.js';

/** @import { RealtimeEvent, WebhookScheme } from '@smarterservices/realtime' */
/** @import { ConnectionOptions } from '../configuration.js' */

/**
 * Headers of an attempt. Each attempt is signed at its own time, so that a late one is accepted;
 * the ID stays, so that the receiver recognises a repetition.
 *
 * @param {ConnectionOptions & { sign?: string, scheme: WebhookScheme }} options
 * @returns {Promise<(event: RealtimeEvent, body: string) => Record<string, string>>}
 */
export async function createSigner(options) {
  const secret = readSecret(options.sign, 'REALTIME_WEBHOOK_SECRET', options);
  /** @param {RealtimeEvent} event @returns {Record<string, string>} */
  const named = ({ type }) => (/^[\x21-\x7e]+$/.test(type) ? { 'x-webhook-event': type } : {});
  if (secret === undefined) return (event) => named(event);
  const { signWebhook } = loadSdk();
  return (event, body) => ({ ...signWebhook(body, secret, { id: event.id, scheme: options.scheme }), ...named(event) });
}
