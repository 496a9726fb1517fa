import type { RealtimeError } from '../errors.js';
import type { Logger, LogOptions } from '../log.js';
import type { Request, Response } from '../web.js';
import type { WebhookEvent, WebhookReceiver } from './receiver.js';
import type { WebhookVerificationError } from './verification-error.js';

/** Options of every webhook endpoint. */
export interface WebhookMiddlewareOptions<Request = object> {
  /**
   * Milliseconds after which the endpoint answers 202 if the handler is still running. The platform
   * does not retry a delivery after a 202, even if the handler fails later. Default: wait for the
   * handler.
   */
  ackAfterMs?: number | undefined;
  /**
   * Receives errors of the handler and of the replay store; the sender gets a 500 without details.
   * Default: `console.error`; with Fastify, the log of the request.
   */
  onError?: ((error: unknown, context: { delivery?: WebhookEvent; request: Request }) => void) | undefined;
  /**
   * Receives every refused delivery: why it was refused, and what to do. The sender gets the code
   * alone. A duplicate is not refused. Default: one `RealtimeWarning` per code.
   *
   * @example
   * fetchWebhook(receiver, handler, {
   *   onRefused: ({ code, message }) => console.warn(code, message),
   * });
   */
  onRefused?: ((error: WebhookVerificationError, context: { request: Request }) => void) | undefined;
  /**
   * Logs what happens to each delivery, without its content: see
   * {@link RealtimeClientOptions.log} for the values. Only on Node, Bun and Deno; elsewhere use
   * `onRefused` and `onError`. Default: silent, unless the environment variable `REALTIME_LOG` has
   * a level.
   */
  log?: LogOptions | Logger | string | boolean | undefined;
}

/**
 * Creates a webhook endpoint that turns a `Request` into a `Response`: for Next.js, Hono, Bun and
 * Deno. It reads the raw body, verifies the delivery, claims it in the receiver's replay store,
 * calls the handler, and answers:
 *
 * | status | |
 * |---|---|
 * | 204 | the handler finished |
 * | 202 | the handler is still running after `ackAfterMs` |
 * | 200 | a duplicate: the delivery was handled before. The body is `{ "duplicate": true }` |
 * | 409 | the delivery is still being handled. `Retry-After` says when to send it again |
 * | 400 | verification failed, see `onRefused` |
 * | 405 | the method is not POST |
 * | 413 | the body is larger than the receiver's `maxBodyBytes`, see `onRefused` |
 * | 500 | the handler or the replay store failed, see `onError`; or the body was read before, see `onRefused` |
 *
 * The body of an error is JSON, `{ error }`, and holds the code alone. If the handler fails, the
 * endpoint releases the delivery, so that a retry is accepted.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 * @example
 * export const POST = fetchWebhook(receiver, ({ event }) => console.log(event.topic));
 */
export function fetchWebhook<Payload extends object = Record<string, unknown>>(
  receiver: WebhookReceiver,
  handler: (delivery: WebhookEvent<Payload>, request: Request) => unknown,
  options?: WebhookMiddlewareOptions<Request>,
): (request: Request) => Promise<Response>;
