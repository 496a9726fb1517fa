/** How a client comes back: when, how often, and when not. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const attempts = ({ changes }) =>
  changes()
    .filter(({ state }) => state === 'reconnecting')
    .map(({ attempt, retryIn }) => ({ attempt, retryIn }));

test('each attempt is announced with its number and when it is made', async (t) => {
  const options = { reconnectionDelay: 20, reconnectionDelayMax: 50, randomizationFactor: 0, reconnectionAttempts: 4 };
  const observed = observe(t, { url: 'http://127.0.0.1:1', token: 't', ...options });
  await observed.reached('disconnected');
  assert.deepEqual(attempts(observed), [
    { attempt: 1, retryIn: 20 },
    { attempt: 2, retryIn: 40 },
    { attempt: 3, retryIn: 50 },
    { attempt: 4, retryIn: 50 },
  ]);
  assert.equal(observed.changes().at(-1).attempt, undefined);
  assert.equal(observed.errors().at(-1).code, 'RECONNECT_FAILED');
});

test('the delays grow while connections die young, and the attempts start again', async (t) => {
  const platform = await startPlatform(t);
  const options = { reconnectionDelay: 5, reconnectionDelayMax: 40, randomizationFactor: 0 };
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  for (let count = 1; count <= 5; count++) {
    await observed.reached('connected', count);
    await platform.faults.dropAll();
  }
  await observed.reached('connected', 6);
  assert.deepEqual(
    attempts(observed),
    [5, 10, 20, 40, 40].map((retryIn) => ({ attempt: 1, retryIn })),
  );
});

test('clients that lose their connections together do not come back together', async (t) => {
  const platform = await startPlatform(t);
  const options = { url: platform.url, token: platform.token(), reconnectionDelay: 200, reconnectionDelayMax: 200 };
  const clients = Array.from({ length: 40 }, () => observe(t, options));
  await Promise.all(clients.map(({ reached }) => reached('connected')));
  await platform.faults.dropAll();
  const delays = await Promise.all(clients.map(async ({ reached }) => (await reached('reconnecting')).retryIn));
  await Promise.all(clients.map(({ reached }) => reached('connected', 2)));
  // A quarter of the time without one of the 40 happens once in 100,000 runs.
  for (const quarter of [0, 1, 2, 3]) {
    const share = delays.filter((delay) => delay >= quarter * 50 && delay <= (quarter + 1) * 50);
    assert.ok(share.length > 0, `nobody in quarter ${quarter}: ${delays}`);
  }
});

for (const status of [429, 503]) {
  test(`Retry-After of a ${status} is waited for`, async (t) => {
    const platform = await startPlatform(t);
    platform.faults.refuseUpgrades({ status, headers: { 'retry-after': '1' }, body: { message: 'later' }, times: 1 });
    const { seen, reached } = observe(t, { url: platform.url, token: platform.token() });
    const since = performance.now();
    const error = await seen('error');
    assert.deepEqual([error.code, error.status, error.retryAfter], ['UPGRADE_REFUSED', status, 1000]);
    assert.match(error.message, /later/);
    const { retryIn } = await reached('reconnecting');
    assert.ok(retryIn >= 1000 && retryIn <= 1040, `${retryIn} ms`);
    await reached('connected');
    assert.ok(performance.now() - since >= 1000);
  });
}

test('Retry-After may be a date', async (t) => {
  const platform = await startPlatform(t);
  const headers = { 'retry-after': new Date(Date.now() + 30_000).toUTCString() };
  platform.faults.refuseUpgrades({ status: 503, headers });
  const { reached } = observe(t, { url: platform.url, token: platform.token() });
  const { retryIn } = await reached('reconnecting');
  assert.ok(retryIn > 28_000 && retryIn <= 30_040, `${retryIn} ms`);
});

for (const [status, state] of [
  [400, 'disconnected'],
  [404, 'disconnected'],
  [408, 'reconnecting'],
  [425, 'reconnecting'],
  [500, 'reconnecting'],
]) {
  test(`HTTP ${status} for the upgrade: ${state}, with what the server said`, async (t) => {
    const platform = await startPlatform(t);
    platform.faults.refuseUpgrades({ status, body: { error: 'X', message: 'because of that' }, times: 1 });
    // Without long-polling, which some of these refusals lead to.
    const options = { url: platform.url, token: platform.token(), transports: ['websocket'] };
    const { seen, reached, changes } = observe(t, options);
    const error = await seen('error');
    assert.deepEqual([error.code, error.status], ['UPGRADE_REFUSED', status]);
    assert.match(error.message, /because of that/);
    await reached(state);
    assert.equal(changes()[1].state, state);
    if (state === 'reconnecting') await reached('connected');
  });
}

/** A bare Socket.IO server that ends each session once. */
async function directive(t) {
  const server = http.createServer();
  const io = new Server(server);
  let connections = 0;
  io.on('connection', (socket) => {
    connections += 1;
    if (connections === 1) socket.disconnect();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { url: `http://127.0.0.1:${server.address().port}`, token: 't' };
}

test('a server that ends the session is obeyed, unless it is asked otherwise', async (t) => {
  const obedient = observe(t, await directive(t));
  assert.equal((await obedient.reached('disconnected')).reason, 'server disconnect');

  const stubborn = observe(t, { ...(await directive(t)), reconnectOnServerDisconnect: true });
  assert.equal((await stubborn.reached('reconnecting')).reason, 'server disconnect');
  await stubborn.reached('connected', 2);
});

test('there is never a second socket of one client', async (t) => {
  const platform = await startPlatform(t);
  let most = 0;
  platform
    .until(({ connections }) => {
      most = Math.max(most, connections.length);
      return false;
    })
    .catch(() => {});
  const { client, reached } = observe(t, { url: platform.url, token: platform.token(), reconnectionDelayMax: 10 });
  for (let count = 1; count <= 10; count++) {
    await reached('connected', count);
    if (count % 2 === 0) {
      await platform.faults.dropAll();
    } else {
      client.disconnect();
      client.connect();
      client.disconnect();
      client.connect();
    }
  }
  await reached('connected', 11);
  assert.equal(most, 1);
});
