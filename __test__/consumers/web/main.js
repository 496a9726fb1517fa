/** What is bundled for a page: gets an event and verifies a webhook, prints both, and ends. */

import { RealtimeClient, signWebhook, WebhookReceiver } from '@smarterservices/realtime';

// Not `process.env`: Vite replaces that.
const { env } = globalThis.process;
const { REALTIME_URL: url, REALTIME_TOKEN: token } = env;
const body = JSON.stringify({ id: 'evt_1', topic: 't', source: 'socket', type: 'x', payload: {}, metadata: {} });
const { event } = new WebhookReceiver('secret').verify(body, signWebhook(body, 'secret'));
const client = new RealtimeClient({ url, token });
if (client.engine !== 'javascript') throw new Error(client.engine);
client.once('event', ({ payload }) => {
  console.log(event.id, payload.status);
  client.destroy();
});
client.subscribe({ topic: 'session.status' });
