/** Our client against the example of a Socket.IO server of one's own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBareServer } from '../../examples/bare-socket-io-server.js';
import { failure, observeMember } from '../support/member.js';

async function startServer(t) {
  const server = await startBareServer();
  t.after(() => server.close());
  return server;
}

const open = (t, { url }, names) => observeMember(t, { url, token: 'any' }, names);

test('channels, direct messages and topics work with a bare Socket.IO server', async (t) => {
  const server = await startServer(t);
  const [ada, ben] = [open(t, server), open(t, server, ['event', 'message', 'direct', 'connection'])];
  assert.deepEqual(await ben.socketClient.joinChannel('lobby'), { channel: 'lobby', memberCount: 1 });
  assert.deepEqual(await ada.socketClient.joinChannel('lobby'), { channel: 'lobby', memberCount: 2 });
  const { id } = await ada.socketClient.publish('lobby', 'bytes', { bytes: Buffer.from('x') });
  await ada.socketClient.publish('lobby', 'text', 'hello');
  await ada.socketClient.directMessage(ben.socketClient.id, 'secret', [1]);
  const from = ada.socketClient.id;
  const { timestamp, ...secret } = await ben.seen('direct');
  assert.deepEqual(secret, { id: secret.id, event: 'secret', data: [1], from });
  assert.equal(typeof timestamp, 'number');
  assert.deepEqual(
    ben.all('message').map(({ channel, event, data }) => [channel, event, data]),
    [
      ['lobby', 'bytes', { bytes: Buffer.from('x') }],
      ['lobby', 'text', 'hello'],
    ],
  );
  assert.equal(ben.all('message')[0].id, id);
  const nobody = await failure(ada.socketClient.directMessage('nobody', 'e'));
  assert.equal(nobody.code, 'NOT_FOUND');

  ben.realtime.subscribe({ topic: 'order.updated' });
  await ben.socketClient.joinChannel('lobby'); // answered after the subscription
  server.publish('order.updated', { n: 1 });
  assert.deepEqual((await ben.seen('event', ({ topic }) => topic === 'order.updated')).payload, { n: 1 });
});

test('presence is reported from its events, also after an outage', async (t) => {
  const server = await startServer(t);
  const ada = open(t, server);
  const seen = (type, member) => ada.seen('presence', (event) => event.type === type && event.socketId === member);
  await ada.socketClient.joinChannel('lobby');
  const ben = open(t, server, ['connection']);
  await ben.socketClient.joinChannel('lobby');
  const first = ben.socketClient.id;
  await seen('join', first);
  ben.realtime.disconnect();
  await seen('leave', first);
  ben.realtime.connect();
  await ben.reached('connected', 2);
  await seen('join', ben.socketClient.id);
  assert.deepEqual([...ada.socketClient.presence('lobby').keys()], [ben.socketClient.id]);
});
