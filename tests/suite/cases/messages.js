/** Channels, presence and binary data. */

import { equal, errorOf, ok } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

const REPORTS = ['message', 'direct', 'presence'];

/** Two clients in the channel `lobby`. */
async function meet(kit, options) {
  const platform = await kit.platform();
  const both = [kit.observed(platform, options), kit.observed(platform, options)];
  const [ada, ben] = both.map(({ client, log }) => ({
    client,
    log,
    received: kit.log(client.socketClient, REPORTS),
  }));
  for (const { client, log } of [ada, ben]) {
    await connected(log);
    await client.socketClient.joinChannel('lobby');
  }
  return { platform, ada, ben };
}

export const messages = [
  {
    name: 'messages reach the channel and one connection',
    async body(kit) {
      const { ada, ben } = await meet(kit);
      const { id } = await ada.client.socketClient.publish('lobby', 'greeting', { text: 'hello' });
      const message = await ben.received.seen('message');
      equal([message.id, message.event, message.data], [id, 'greeting', { text: 'hello' }]);
      equal(message.from, ada.client.socketClient.id, 'from');
      await ben.client.socketClient.directMessage(message.from, 'answer', [1, 2]);
      const { event, data } = await ada.received.seen('direct');
      equal([event, data], ['answer', [1, 2]]);
    },
  },
  {
    name: 'a refusal rejects the call',
    async body(kit) {
      const platform = await kit.platform();
      const token = await platform.call('token', { permissions: ['client'] });
      const { socketClient } = kit.client(platform, { token });
      equal((await errorOf(socketClient.publish('lobby', 'mine'))).code, 'MESSAGE_DENIED');
    },
  },
  {
    name: 'messages wait for a connection, in order',
    async body(kit) {
      const { ada, ben } = await meet(kit);
      ada.client.disconnect();
      const sent = [1, 2, 3].map((n) => ada.client.socketClient.publish('lobby', 'count', n));
      equal(ada.client.stats().outboxMessages, 3, 'outboxMessages');
      ada.client.connect();
      await Promise.all(sent);
      await ben.received.seen('message', undefined, 3);
      equal(
        ben.received.all('message').map(({ data }) => data),
        [1, 2, 3],
      );
    },
  },
  {
    name: 'presence says who is there, comes and goes',
    async body(kit) {
      const { platform, ada, ben } = await meet(kit);
      const roster = ada.client.socketClient.presence('lobby');
      const id = ben.client.socketClient.id;
      for (const member of [ada.client.socketClient.id, id]) {
        await ada.received.seen('presence', ({ type, socketId }) => type === 'join' && socketId === member);
      }
      equal([...roster.keys()].sort(), [ada.client.socketClient.id, id].sort());
      ben.client.disconnect();
      await ada.received.seen('presence', ({ type, socketId }) => type === 'leave' && socketId === id);
      equal([...roster.keys()], [ada.client.socketClient.id]);
      await platform.call('connected', 1);
      equal(
        (await ada.client.socketClient.members('lobby')).map(({ socketId }) => socketId),
        [...roster.keys()],
      );
    },
  },
  {
    name: 'binary data stays binary',
    async body(kit) {
      const { ada, ben } = await meet(kit);
      const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
      await ada.client.socketClient.publish('lobby', 'image', { name: 'a', parts: [bytes, new Uint8Array()] });
      const { data } = await ben.received.seen('message');
      ok(data.parts[0] instanceof Uint8Array, 'the data is a Uint8Array');
      equal(data, { name: 'a', parts: [bytes, new Uint8Array()] });
    },
  },
];
