import type { RealtimeError } from '../errors.js';
import type { WebhookBody, WebhookScheme, WebhookSecret } from './receiver.js';

/** Options of {@link signWebhook}. */
export interface SignWebhookOptions {
  /** Unix time in milliseconds, or in seconds if below 1e11. Default: now. */
  timestamp?: number | undefined;
  /** Delivery ID. Default: `msg_` and a random UUID. */
  id?: string | undefined;
  /** Default: `'realtime'`. */
  scheme?: WebhookScheme | undefined;
}

/**
 * Returns the headers of a signed delivery, for tests and for programs that send webhooks. Several
 * secrets make several signatures.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 * @example
 * const headers = signWebhook(body, 'whsec_your_secret');
 * await fetch('http://localhost:8080/webhooks', { method: 'POST', body, headers });
 */
export function signWebhook(
  rawBody: WebhookBody,
  secret: WebhookSecret,
  options?: SignWebhookOptions,
): Record<string, string>;
