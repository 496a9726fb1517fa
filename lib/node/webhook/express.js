/** The endpoint for Express, whose advice is about Express's middleware. */

import { Endpoint } from '../../webhook/endpoint.js';
import { listenerOf } from './node.js';

/** @import { WebhookEvent, WebhookMiddlewareOptions, WebhookReceiver } from '../../../index.js' */

const RAW_BODY_ADVICE =
  'A body parser ran before expressWebhook(). Put this route above app.use(express.json()), or keep the bytes: ' +
  'express.json({ verify: (req, _res, rawBody) => Object.assign(req, { rawBody }) }).';

/**
 * @param {WebhookReceiver} receiver
 * @param {(delivery: WebhookEvent<any>, request: any) => unknown} handler
 * @param {WebhookMiddlewareOptions} [options]
 */
function expressWebhook(receiver, handler, options) {
  return listenerOf(new Endpoint(receiver, handler, options, 'expressWebhook', RAW_BODY_ADVICE));
}

export { expressWebhook };
