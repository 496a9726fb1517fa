/** `realtime resend`: events and deliveries of the local platform, and dead-letter files. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { verifyWebhook } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, runCommand, settingsOf, startCommand, startInTerminal } from '../support/realtime-command.js';
import { startTarget } from '../support/webhook-target.js';

const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==';
const isKind = (kind) => (record) => record.kind === kind;
const FILE = 'realtime-dead-letters.ndjson';
const isWindows = process.platform === 'win32';

test('the last events, and events by their IDs, come again with the same IDs', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const [first, second, third] = [1, 2, 3].map((n) => platform.publish({ topic: 'orders', payload: { n } }));
  const listener = startCommand(t, ['listen', 'orders', '--count', '3'], { env });
  await listener.record(isKind('subscribed'));
  const last = await runCommand(t, ['resend'], { env });
  assert.deepEqual(last.records(), [
    { kind: 'resent', id: third.id, topic: 'orders', type: 'database.update', receivers: 1 },
  ]);
  const named = await runCommand(t, ['resend', second.id, 'evt_unknown', first.id], { env });
  assert.equal(named.code, 5);
  assert.match(named.stderr, /evt_unknown: not among what the platform remembers/);
  assert.deepEqual(
    named.records().map(({ id }) => id),
    [second.id, first.id],
  );
  const { code, lines } = await listener.ended;
  assert.equal(code, 0);
  const events = lines.map((line) => JSON.parse(line)).filter(isKind('event'));
  assert.deepEqual(
    events.map(({ event }) => event),
    [third, second, first].map((event) => ({ ...event })),
  );
  const two = await runCommand(t, ['resend', '--last', '2', '--no-json'], { env });
  assert.deepEqual(
    two.lines.map((line) => /orders (\S+) to 0 clients/.exec(line)?.[1]),
    [second.id, third.id],
  );
});

test('a webhook delivery is sent again by its ID, as a new delivery', async (t) => {
  const platform = await startPlatform(t);
  const target = await startTarget(t);
  const { id: endpoint } = platform.webhooks.create({ url: target.url, secret: SECRET, events: ['orders'] });
  const { id } = platform.publish({ topic: 'orders', payload: {} });
  await platform.until(({ webhooks }) => webhooks.pending === 0);
  const [{ deliveryId }] = platform.webhooks.logs;
  const { code, records, stderr } = await runCommand(t, ['resend', deliveryId], { env: settingsOf(platform) });
  assert.equal(code, 0, stderr);
  const [again] = records();
  assert.deepEqual([again.of, again.webhookId, again.id], [deliveryId, endpoint, id]);
  await target.arrived(2);
  const [first, second] = target.requests;
  assert.deepEqual(second.body, first.body);
  assert.equal(verifyWebhook(second.body, second.headers, SECRET).id, again.deliveryId);
  assert.notEqual(again.deliveryId, deliveryId);
  const unknown = await runCommand(t, ['resend', 'whd_unknown'], { env: settingsOf(platform) });
  assert.equal(unknown.code, 5);
  platform.webhooks.deactivate(endpoint);
  const inactive = await runCommand(t, ['resend', deliveryId], { env: settingsOf(platform) });
  assert.deepEqual([inactive.code, /not active/.test(inactive.stderr)], [1, true]);
});

/** Dead letters of a `listen` whose endpoint was down. */
async function bury(t, platform, cwd, payloads, args = []) {
  const topics = [...new Set(payloads.map(([topic]) => topic))];
  const to = ['--forward-to', 'http://127.0.0.1:1/down', '--retries', '0', '--count', String(payloads.length)];
  const listener = startCommand(t, ['listen', ...topics, ...to, ...args], { env: settingsOf(platform), cwd });
  for (const topic of topics) await listener.record((record) => record.kind === 'subscribed' && record.topic === topic);
  const events = payloads.map(([topic, n]) => platform.publish({ topic, payload: { n } }));
  const { code, stderr } = await listener.ended;
  assert.equal(code, 7);
  for (const { id } of events) assert.match(stderr, new RegExp(`event ${id} of \\w was not delivered: .*${FILE}`));
  return events;
}

const lettersOf = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
/** What is beside the dead-letter file: locks and files that were moved. */
const strays = (cwd) => readdirSync(cwd).filter((name) => name !== FILE);

test('a dead-letter file is delivered in the order of each topic, signed, and removed', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const events = await bury(t, platform, cwd, [
    ['a', 1],
    ['b', 1],
    ['a', 2],
    ['a', 3],
    ['b', 2],
  ]);
  assert.equal(lettersOf(join(cwd, FILE)).length, 5);
  const target = await startTarget(t);
  const args = ['resend', '--dead-letters', FILE, '--forward-to', target.url, '--sign', SECRET];
  const { code, records, stderr } = await runCommand(t, args, { cwd });
  assert.equal(code, 0, stderr);
  const received = target.requests.map(({ body, headers }) => verifyWebhook(body, headers, SECRET));
  const of = (topic) => received.filter(({ event }) => event.topic === topic).map(({ event }) => event.payload.n);
  assert.deepEqual(
    [of('a'), of('b')],
    [
      [1, 2, 3],
      [1, 2],
    ],
  );
  assert.deepEqual(received.map(({ id }) => id).sort(), events.map(({ id }) => id).sort());
  const { kind, forwarded, remaining } = records().at(-1);
  assert.deepEqual({ kind, forwarded, remaining }, { kind: 'summary', forwarded: 5, remaining: 0 });
  assert.deepEqual(readdirSync(cwd), []);
  const none = await runCommand(t, args, { cwd });
  assert.equal(none.code, 2);
  assert.match(none.stderr, /there is no file realtime-dead-letters\.ndjson/);
});

test('where an event is refused, its topic stops, and what is left stays in the file', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const events = await bury(t, platform, cwd, [
    ['a', 1],
    ['a', 2],
    ['a', 3],
    ['b', 1],
  ]);
  writeFileSync(join(cwd, FILE), `${readFileSync(join(cwd, FILE), 'utf8')}not a letter\n`);
  const refused = new Set([events[1].id]);
  const arrivals = [];
  const server = createServer(async (request, response) => {
    const { id } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    arrivals.push(id);
    response.writeHead(refused.has(id) ? 422 : 200).end();
  });
  const target = await startTarget(t, undefined, {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/`;
  const args = ['resend', '--dead-letters', FILE, '--forward-to', url, '--retries', '1'];
  const first = await runCommand(t, args, { cwd });
  assert.equal(first.code, 7);
  const records = first.records();
  assert.deepEqual(
    records.filter(isKind('dead-letter')).map(({ id, reason, attempts }) => [id, reason, attempts]),
    [[events[1].id, 'HTTP 422', 2]],
  );
  const { forwarded, remaining, unreadable } = records.at(-1);
  assert.deepEqual([forwarded, remaining, unreadable], [2, 3, 1]);
  const left = readFileSync(join(cwd, FILE), 'utf8').split('\n');
  assert.deepEqual(
    left.slice(0, 2).map((line) => JSON.parse(line).event.id),
    [events[1].id, events[2].id],
  );
  assert.deepEqual(left.slice(2), ['not a letter', '']);
  if (!isWindows) assert.equal(statSync(join(cwd, FILE)).mode & 0o777, 0o600);
  assert.deepEqual(strays(cwd), []);
  refused.clear();
  // Without --forward-to: where they were meant to go.
  writeFileSync(
    join(cwd, FILE),
    readFileSync(join(cwd, FILE), 'utf8').replaceAll('http://127.0.0.1:1/down', target.url),
  );
  const second = await runCommand(t, ['resend', '--dead-letters', FILE], { cwd });
  assert.equal(second.code, 7);
  assert.deepEqual(
    target.requests.map(({ body }) => JSON.parse(body).id),
    [events[1].id, events[2].id],
  );
  assert.equal(readFileSync(join(cwd, FILE), 'utf8'), 'not a letter\n');
});

test('a listener goes on writing while its file is sent again, and no event is lost', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const env = settingsOf(platform);
  const to = ['--forward-to', 'http://127.0.0.1:1/down', '--retries', '0'];
  const listener = startCommand(t, ['listen', 'a', ...to], { env, cwd });
  await listener.record(isKind('subscribed'));
  const buried = ({ id }) => listener.record((record) => record.kind === 'dead-letter' && record.id === id);
  const first = platform.publish({ topic: 'a', payload: { n: 1 } });
  await buried(first);
  let answer;
  const begun = new Promise((resolve) => {
    answer = resolve;
  });
  const target = await startTarget(t, (response) => answer(() => response.writeHead(200).end()));
  const args = ['resend', '--dead-letters', FILE, '--forward-to', target.url];
  const resending = startCommand(t, args, { cwd });
  const respond = await begun;
  // The file is moved, and the listener begins another one.
  const second = platform.publish({ topic: 'a', payload: { n: 2 } });
  await buried(second);
  const busy = await runCommand(t, args, { cwd });
  assert.equal(busy.code, 2);
  assert.match(busy.stderr, /process \d+ sends this file again already/);
  respond();
  assert.equal((await resending.ended).code, 0);
  assert.deepEqual(
    lettersOf(join(cwd, FILE)).map(({ event }) => event.id),
    [second.id],
  );
  listener.kill('SIGINT');
  assert.equal((await listener.ended).code, 7);
  assert.deepEqual(strays(cwd), []);
});

test('after a process was killed, the next one takes up what it left', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const events = await bury(t, platform, cwd, [
    ['a', 1],
    ['a', 2],
  ]);
  const target = await startTarget(t, () => {});
  const killed = startCommand(t, ['resend', '--dead-letters', FILE, '--forward-to', target.url], { cwd });
  await target.arrived(1);
  killed.kill('SIGKILL');
  await killed.ended;
  assert.ok(!existsSync(join(cwd, FILE)));
  const later = await bury(t, platform, cwd, [['a', 3]]);
  const healthy = await startTarget(t);
  const args = ['resend', '--dead-letters', FILE, '--forward-to', healthy.url];
  const { code, stderr } = await runCommand(t, args, { cwd });
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    healthy.requests.map(({ body }) => JSON.parse(body).id),
    [...events, ...later].map(({ id }) => id),
  );
  assert.deepEqual(readdirSync(cwd), []);
});

test('a long file is replaced while it is sent, so that a killed process repeats little', async (t) => {
  const cwd = emptyDirectory(t);
  const letter = (n) => {
    const event = {
      id: `evt_${n}`,
      topic: 'a',
      source: 'socket',
      type: 't',
      payload: { n },
      metadata: { timestamp: n },
    };
    return `${JSON.stringify({ at: `2026-01-01T00:00:00.${String(n).padStart(3, '0')}Z`, url: 'http://x/', attempts: 1, reason: 'x', event })}\n`;
  };
  writeFileSync(join(cwd, FILE), Array.from({ length: 150 }, (_, n) => letter(n)).join(''));
  const target = await startTarget(t, (response, count) => count <= 120 && response.writeHead(200).end());
  const command = startCommand(t, ['resend', '--dead-letters', FILE, '--forward-to', target.url], { cwd });
  await target.arrived(121);
  assert.equal(lettersOf(join(cwd, `${FILE}.resending`)).length, 50);
  command.kill('SIGKILL');
  await command.ended;
  const healthy = await startTarget(t);
  const rest = startCommand(t, ['resend', '--dead-letters', FILE, '--forward-to', healthy.url], { cwd });
  assert.equal((await rest.ended).code, 0);
  assert.deepEqual(
    healthy.requests.map(({ body }) => JSON.parse(body).payload.n),
    Array.from({ length: 50 }, (_, index) => index + 100),
  );
});

test('Ctrl-C ends a retry, and the terminal shows where the rest is', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  await bury(t, platform, cwd, [
    ['a', 1],
    ['a', 2],
  ]);
  const target = await startTarget(t, (response) => response.writeHead(503, { 'retry-after': '30' }).end());
  const args = ['resend', '--dead-letters', join(cwd, FILE), '--forward-to', target.url];
  const terminal = await startInTerminal(t, args, {});
  await terminal.shows(/-> HTTP 503; again in 30000 ms/);
  terminal.type('\u0003');
  const { code, screen } = await terminal.ended;
  assert.equal(code, 7);
  assert.match(screen, /0 events forwarded, 2 still in /);
  assert.equal(lettersOf(join(cwd, FILE)).length, 2);
});

test('each failure has its exit code and says what to do', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  for (const [args, variables, code, message] of [
    [['evt_1', '--last', '2'], env, 2, /only one of them/],
    [['--last', '0'], env, 2, /--last: expected a whole number of at least 1/],
    [['--last', '1001'], env, 2, /remembers 1000 events/],
    [['--forward-to', 'http://localhost'], env, 2, /it goes with --dead-letters/],
    [['--dead-letters', 'x', '--forward-to', 'localhost:1'], env, 2, /--forward-to: expected an address/],
    [['--dead-letters', 'x', '--retries', 'x'], env, 2, /--retries: expected/],
    [[], { REALTIME_URL: 'http://127.0.0.1:1' }, 3, /Is the platform at/],
  ]) {
    const end = await runCommand(t, ['resend', ...args], { env: variables });
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`);
    assert.match(end.stderr, message);
  }
  const other = createServer((_request, response) => response.writeHead(404).end());
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const elsewhere = { REALTIME_URL: `http://127.0.0.1:${other.address().port}` };
  const { code, stderr } = await runCommand(t, ['resend'], { env: elsewhere });
  assert.equal(code, 5);
  assert.match(stderr, /Only the local platform sends again/);
});
