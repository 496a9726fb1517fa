/** Each fault of the local platform, as a client of either wire meets it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodeTest from 'node:test';
import { WebSocket } from 'ws';
import { connect, PROTOCOLS } from '../support/platform-client.js';

/** A fault that does not happen shows as something that is waited for in vain. */
const test = (name, run) => nodeTest.test(name, { timeout: 20_000 }, run);

let startLocalPlatform;
nodeTest.before(async () => {
  ({ startLocalPlatform } = await import('@smarterservices/realtime-local'));
});

async function start(t, options) {
  const platform = await startLocalPlatform({ waitTimeout: 60_000, ...options });
  t.after(() => platform.close());
  return platform;
}

async function subscribe(platform, protocol, topic = 't', options = {}) {
  const client = await connect(protocol, platform, { options });
  await client.request('subscribe', { topic });
  return client;
}

const ABRUPT = { 'socket.io': 'transport close', ws: 1006 };

test('dropAll: every client loses its connection without a goodbye, and may come again', async (t) => {
  const platform = await start(t);
  const clients = await Promise.all(PROTOCOLS.map((protocol) => subscribe(platform, protocol)));
  const polling = await subscribe(platform, 'socket.io', 't', { transports: ['polling'] });
  assert.equal(await platform.faults.dropAll(), 3);
  assert.deepEqual(platform.connections, []);
  assert.deepEqual(
    await Promise.all(clients.map(({ closed }) => closed)),
    PROTOCOLS.map((protocol) => ABRUPT[protocol]),
  );
  assert.match(await polling.closed, /^transport/);
  assert.equal((await fetch(`${platform.url}/health`)).status, 200);
  for (const protocol of PROTOCOLS) (await connect(protocol, platform)).close();
});

test('refuseUpgrades: the given answer, on both wires, for the given number of times', async (t) => {
  const platform = await start(t);
  const url = platform.url.replace('http', 'ws');
  const refusal = async (path) => {
    const socket = new WebSocket(url + path, { headers: { authorization: `Bearer ${platform.token()}` } });
    const [, response] = await once(socket, 'unexpected-response');
    const body = (await response.toArray()).join('');
    return { status: response.statusCode, body, retryAfter: response.headers['retry-after'] };
  };
  const body = { error: 'Busy', message: 'later' };
  platform.faults.refuseUpgrades({ status: 429, body, headers: { 'retry-after': '7' }, times: 2 });
  for (const path of ['/ws', '/socket.io/?EIO=4&transport=websocket']) {
    assert.deepEqual(await refusal(path), { status: 429, body: JSON.stringify(body), retryAfter: '7' });
  }
  for (const protocol of PROTOCOLS) (await connect(protocol, platform)).close();

  platform.faults.refuseUpgrades();
  assert.equal((await refusal('/ws')).status, 503);
  (await connect('socket.io', platform, { options: { transports: ['polling'], upgrade: false } })).close();
  platform.faults.acceptUpgrades();
  (await connect('ws', platform)).close();
  for (const [response, message] of [
    [{ status: 101 }, 'options.status: expected 300 to 599, got the number 101.'],
    [{ statsu: 503 }, "options.statsu is not an option. Did you mean 'status'?"],
    [503, 'expected an object such as { status: 503 }, got the number 503.'],
    [{ body: 5 }, 'options.body: expected a string, or an object to send as JSON, got the number 5.'],
    [{ times: '2' }, 'options.times: expected a number of at least 1, got a string.'],
    [{ headers: { 'a b': 'c' } }, 'options.headers.a b: HTTP does not allow this name or value.'],
    [{ headers: { 'retry-after': 7 } }, 'options.headers.retry-after: expected a string, got the number 7.'],
  ]) {
    const error = { name: 'ValidationError', message: `faults.refuseUpgrades(): ${message}` };
    assert.throws(() => platform.faults.refuseUpgrades(response), error);
  }
});

test('stopAnsweringPings: silence on an open connection, until the client gives up', async (t) => {
  const platform = await start(t, { pingInterval: 150, pingTimeout: 150 });
  const [heart, plain] = await Promise.all(PROTOCOLS.map((protocol) => subscribe(platform, protocol)));
  let heard = 0;
  const hear = () => {
    heard += 1;
  };
  plain.socket.on('message', hear).on('pong', hear).on('ping', hear);
  platform.faults.stopAnsweringPings();
  plain.socket.ping();
  plain.socket.send('{"type":"ping"}');
  platform.publish({ topic: 't' });

  assert.equal(await heart.closed, 'ping timeout');
  const later = await subscribe(platform, 'ws');
  later.socket.ping();
  await once(later.socket, 'pong');
  // Long enough for the platform to end the silent one, as it ends clients that do not answer.
  for (let pings = 0; pings < 3; pings += 1) await once(later.socket, 'ping');
  assert.equal(plain.socket.readyState, WebSocket.OPEN);
  assert.equal(heard, 0);
  await platform.faults.dropAll();
  assert.equal(await plain.closed, 1006);
});

/**
 * An Engine.IO session by long-polling, each request on a TCP connection of its own, as a client
 * without keep-alive has them.
 */
async function poll(platform) {
  const url = `${platform.url}/socket.io/?EIO=4&transport=polling`;
  const send = (query = '', body = undefined) => {
    const sent = request(url + query, {
      method: body ? 'POST' : 'GET',
      agent: false,
      headers: { connection: 'close' },
    });
    const answered = once(sent, 'response').then(async ([response]) => (await response.toArray()).join(''));
    const ended = once(sent, 'close').then(() => 'closed');
    sent.on('error', () => {});
    sent.end(body);
    return { sent, answered, ended, outcome: Promise.race([answered, ended]).catch(() => 'closed') };
  };
  const { sid } = JSON.parse((await send().answered).slice(1));
  const session = (body) => send(`&sid=${sid}`, body);
  await session(`40${JSON.stringify({ token: platform.token() })}`).answered;
  await session().answered; // CONNECT
  return Object.assign(session, { sid });
}

test('stopAnsweringPings: polling clients without keep-alive hear nothing either, on no connection', async (t) => {
  const platform = await start(t, { pingInterval: 150, pingTimeout: 150 });
  const session = await poll(platform);
  const waiting = session();
  await session('3').answered; // by now the platform has the poll as well
  platform.faults.stopAnsweringPings();
  const later = [session(), session('2'), session('42["subscribe",{"topic":"t"}]')];
  platform.publish({ topic: 't' });
  await platform.until(({ connections }) => connections.length === 0); // the platform has given it up
  const upgrade = connectTo(platform.port, '127.0.0.1');
  upgrade.write(
    `GET /socket.io/?EIO=4&transport=websocket&sid=${session.sid} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
      `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`,
  );
  const upgraded = Promise.race(['data', 'end', 'error', 'close'].map((event) => once(upgrade, event))).then(
    () => 'heard',
  );
  const fresh = await poll(platform); // time for an answer to come, and a client that is served
  assert.equal(await fresh('1').answered, 'ok'); // and closes the session
  for (const { outcome, sent } of [waiting, ...later]) {
    assert.equal(await Promise.race([outcome, 'silence']), 'silence');
    sent.destroy();
  }
  assert.equal(await Promise.race([upgraded, 'silence']), 'silence');
  upgrade.end();
  await upgraded; // the platform keeps nothing of a peer that is gone
});

test('delay: events arrive late and in order', async (t) => {
  const platform = await start(t);
  const clients = await Promise.all(PROTOCOLS.map((protocol) => subscribe(platform, protocol)));
  platform.faults.delay(60);
  const begun = performance.now();
  platform.publish({ topic: 't', id: 'late' });
  platform.faults.delay(0);
  platform.publish({ topic: 't', id: 'behind it' });
  for (const client of clients) {
    assert.equal((await client.events.next()).id, 'late');
    assert.ok(performance.now() - begun >= 59);
    assert.equal((await client.events.next()).id, 'behind it');
    client.close();
  }
  for (const delay of [-1, '5', Number.NaN, undefined]) {
    assert.throws(() => platform.faults.delay(delay), /^ValidationError: faults\.delay\(\): expected milliseconds/);
  }
});

test('repeat: the last events again, unchanged, for those who are subscribed now', async (t) => {
  const platform = await start(t);
  const former = ['1', '2', '3'].map((id) => platform.publish({ topic: 't', id, payload: { id } }));
  for (const protocol of PROTOCOLS) {
    const client = await connect(protocol, platform);
    await client.request('subscribe', { topic: 't', filter: { id: { in: ['1', '3'] } } });
    assert.deepEqual(platform.faults.repeat(2), former.slice(1));
    assert.deepEqual(await client.events.next(), former[2]);
    platform.faults.repeat(3);
    assert.deepEqual([await client.events.next(), await client.events.next()], [former[0], former[2]]);
    client.close();
  }
  assert.throws(() => platform.faults.repeat('1'), /faults\.repeat\(\): .+ got a string\./);
  assert.deepEqual(platform.faults.repeat(0), []);
  assert.deepEqual(platform.faults.repeat(), former.slice(2));
});

test('goAway and comeBack: nobody listens in between; port, secret and history stay', async (t) => {
  const platform = await start(t);
  const { url } = platform;
  const token = platform.token({ permissions: ['service'] });
  const clients = await Promise.all(PROTOCOLS.map((protocol) => subscribe(platform, protocol)));
  const event = platform.publish({ topic: 't', id: 'before' });
  for (const client of clients) await client.events.next();

  await platform.faults.goAway();
  assert.deepEqual(
    await Promise.all(clients.map(({ closed }) => closed)),
    PROTOCOLS.map((protocol) => ABRUPT[protocol]),
  );
  await assert.rejects(fetch(`${url}/health`), ({ cause }) => cause.code === 'ECONNREFUSED');
  await assert.rejects(connect('ws', platform), { code: 'ECONNREFUSED' });

  await platform.faults.comeBack();
  assert.equal(platform.url, url);
  for (const protocol of PROTOCOLS) {
    const client = await connect(protocol, platform, { token });
    await client.request('subscribe', { topic: 't' });
    platform.faults.repeat();
    assert.deepEqual(await client.events.next(), event);
    client.close();
  }
});

test('recovery: a session that was lost is taken up with what it missed', async (t) => {
  const platform = await start(t, { recovery: 60_000 });
  const reconnecting = { reconnection: true, reconnectionDelay: 1, randomizationFactor: 0 };
  const client = await subscribe(platform, 'socket.io', 't', reconnecting);
  platform.publish({ topic: 't', id: 'seen' });
  assert.equal((await client.events.next()).id, 'seen');
  await platform.faults.dropAll();
  platform.publish({ topic: 't', id: 'missed' });
  assert.equal((await client.events.next()).id, 'missed');
  assert.equal(client.socket.recovered, true);
  platform.publish({ topic: 't', id: 'live' });
  assert.equal((await client.events.next()).id, 'live');
  client.close();
});

test('subscribed: waits for as many subscriptions as asked for', async (t) => {
  const platform = await start(t);
  let ready = false;
  const both = platform.subscribed('t', 2).then(() => {
    ready = true;
  });
  const first = await subscribe(platform, 'ws');
  assert.equal(ready, false);
  const second = await subscribe(platform, 'socket.io');
  await both;
  first.close();
  second.close();
});

test('close: ends everything once, and rejects pending requests', async () => {
  const platform = await startLocalPlatform();
  const client = await connect('ws', platform);
  const told = assert.rejects(platform.subscribed('never'), /closed/);
  await Promise.all([platform.close(), platform.close()]);
  await told;
  assert.equal(await client.closed, 1006);
  await assert.rejects(connect('ws', platform), { code: 'ECONNREFUSED' });
});

test('tls: https and wss', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost';
  try {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile];
    execFileSync('openssl', ['req', ...request.split(' '), ...names], { stdio: 'ignore' });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return t.skip('needs openssl to make a certificate');
  }
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  const platform = await start(t, { tls: { key, cert } });
  assert.match(platform.url, /^https:/);
  for (const protocol of PROTOCOLS) {
    const client = await subscribe(platform, protocol, 't', {
      ca: cert,
      headers: { authorization: `Bearer ${platform.token()}` },
    });
    platform.publish({ topic: 't' });
    assert.equal((await client.events.next()).topic, 't');
    await platform.faults.dropAll();
    assert.equal(await client.closed, ABRUPT[protocol]);
  }
});
