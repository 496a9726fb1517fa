/** A program whose compiler finds no types of Node. */

import { fetchWebhook, type LiveDocument, RealtimeClient, WebhookReceiver } from '@smarterservices/realtime';

const client = new RealtimeClient({ url: 'http://localhost:3000', token: () => 'your-jwt-token' });
const note: LiveDocument = client.sync.watch('notes', 'n1');
note.on('change', ({ data, revision }) => client.socketClient.publish('notes', 'changed', { data, revision }));

export const webhook = fetchWebhook(new WebhookReceiver('whsec_your_secret'), ({ event }) => event.topic);

export async function follow(): Promise<void> {
  await using _client = client;
  for await (const { isLocal } of note) if (isLocal) return;
}
