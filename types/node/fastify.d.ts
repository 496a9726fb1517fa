import type { WebhookMiddlewareOptions } from '../webhook/endpoint.js';
import type { WebhookEvent, WebhookReceiver } from '../webhook/receiver.js';
import type { nodeWebhook } from './webhook.js';

/** Options of {@link fastifyWebhook}. */
export interface FastifyWebhookOptions extends WebhookMiddlewareOptions {
  receiver: WebhookReceiver;
  // biome-ignore lint/suspicious/noExplicitAny: handlers declare their payload; Fastify cannot infer it
  handler(delivery: WebhookEvent<any>, request: object): unknown;
}

/**
 * Fastify plugin that serves a webhook endpoint at its `prefix`. It answers as {@link nodeWebhook}
 * does.
 *
 * @example
 * app.register(fastifyWebhook, { prefix: '/webhooks', receiver, handler });
 */
export function fastifyWebhook(fastify: object, options: FastifyWebhookOptions): Promise<void>;
