/** Which transport a dial uses, and how a session moves from long-polling to a WebSocket. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { UNTRIED } from '../../../../lib/engines/javascript/transport/endpoint.js';
import { probeDelay, recordProbe } from '../../../../lib/engines/javascript/transport/polling/upgrade.js';
import { dial, makeEndpoint } from '../../../support/dialled-link.js';
import { startHttpServer, startIoServer } from '../../../support/io-server.js';
import { startReverseProxy, upgrades } from '../../../support/reverse-proxy.js';

function defer() {
  /** @type {{ promise?: Promise<void>, resolve?: () => void }} */
  const deferred = {};
  deferred.promise = new Promise((resolve) => {
    deferred.resolve = resolve;
  });
  return deferred;
}

const kinds = (proxy) => proxy.requests.map(({ kind }) => kind);

for (const [name, upgrade] of Object.entries({
  'answers 400': upgrades.refuse(400),
  'answers 403 with a page of its own': upgrades.refuse(403, '<html>Forbidden</html>'),
  'answers 404': upgrades.refuse(404),
  'answers 426': upgrades.refuse(426),
  'answers 502': upgrades.refuse(502),
  'answers 200 without an upgrade': upgrades.refuse(200, 'welcome'),
  'cuts the connection': upgrades.cut,
}))
  test(`a proxy that ${name} to the upgrade: long-polling takes over within the dial`, async (t) => {
    const { io, url } = await startIoServer(t);
    const proxy = await startReverseProxy(t, url, upgrade);
    const endpoint = makeEndpoint({ url: proxy.url });
    const connected = once(io, 'connection');
    const dialled = dial(t, endpoint);
    const link = await dialled.join();
    const [socket] = await connected;
    assert.deepEqual([link.transport, socket.conn.transport.name], ['polling', 'polling']);
    assert.deepEqual(kinds(proxy).slice(0, 2), ['GET upgrade', 'GET polling']);
    link.drop();
    // The next dial remembers it.
    const before = proxy.requests.length;
    const again = dial(t, endpoint);
    await again.until(({ link }) => link);
    assert.equal(kinds(proxy)[before], 'GET polling');
  });

test('a proxy that lets nothing through after the upgrade: long-polling takes over after a while', async (t) => {
  const { url } = await startIoServer(t);
  const proxy = await startReverseProxy(t, url, upgrades.mute);
  const dialled = dial(t, { url: proxy.url });
  const link = await dialled.join();
  assert.equal(link.transport, 'polling');
  assert.equal(dialled.opened, 1);
});

for (const [status, body] of [
  [401, ''],
  [403, '{"error":"ForbiddenError"}'],
  [429, ''],
  [503, ''],
])
  test(`a server that answers ${status} has decided: no long-polling`, async (t) => {
    const { url } = await startIoServer(t);
    const proxy = await startReverseProxy(t, url, upgrades.refuse(status, body));
    const { error } = await dial(t, { url: proxy.url }).lost();
    assert.equal(error.status, status);
    assert.deepEqual(kinds(proxy), ['GET upgrade']);
  });

test('when both fail, the error says both', async (t) => {
  const both = await startHttpServer(
    t,
    (_request, response) => response.writeHead(404).end('no polling'),
    (_request, socket) => upgrades.refuse(502, 'bad gateway')(socket),
  );
  const first = await dial(t, { url: both.url }).lost();
  assert.deepEqual(
    [first.error.status, first.error.cause],
    [502, 'the other transport failed, too: HTTP 404'],
    'a 404 only says that there is no long-polling',
  );
  const { server, url } = await startHttpServer(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  const { error } = await dial(t, { url }).lost();
  assert.equal(error.code, 'NETWORK_ERROR');
  assert.match(error.cause, /^the other transport failed, too: connect ECONNREFUSED/);
});

test('without long-polling in the build there is no fallback', async (t) => {
  const { url } = await startIoServer(t);
  const proxy = await startReverseProxy(t, url, upgrades.refuse(404));
  const { error } = await dial(t, makeEndpoint({ url: proxy.url }, false)).lost();
  assert.deepEqual([error.status, kinds(proxy)], [404, ['GET upgrade']]);
});

test('probes for a WebSocket grow rarer', () => {
  const preference = { ...UNTRIED };
  assert.equal(probeDelay(preference, 5), 0);
  for (const minutes of [1, 2, 4, 8, 15, 15]) {
    recordProbe(preference, 1000);
    assert.equal(probeDelay(preference, 1000), minutes * 60_000);
  }
  assert.equal(probeDelay(preference, 1000 + 3_600_000), 0);
});

test('a session that has moved to a WebSocket: the next dial starts with one', async (t) => {
  const { url } = await startIoServer(t);
  const proxy = await startReverseProxy(t, url, (socket) => {
    proxy.upgrade = upgrades.pass;
    upgrades.refuse(404)(socket);
  });
  const endpoint = makeEndpoint({ url: proxy.url });
  const moving = dial(t, endpoint);
  const link = await moving.join();
  await moving.until(() => link.transport === 'websocket');
  link.drop();
  const before = proxy.requests.length;
  const again = await dial(t, endpoint).join();
  assert.deepEqual([again.transport, kinds(proxy)[before]], ['websocket', 'GET upgrade']);
});

test('a session moves to a WebSocket under load, and no packet is lost, doubled or reordered', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { io, url } = await startIoServer(t);
    const proxy = await startReverseProxy(t, url, upgrades.refuse(404));
    const connected = once(io, 'connection');
    // The dial falls back to long-polling. Its probe gets through in the middle of the load.
    const gate = defer();
    proxy.upgrade = (socket) => {
      proxy.upgrade = (...probe) => gate.promise.then(() => upgrades.pass(...probe));
      upgrades.refuse(404)(socket);
    };
    const moving = dial(t, { url: proxy.url });
    const link = await moving.join();
    const [socket] = await connected;

    const ups = [];
    socket.on('up', (n, bytes) => ups.push([n, bytes?.[0]]));
    const MIN = 2000;
    let sent = 0;
    let left = Infinity;
    // Packets are on their way before the probe gets through, during the move, and after it.
    await new Promise((resolve) => {
      const pump = () => {
        for (let n = 0; n < 20 && left > 0; n++, sent++, left--) {
          socket.emit('down', sent, Buffer.from([sent % 256]));
          link.send(`451-["up",${sent},{"_placeholder":true,"num":0}]`);
          link.send(new Uint8Array([sent % 256]));
        }
        if (sent === MIN) {
          assert.equal(link.transport, 'polling');
          gate.resolve();
        }
        if (link.transport === 'websocket') left = Math.min(left, MIN);
        if (left > 0) setImmediate(pump);
        else resolve(undefined);
      };
      pump();
    });
    const TOTAL = sent;
    await moving.until(({ frames }) => frames.length >= 2 + 2 * TOTAL);
    while (ups.length < TOTAL) await once(socket.conn, 'packet');
    assert.deepEqual(
      moving.frames
        .slice(2)
        .map((frame) => (typeof frame === 'string' ? Number(/,(\d+),/.exec(frame)?.[1]) : frame[0])),
      Array.from({ length: 2 * TOTAL }, (_, at) => (at % 2 ? ((at - 1) / 2) % 256 : at / 2)),
    );
    assert.deepEqual(
      ups,
      Array.from({ length: TOTAL }, (_, n) => [n, n % 256]),
    );
    await moving.until(() => link.transport === 'websocket');
    assert.deepEqual([link.canPing, socket.conn.transport.name, moving.opened], [true, 'websocket', 1]);
    // It is a whole WebSocket now.
    link.ping();
    await moving.until(() => link.pongs === 1);
    assert.equal(moving.loss, undefined);
    const gone = once(socket, 'disconnect');
    await link.close(1000, '', '41');
    assert.equal((await gone)[0], 'client namespace disconnect');
  }
});

test('a WebSocket that goes away before it takes over: the session stays with long-polling', async (t) => {
  const { io, url } = await startIoServer(t);
  const proxy = await startReverseProxy(t, url, upgrades.refuse(404));
  const probes = [];
  const connected = once(io, 'connection');
  const endpoint = makeEndpoint({ url: proxy.url });
  proxy.upgrade = (socket, request, port) => {
    if (probes.push(socket) === 1) upgrades.refuse(404)(socket);
    else {
      // Cut behind the answer to the probe.
      upgrades.pass(socket, request, port);
      const { write } = socket;
      socket.write = (data, ...rest) => {
        const isAnswer = Buffer.from(data).includes('3probe');
        const result = write.call(socket, data, ...rest);
        if (isAnswer) setImmediate(() => socket.destroy());
        return result;
      };
    }
  };
  const dialled = dial(t, endpoint);
  const link = await dialled.join();
  const [socket] = await connected;
  while (probes.length < 2 || !probes[1].destroyed) await new Promise((resolve) => setImmediate(resolve));
  const came = once(socket, 'up');
  link.send('42["up",1]');
  assert.equal((await came)[0], 1);
  socket.emit('down', 1);
  await dialled.frame((frame) => frame === '42["down",1]');
  assert.deepEqual([link.transport, dialled.loss], ['polling', undefined]);
});
