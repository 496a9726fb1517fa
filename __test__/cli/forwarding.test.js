/** `realtime listen --forward-to`: nothing that was received is lost. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { verifyWebhook } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, settingsOf, startCommand } from '../support/realtime-command.js';

const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==';
const isKind = (kind) => (record) => record.kind === kind;

/**
 * An endpoint that answers as told, and keeps what it received.
 *
 * @param {import('node:test').TestContext} t
 * @param {(delivery: { path: string, event: any, count: number }) => number | undefined} answer a
 *   status, or undefined for no answer
 */
async function startEndpoint(t, answer) {
  const deliveries = [];
  const waiting = new Set();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const delivery = { path: request.url, headers: request.headers, body, event: JSON.parse(body) };
    deliveries.push(delivery);
    for (const check of waiting) check();
    const status = answer({ ...delivery, count: deliveries.length });
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const received = (count) =>
    new Promise((resolve) => {
      const check = () => deliveries.length >= count && resolve(undefined);
      waiting.add(check);
      check();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, deliveries, received };
}

/** @param {import('node:test').TestContext} t @param {string[]} args */
async function startListener(t, platform, args, cwd = emptyDirectory(t)) {
  const topics = args.filter((each) => /^[a-z]$/.test(each));
  const listener = startCommand(t, ['listen', ...args], { env: settingsOf(platform), cwd });
  for (const topic of topics) await listener.record((record) => record.kind === 'subscribed' && record.topic === topic);
  return listener;
}

test('each topic goes to its endpoint, signed so that a receiver accepts it', async (t) => {
  const platform = await startPlatform(t);
  for (const scheme of ['realtime', 'standard-webhooks', 't-v1']) {
    const endpoint = await startEndpoint(t, () => 204);
    const routes = ['--forward-to', `${endpoint.url}/all`, '--forward-to', `b=${endpoint.url}/b?x=1`];
    const signing = ['--sign', SECRET, '--scheme', scheme, '--count', '2'];
    const listener = await startListener(t, platform, ['a', 'b', ...routes, ...signing]);
    const a = platform.publish({ topic: 'a', payload: { n: 1 } });
    platform.publish({ topic: 'b', payload: { n: 2 } });
    assert.equal((await listener.ended).code, 0);
    assert.deepEqual(endpoint.deliveries.map(({ path, event }) => [path, event.topic]).sort(), [
      ['/all', 'a'],
      ['/b?x=1', 'b'],
    ]);
    for (const { body, headers, event } of endpoint.deliveries) {
      assert.deepEqual(verifyWebhook(body, headers, SECRET).event, event);
      assert.equal(headers['x-webhook-event'], event.type);
    }
    const first = endpoint.deliveries.find(({ event }) => event.topic === 'a');
    if (scheme !== 't-v1') assert.equal(verifyWebhook(first.body, first.headers, SECRET).id, a.id);
  }
});

test('a delivery is repeated until it is accepted; its topic waits, the others do not', async (t) => {
  const platform = await startPlatform(t);
  let refusals = 2;
  const endpoint = await startEndpoint(t, ({ event }) => {
    if (event.topic === 'b' || refusals === 0) return 200;
    refusals -= 1;
    return 503;
  });
  const listener = await startListener(t, platform, ['a', 'b', '--forward-to', endpoint.url, '--count', '3']);
  platform.publish({ topic: 'a', payload: { n: 1 } });
  platform.publish({ topic: 'a', payload: { n: 2 } });
  platform.publish({ topic: 'b', payload: { n: 3 } });
  const { code, lines } = await listener.ended;
  assert.equal(code, 0);
  assert.deepEqual(
    endpoint.deliveries.filter(({ event }) => event.topic === 'a').map(({ event }) => event.payload.n),
    [1, 1, 1, 2],
  );
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    records.filter(isKind('retry')).map(({ reason, attempt }) => [reason, attempt]),
    [
      ['HTTP 503', 1],
      ['HTTP 503', 2],
    ],
  );
  const forwarded = records.filter(isKind('forwarded'));
  assert.deepEqual(
    forwarded.map(({ topic }) => topic),
    ['b', 'a', 'a'],
  );
  assert.equal(records.at(-1).forwarded, 3);
});

test('what cannot be delivered is in the dead-letter file, and the next event follows', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const endpoint = await startEndpoint(t, ({ event }) => (event.payload.n === 1 ? 500 : 200));
  const args = ['a', '--forward-to', endpoint.url, '--retries', '0', '--dead-letters', 'dead.ndjson', '--count', '2'];
  const listener = await startListener(t, platform, args, cwd);
  const { id } = platform.publish({ topic: 'a', payload: { n: 1 } });
  platform.publish({ topic: 'a', payload: { n: 2 } });
  const { code, lines } = await listener.ended;
  assert.equal(code, 7);
  const file = join(cwd, 'dead.ndjson');
  const letters = readFileSync(file, 'utf8').trim().split('\n');
  assert.equal(letters.length, 1);
  const { event, reason, attempts, url } = JSON.parse(letters[0]);
  assert.deepEqual({ id: event.id, reason, attempts, url }, { id, reason: 'HTTP 500', attempts: 1, url: endpoint.url });
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(endpoint.deliveries.at(-1).event.payload.n, 2);
  const { forwarded, deadLetters } = JSON.parse(lines.at(-1));
  assert.deepEqual({ forwarded, deadLetters }, { forwarded: 1, deadLetters: 1 });
});

test('Ctrl-C tries what waits once more, and keeps the rest', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const endpoint = await startEndpoint(t, () => 500);
  const listener = await startListener(t, platform, ['a', '--forward-to', endpoint.url, '--retries', '100'], cwd);
  const ids = [1, 2, 3].map((n) => platform.publish({ topic: 'a', payload: { n } }).id);
  await listener.record((record) => record.kind === 'event' && record.event.id === ids[2]);
  await endpoint.received(1);
  listener.kill('SIGINT');
  assert.equal((await listener.ended).code, 7);
  const letters = readFileSync(join(cwd, 'realtime-dead-letters.ndjson'), 'utf8').trim().split('\n');
  assert.deepEqual(
    letters.map((line) => JSON.parse(line).event.id),
    ids,
  );
});

test('a dead-letter file that cannot be written ends the command', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('this system has no file that is always full');
  const platform = await startPlatform(t);
  const endpoint = await startEndpoint(t, () => 500);
  const args = ['a', '--forward-to', endpoint.url, '--retries', '0', '--dead-letters', '/dev/full'];
  const listener = await startListener(t, platform, args);
  const { id } = platform.publish({ topic: 'a', payload: {} });
  const { code, stderr, lines } = await listener.ended;
  assert.equal(code, 7);
  assert.match(stderr, new RegExp(`ENOSPC.*Event ${id} is in the output alone`));
  assert.ok(lines.some((line) => JSON.parse(line).event?.id === id));
});
