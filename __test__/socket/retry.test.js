/** Messages whose answer does not come: time limits, lost connections, and `retry`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { enter, failure, observeMember, PROTOCOLS } from '../support/member.js';
import { startScriptedServer } from '../support/scripted-server.js';

const PUBLISH = 'channel:publish';

for (const protocol of PROTOCOLS) {
  // Soon, although nothing else happens on the connection.
  test(`${protocol}: an answer that does not come is a TIMEOUT, and uncertain`, { timeout: 10_000 }, async (t) => {
    const server = await startScriptedServer(t);
    const { all, reached, socketClient } = observeMember(t, { url: server.url, token: 't', protocol });
    // Before that, nothing is uncertain: the messages would wait for the connection.
    await reached('connected');
    for (const retry of [false, true]) {
      const error = await failure(socketClient.publish('lobby', 'e', {}, { timeout: 20, retry }));
      const { code, channel, uncertain, retryable } = error;
      assert.deepEqual([code, channel, uncertain, retryable], ['TIMEOUT', 'lobby', true, true]);
    }
    socketClient.publish('lobby', 'e', {}, { timeout: 20 });
    await failure(socketClient.directMessage('x', 'e', {}, { timeout: 40 }));
    assert.deepEqual(
      all('error').map(({ code, channel, uncertain }) => [code, channel, uncertain]),
      [['TIMEOUT', 'lobby', true]],
    );
  });

  test(`${protocol}: without retry, a message that was not answered is lost with its connection`, async (t) => {
    const server = await startScriptedServer(t);
    const { reached, socketClient } = observeMember(t, { url: server.url, token: 't', protocol });
    const call = socketClient.publish('lobby', 'once');
    await server.received(PUBLISH);
    server.drop();
    const { code, channel, uncertain, message } = await failure(call);
    assert.deepEqual([code, channel, uncertain], ['NETWORK_ERROR', 'lobby', true]);
    assert.match(message, /may have been received/);
    await reached('connected', 2);
    const last = socketClient.publish('lobby', 'last', {}, { timeout: 1000 });
    await server.received(PUBLISH, 2);
    assert.deepEqual(
      server.asked(PUBLISH).map(({ body, session }) => [body.event, session]),
      [
        ['once', 0],
        ['last', 1],
      ],
    );
    server.drop();
    await failure(last);
  });

  test(`${protocol}: with retry it is sent again with its id, before later ones, until it is answered`, async (t) => {
    let lost = 0;
    const server = await startScriptedServer(t, {
      answer: (verb, { id }) => (verb === PUBLISH && lost === 2 ? { id } : undefined),
    });
    const member = observeMember(t, {
      url: server.url,
      token: 't',
      protocol,
      reconnectionDelay: 100,
      reconnectionDelayMax: 100,
    });
    const { socketClient } = member;
    const call = socketClient.publish('lobby', 'again', { n: 1 }, { retry: true });
    let later;
    while (lost < 2) {
      await server.received(PUBLISH, lost + 1);
      server.drop();
      await member.reached('reconnecting', ++lost);
      if (lost === 2) later = socketClient.publish('lobby', 'later');
    }
    const { id } = await call;
    await later;
    assert.deepEqual(
      server.asked(PUBLISH).map(({ body, session }) => [body.event, body.id === id, session]),
      [
        ['again', true, 0],
        ['again', true, 1],
        ['again', true, 2],
        ['later', false, 2],
      ],
    );
    assert.deepEqual(server.asked(PUBLISH)[2].body, { channel: 'lobby', event: 'again', id, data: { n: 1 } });
    assert.equal(member.realtime.stats().outboxBytes, 0);
  });

  test(`${protocol}: what is sent again is received once`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol, channels: ['lobby'] });
    platform.faults.stopAnsweringPings(); // the sender hears no answer from now on
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const call = sender.socketClient.publish('lobby', 'once', {}, { retry: true });
    const message = await receiver.seen('message');
    await platform.faults.dropAll();
    assert.deepEqual(await call, { id: message.id });

    await platform.joined('lobby', 2);
    platform.faults.repeat(1); // as a server does that does not know it any more
    await sender.socketClient.publish('lobby', 'end');
    await receiver.seen('message', ({ event }) => event === 'end');
    assert.equal(receiver.all('message').length, 2);
    assert.equal(receiver.realtime.stats().droppedRepeats, 1);
  });
}
