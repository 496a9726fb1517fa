import type { RealtimeError } from '../errors.js';
import type { WebhookMiddlewareOptions } from '../webhook/endpoint.js';
import type { WebhookEvent, WebhookReceiver } from '../webhook/receiver.js';

/** Request of Node or Express: an `IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string | undefined;
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
 * | 200 | a duplicate: the delivery was handled before. The body is `{ "duplicate": true }` |
 * | 409 | the delivery is still being handled. `Retry-After` says when to send it again |
 * | 400 | verification failed, see `onRefused` |
 * | 405 | the method is not POST |
 * | 413 | the body is larger than the receiver's `maxBodyBytes`, see `onRefused` |
 * | 500 | the handler or the replay store failed, see `onError`; or something read the body before, see `onRefused` |
 *
 * The body of an error is JSON, `{ error }`, and holds the code alone. If the handler fails, the
 * endpoint releases the delivery, so that a retry is accepted.
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
 * Creates a webhook endpoint for Express. Mount it before `express.json()`, which leaves no raw
 * body to verify.
 *
 * It accepts the body that `express.raw()` or `express.text()` leaves, and a `request.rawBody` that
 * `express.json({ verify })` keeps. It answers as {@link nodeWebhook} does.
 *
 * @throws {@link RealtimeError} `INVALID_ARGUMENT`
 * @example
 * app.post('/webhooks', expressWebhook(receiver, ({ event }) => console.log(event.topic)));
 */
export function expressWebhook<
  Payload extends object = Record<string, unknown>,
  Request extends NodeRequest = NodeRequest,
>(
  receiver: WebhookReceiver,
  handler: (delivery: WebhookEvent<Payload>, request: Request) => unknown,
  options?: WebhookMiddlewareOptions<Request>,
): (request: Request, response: NodeResponse) => void;
