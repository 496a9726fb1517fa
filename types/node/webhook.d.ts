import type { RealtimeError } from '../errors.js';
import type { WebhookMiddlewareOptions } from '../webhook/endpoint.js';
import type { WebhookEvent, WebhookReceiver } from '../webhook/receiver.js';

/** Request of Node or Express: an `IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** Response of Node or Express: a `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
}

/**
 * Creates a webhook endpoint for `http.createServer`. It reads the raw body, verifies the delivery,
 * claims it in the receiver's replay store, calls the handler, and answers:
 *
 * | status | |
 * |---|---|
 * | 204 | the handler finished |
 * | 202 | the handler is still running after `ackAfterMs` |
 * | 400 | verification failed |
 * | 405 | the method is not POST |
 * | 409 | the delivery was accepted before |
 * | 413 | the body is larger than the receiver's `maxBodyBytes` |
 * | 500 | the handler or the replay store failed, or the body was parsed before; see `onError` |
 *
 * Errors are answered with JSON, `{ error, message }`. If the handler fails, the endpoint releases
 * the delivery, so that a retry is accepted.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 * @example
 * const receiver = new WebhookReceiver('whsec_your_secret');
 * createServer(nodeWebhook(receiver, ({ event }) => console.log(event.topic))).listen(8080);
 */
export function nodeWebhook<
  Payload extends object = Record<string, unknown>,
  Request extends NodeRequest = NodeRequest,
>(
  receiver: WebhookReceiver,
  handler: (delivery: WebhookEvent<Payload>, request: Request) => unknown,
  options?: WebhookMiddlewareOptions<Request>,
): (request: Request, response: NodeResponse) => void;

/**
 * Creates a webhook endpoint for Express. It answers as {@link nodeWebhook} does.
 *
 * Mount it before `express.json()`, which leaves no raw body to verify. It accepts the body that
 * `express.raw()` or `express.text()` leaves, and a `request.rawBody`.
 *
 * @example
 * app.post('/webhooks', expressWebhook(receiver, ({ event }) => console.log(event.topic)));
 */
export const expressWebhook: typeof nodeWebhook;
