/** What is bundled: gets an event and verifies a webhook, prints both, and exits by itself. */

import { RealtimeClient, signWebhook, WebhookReceiver } from '@smarterservices/realtime';

const body = JSON.stringify({ id: 'evt_1', topic: 't', source: 'socket', type: 'x', payload: {}, metadata: {} });
const { event } = new WebhookReceiver('secret').verify(body, signWebhook(body, 'secret'));
const client = new RealtimeClient({ url: process.env.REALTIME_URL, token: process.env.REALTIME_TOKEN });
client.once('event', ({ payload }) => {
  console.log(event.id, payload.status);
  client.destroy();
});
client.subscribe({ topic: 'session.status' });
