/** Receives signed webhooks once each, stores them, and works them off in the background. */

import { expressWebhook, WebhookReceiver } from '@smarterservices/realtime';
import express from 'express';

const receiver = new WebhookReceiver(process.env.WEBHOOK_SECRET);

/** Use a database or a queue here: what is in memory is gone after a restart. */
const queue = [];

const app = express();
app.post(
  '/webhooks',
  expressWebhook(receiver, ({ event }) => {
    queue.push(event);
    setImmediate(workOff);
  }),
);
app.get('/health', (_request, response) => response.json({ queued: queue.length }));

function workOff() {
  const event = queue.shift();
  if (event !== undefined) console.log(`${event.topic} ${JSON.stringify(event.payload)}`);
}

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/webhooks`);
});
process.once('SIGTERM', () => server.close());
