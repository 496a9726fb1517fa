/** What is bundled for a page that needs topics alone. */

import { RealtimeClient } from '@smarterservices/realtime/core';

// Not `process.env`: Vite replaces that.
const { env } = globalThis.process;
const { REALTIME_URL: url, REALTIME_TOKEN: token } = env;
const client = new RealtimeClient({ url, token });
client.once('event', ({ payload }) => {
  console.log('evt_1', payload.status);
  client.destroy();
});
client.subscribe({ topic: 'session.status' });
