import type { RealtimeError } from '../errors.js';
import type { Request, Response } from '../web.js';
import type { WebhookEvent, WebhookReceiver } from './receiver.js';

/** Options of every webhook endpoint. */
export interface WebhookMiddlewareOptions<Request = object> {
  /**
   * Milliseconds after which the endpoint answers 202 if the handler is still running. The platform
   * does not retry a delivery after a 202, even if the handler fails later. Default: wait for the
   * handler.
   */
  ackAfterMs?: number;
  /**
   * Receives what the answer does not report: errors of the handler and of the replay store, and a
   * body that was parsed too early. Default: `console.error`; with Fastify, the log of the request.
   */
  onError?(error: unknown, context: { delivery?: WebhookEvent; request: Request }): void;
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
 * | 400 | verification failed |
 * | 405 | the method is not POST |
 * | 409 | the delivery was accepted before |
 * | 413 | the body is larger than the receiver's `maxBodyBytes` |
 * | 500 | the handler or the replay store failed, or the body was read before; see `onError` |
 *
 * Errors are answered with JSON, `{ error, message }`. If the handler fails, the endpoint releases
 * the delivery, so that a retry is accepted.
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
