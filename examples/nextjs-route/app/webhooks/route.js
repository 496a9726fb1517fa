import { fetchWebhook, WebhookReceiver } from '@smarterservices/realtime';

import { received } from '../received.js';

let receive;

export function POST(request) {
  // At the first request: the secret is not there yet while the app is built.
  receive ??= fetchWebhook(new WebhookReceiver(process.env.WEBHOOK_SECRET), ({ event }) => received.add(event));
  return receive(request);
}
