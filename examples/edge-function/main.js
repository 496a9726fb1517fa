/** Verifies webhooks with nothing but Request and Response: workers, edge functions, Deno, Bun. */

import { fetchWebhook, WebhookReceiver } from '@smarterservices/realtime';

const secret = globalThis.Deno?.env.get('WEBHOOK_SECRET') ?? globalThis.process?.env.WEBHOOK_SECRET;
const receive = fetchWebhook(new WebhookReceiver(secret), ({ event }) => {
  console.log(`${event.topic} ${JSON.stringify(event.payload)}`);
});

export default { fetch: (request) => receive(request) };
