/** Peers that are gone without a word: frozen, cut off, or only busy. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { startPlatform } from '../support/local-platform.js';
import { enter } from '../support/member.js';
import { startMuteServer, startMuteServerProcess } from '../support/mute-server.js';
import { observe } from '../support/observed-client.js';
import { startPlatformProcess } from '../support/platform-process.js';
import { start } from '../support/program.js';

const PROTOCOLS = ['socket.io', 'ws'];
/** What is promised with the default heartbeat. */
const NOTICED = 5000;
const LOST = /^heartbeat timeout: nothing heard for (\d+) ms$/;

/** How long it takes until the loss is reported; the promise is held against it. */
async function noticed(t, { reached }, cause) {
  const since = performance.now();
  await cause();
  const { reason } = await reached('reconnecting');
  const took = Math.round(performance.now() - since);
  t.diagnostic(`noticed after ${took} ms: ${reason}`);
  assert.match(reason, LOST);
  assert.ok(took <= NOTICED, `${took} ms`);
}

for (const protocol of PROTOCOLS) {
  test(`${protocol}: a server that is frozen is noticed within 5 s, and found again when it wakes`, async (t) => {
    const { url, token, kill } = await startPlatformProcess(t);
    const observed = observe(t, { url, token, protocol });
    await observed.reached('connected');
    await noticed(t, observed, () => kill('SIGSTOP'));
    kill('SIGCONT');
    await observed.reached('connected', 2);
  });

  test(`${protocol}: heartbeat: false leaves it to the server's pings`, async (t) => {
    const platform = await startPlatform(t, { pingInterval: 300, pingTimeout: 300 });
    const { reached } = observe(t, { url: platform.url, token: platform.token(), protocol, heartbeat: false });
    await reached('connected');
    platform.faults.stopAnsweringPings();
    if (protocol === 'socket.io') assert.match((await reached('reconnecting')).reason, /^ping timeout/);
  });
}

for (const protocol of PROTOCOLS) {
  test(`${protocol}: a server that answers no WebSocket pings keeps its connection`, async (t) => {
    const { url, asked, close } = await startMuteServer(protocol);
    t.after(close);
    const { states } = observe(t, { url, token: 'none', protocol, heartbeat: { interval: 100, timeout: 200 } });
    await asked(20);
    assert.deepEqual(states(), ['connecting', 'connected']);
  });

  test(`${protocol}: heartbeat: false sends no pings of ours`, async (t) => {
    const { url, asked, pings, until, close } = await startMuteServer(protocol, { pingInterval: 50 });
    t.after(close);
    const { reached } = observe(t, { url, token: 'none', protocol, heartbeat: false });
    const first = asked(1).then(() => assert.fail('an application ping came'));
    await reached('connected');
    await Promise.race([first, until('pong', 20)]);
    assert.equal(pings(), 0);
  });

  test(`${protocol}: a server that answers no WebSocket pings is noticed within 5 s, too`, async (t) => {
    const { url, asked, kill } = await startMuteServerProcess(t, protocol);
    const observed = observe(t, { url, token: 'none', protocol });
    await asked;
    await noticed(t, observed, () => kill('SIGSTOP'));
    kill('SIGCONT');
    await observed.reached('connected', 2);
  });
}

test('a server that answers neither kind of ping is left to its own pings', async (t) => {
  const { url, asked, until, close } = await startMuteServer('socket.io', { answers: false, pingInterval: 200 });
  t.after(close);
  const { states } = observe(t, { url, token: 'none', heartbeat: { interval: 100, timeout: 200 } });
  await asked(1);
  await until('pong', 10);
  assert.deepEqual(states(), ['connecting', 'connected']);
});

test('a server that takes the application ping for a join is left again', async (t) => {
  const { url, io, until, close } = await startMuteServer('socket.io', { pingInterval: 100 });
  t.after(close);
  const visitors = [];
  io.of(/.*/).on('connection', (socket) => {
    visitors.push(once(socket, 'disconnect'));
    socket.emit('event', { id: 'x', topic: 't' });
  });
  const { states, events, errors } = observe(t, { url, token: 'none', heartbeat: { interval: 100, timeout: 100 } });
  await until('pong', 10);
  assert.equal(visitors.length, 1);
  assert.deepEqual(await visitors[0], ['client namespace disconnect', undefined]);
  assert.deepEqual([states(), events(), errors()], [['connecting', 'connected'], [], []]);
});

/** A server in a network of its own, whose packets can be swallowed. */
function isolate(t) {
  const name = `realtime-${process.pid}`;
  const device = `rt${process.pid}`.slice(0, 13);
  const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });
  // Of the network for documentation, so that runs at the same time, and what a killed one has
  // left, stay apart.
  const used = String(ip('-o', '-4', 'addr'));
  let part = process.pid % 64;
  for (let tries = 0; tries < 64 && used.includes(` 198.51.100.${4 * part + 1}/`); tries += 1) part = (part + 1) % 64;
  const [near, far] = [1, 2].map((number) => `198.51.100.${4 * part + number}`);
  ip('netns', 'add', name);
  t.after(() => ip('netns', 'del', name));
  assert.doesNotMatch(String(ip('route', 'get', far)), /^local/);
  ip('link', 'add', `${device}a`, 'type', 'veth', 'peer', 'name', `${device}b`, 'netns', name);
  ip('addr', 'add', `${near}/30`, 'dev', `${device}a`);
  ip('link', 'set', `${device}a`, 'up');
  ip('-n', name, 'addr', 'add', `${far}/30`, 'dev', `${device}b`);
  ip('-n', name, 'link', 'set', `${device}b`, 'up');
  return {
    host: far,
    prefix: ['ip', 'netns', 'exec', name],
    swallow: () => ip('-n', name, 'route', 'add', 'blackhole', `${near}/32`),
  };
}

test('a network that swallows packets is noticed within 5 s', async (t) => {
  let network;
  try {
    network = isolate(t);
  } catch (error) {
    return t.skip(`no network namespaces here: ${error.message.split('\n', 1)}`);
  }
  const { url, token } = await startPlatformProcess(t, network);
  const observed = observe(t, { url, token });
  await observed.reached('connected');
  await noticed(t, observed, network.swallow);
});

test('a proxy that swallows everything is noticed, and the way around it is found', async (t) => {
  const platform = await startPlatform(t);
  let swallowing = false;
  const proxy = net.createServer((near) => {
    const far = net.connect(platform.port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on('data', (data) => swallowing || to.write(data));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const url = `http://127.0.0.1:${proxy.address().port}`;
  const heartbeat = { interval: 100, timeout: 200 };
  const { reached } = observe(t, { url, token: platform.token(), heartbeat });
  await reached('connected');
  swallowing = true;
  const [, quiet] = LOST.exec((await reached('reconnecting')).reason);
  assert.ok(quiet >= 300, `${quiet} ms`);
  swallowing = false;
  await reached('connected', 2);
});

/**
 * The platform over a line whose uplink carries 320 kB/s, whatever the systems at both ends have
 * taken already.
 */
async function startSlowLine(t, platform) {
  const proxy = net.createServer((near) => {
    const far = net.connect(platform.port, '127.0.0.1');
    far.pipe(near);
    near.on('readable', () => {});
    const carrying = setInterval(() => {
      const carried = near.read(Math.min(32_000, near.readableLength));
      if (carried) far.write(carried);
    }, 100);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => {});
      one.on('close', () => {
        clearInterval(carrying);
        other.destroy();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  return `http://127.0.0.1:${proxy.address().port}`;
}

for (const protocol of PROTOCOLS) {
  test(`${protocol}: a large message over a slow line does not cost the connection`, async (t) => {
    const platform = await startPlatform(t);
    const url = await startSlowLine(t, platform);
    const heartbeat = { interval: 100, timeout: 200 };
    const { socketClient, reached, all } = await enter(t, platform, { protocol, url, heartbeat });
    await reached('connected');
    // Two seconds of that line.
    await socketClient.publish('lobby', 'large', 'x'.repeat(640_000));
    assert.deepEqual(
      all('connection').map(({ state }) => state),
      ['connecting', 'connected'],
    );
  });
}

test('a quiet server that is well keeps its connection', async (t) => {
  const platform = await startPlatform(t);
  const heartbeat = { interval: 100, timeout: 2000 };
  const clients = PROTOCOLS.map((protocol) =>
    observe(t, { url: platform.url, token: platform.token(), protocol, heartbeat }),
  );
  await Promise.all(clients.map(({ reached }) => reached('connected')));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  for (const { states } of clients) assert.deepEqual(states(), ['connecting', 'connected']);
});

test('a blocked JavaScript thread does not cost the connection, whether events pile up or not', async (t) => {
  const platform = await startPlatform(t);
  const program = (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token, heartbeat: { interval: 100, timeout: 1500 } });
    client.subscribe({ topic: 't' });
    client.on('connection', ({ state, reason }) => console.log(reason === undefined ? state : `${state}: ${reason}`));
    client.on('event', ({ payload }) => {
      if (payload.n === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000);
      if (payload.n === 19_999) client.destroy();
    });
    console.log('ready');
  };
  const { ended } = start(t, program, [platform.url, platform.token()]);
  await platform.subscribed('t');
  // More than the client takes in: it stops reading, so that it cannot hear the server any more.
  for (let n = 0; n < 20_000; n++) {
    platform.publish({ topic: 't', payload: { n, text: 'x'.repeat(1000) } });
    // The server has to stay alive itself.
    if (n % 500 === 0) await setImmediate();
  }
  const { stdout, stderr, code } = await ended;
  assert.deepEqual([stdout, stderr, code], [['ready', 'connecting', 'connected'], '', 0]);
});

test('a client that was frozen itself asks before it gives up', { skip: process.platform === 'win32' }, async (t) => {
  const platform = await startPlatform(t);
  const program = (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token, heartbeat: { interval: 100, timeout: 300 } });
    client.subscribe({ topic: 't' });
    client.on('connection', ({ state }) => console.log(state));
    client.on('event', () => client.destroy());
  };
  const { ended, printed, kill } = start(t, program, [platform.url, platform.token()]);
  await printed('connected');
  await platform.subscribed('t');
  kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  kill('SIGCONT');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  platform.publish({ topic: 't' });
  assert.deepEqual((await ended).stdout, ['connecting', 'connected']);
});
