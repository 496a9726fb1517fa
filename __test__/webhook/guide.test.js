/**
 * The programs of the guides, run as they are printed; only what they listen on or are given is put
 * in.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { expressWebhook, fetchWebhook, MemoryReplayStore, signWebhook, WebhookReceiver } from '../../lib/index.js';
import { startRedis } from '../support/redis-server.js';
import { delivery, listening, post, SECRET } from '../support/webhook-endpoint.js';

const root = join(import.meta.dirname, '..', '..');
const blocks = Object.fromEntries(['webhooks', 'authentication'].map((name) => [name, programs(`docs/${name}.md`)]));
/** Inside the package, so that the programs can import it by its name. */
let folder = '';
const printed = [];

before((t) => {
  fs.mkdirSync(join(root, 'target'), { recursive: true });
  folder = fs.mkdtempSync(join(root, 'target', 'guide-'));
  process.env.WEBHOOK_SECRET = SECRET;
  process.env.WEBHOOK_SECRET_OLD = 'the old secret';
  t.mock.method(console, 'log', (...args) => printed.push(args));
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/**
 * The programs of a guide as JavaScript, by the heading they are under; a second one of a heading
 * has a 2 behind it.
 */
function programs(path) {
  const found = {};
  for (const section of fs.readFileSync(join(root, path), 'utf8').split(/^#+ /m)) {
    const heading = section.split('\n', 1)[0];
    for (const [index, [, program]] of [...section.matchAll(/```[jt]s\n([\s\S]*?)```/g)].entries())
      found[index === 0 ? heading : `${heading} ${index + 1}`] = withoutTypes(program);
  }
  return found;
}

/** Empty lines are for readers: esbuild would drop them, and some parts are replaced. */
function withoutTypes(program) {
  return /: Request\)/.test(program) ? transformSync(program, { loader: 'ts' }).code : program;
}

/** Takes a block, replaces a part of it, and returns where it lies as a module. */
function write(guide, heading, [from, to] = ['', '']) {
  const block = blocks[guide][heading];
  delete blocks[guide][heading];
  assert.ok(block?.includes(from), `docs/${guide}.md, ${heading}`);
  const file = join(folder, `${guide}-${heading.replace(/\W+/g, '-')}.mjs`);
  fs.writeFileSync(
    file,
    block.replace(from, () => to),
  );
  return file;
}

const load = (...args) => import(pathToFileURL(write(...args)));

/** Sends a delivery, and expects that it is handled and printed. */
async function assertHandled(url, sent = delivery()) {
  printed.length = 0;
  assert.equal((await post(url, sent)).status, 204);
  assert.deepEqual(printed, [['session.status', { status: 'active' }]]);
}

test('a receiver', async () => {
  const { body, headers } = delivery();
  globalThis.delivery = { rawBody: body, headers };
  const given = 'const { rawBody, headers } = globalThis.delivery;\nexport const { event }';
  const { event } = await load('webhooks', 'Webhooks', ['const { event }', given]);
  assert.equal(event.topic, 'session.status');
});

test('Express', async (t) => {
  const { app } = await load('webhooks', 'Express', ['app.listen(3000);', 'export { app };']);
  const url = `${await listening(t, app.listen(0, '127.0.0.1'))}webhooks`;
  const sent = delivery();
  await assertHandled(url, sent);
  assert.equal((await post(url, sent)).status, 200);
});

test('Express, by hand', async (t) => {
  const { app } = await load('webhooks', 'Express 2', ['app.listen(3000);', 'export { app };']);
  const url = `${await listening(t, app.listen(0, '127.0.0.1'))}webhooks`;
  const sent = delivery();
  await assertHandled(url, sent);
  const warnings = t.mock.method(console, 'warn', () => {});
  const { status, body } = await post(url, { ...sent, body: `${sent.body} ` });
  assert.deepEqual([status, body], [400, { error: 'SIGNATURE_MISMATCH' }]);
  assert.match(warnings.mock.calls[0].arguments[0], /Check that the secret is the one of this endpoint/);
});

test('a delivery is refused', async (t) => {
  const { POST } = await load('webhooks', 'A delivery is refused');
  const warnings = t.mock.method(console, 'warn', () => {});
  const { body, headers } = delivery({}, { timestamp: Date.now() - 9_999_000 });
  const url = 'http://localhost/webhooks';
  const response = await POST(new Request(url, { method: 'POST', body, headers }));
  assert.deepEqual([response.status, await response.json()], [400, { error: 'TIMESTAMP_EXPIRED' }]);
  const [code, where, message] = warnings.mock.calls[0].arguments;
  assert.deepEqual([code, where], ['TIMESTAMP_EXPIRED', url]);
  assert.match(message, /signed 2 h 46 min ago\./);
});

test('what the process prints about a refused delivery', async (t) => {
  const guide = fs.readFileSync(join(root, 'docs', 'webhooks.md'), 'utf8');
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const webhook = fetchWebhook(new WebhookReceiver('another'), assert.fail);
  await webhook(new Request('http://localhost/webhooks', { method: 'POST', ...delivery() }));
  const [message, { code }] = warn.mock.calls[0].arguments;
  assert.ok(guide.includes(`\n[${code}] RealtimeWarning: ${message}\n`), message);
});

test('the raw body kept by express.json()', async (t) => {
  const { default: express } = await import('express');
  globalThis.given = { app: express(), express };
  const given = 'const { app, express } = globalThis.given;\napp.use(';
  await load('webhooks', 'The raw body', ['app.use(', given]);
  const { app } = globalThis.given;
  app.post(
    '/webhooks',
    expressWebhook(new WebhookReceiver(SECRET), () => {}),
  );
  const url = `${await listening(t, app.listen(0, '127.0.0.1'))}webhooks`;
  assert.equal((await post(url, delivery())).status, 204);
});

test('Fastify', async (t) => {
  const { app } = await load('webhooks', 'Fastify', ['await app.listen({ port: 3000 });', 'export { app };']);
  await app.listen({ port: 0, host: '127.0.0.1' });
  await assertHandled(`${await listening(t, app.server)}webhooks`);
});

test("Node's http", async (t) => {
  const { server } = await load('webhooks', "Node's http", ['server.listen(3000);', 'export { server };']);
  const url = await listening(t, server.listen(0, '127.0.0.1'));
  await assertHandled(`${url}webhooks`);
  assert.equal((await fetch(url)).status, 404);
});

for (const [heading, pick] of [
  ['Next.js', ({ POST }) => POST],
  ['Request and Response: Hono, Bun, Deno', ({ default: { fetch } }) => fetch],
]) {
  test(heading, async () => {
    const webhook = pick(await load('webhooks', heading));
    printed.length = 0;
    const response = await webhook(new Request('http://localhost/webhooks', { method: 'POST', ...delivery() }));
    assert.equal(response.status, 204);
    assert.deepEqual(printed, [['session.status', { status: 'active' }]]);
  });
}

test('changing the secret', async () => {
  const { receiver } = await load('webhooks', 'Changing the secret', ['const receiver', 'export const receiver']);
  const { body } = delivery();
  for (const secret of [SECRET, 'the old secret']) {
    assert.equal(receiver.verify(body, signWebhook(body, secret)).event.topic, 'session.status');
  }
  assert.throws(() => receiver.verify(body, signWebhook(body, 'another')), { code: 'SIGNATURE_MISMATCH' });
});

test('replays, over Redis', async (t) => {
  process.env.REDIS_URL = await startRedis(t);
  const exported = ['replayStore: {', 'replayStore: globalThis.replayStore = {'];
  const file = write('webhooks', 'Replays', exported);
  fs.appendFileSync(file, 'export { receiver, redis };\n');
  const { receiver, redis } = await import(pathToFileURL(file));
  t.after(() => redis.disconnect());
  const store = globalThis.replayStore;

  const { body, headers } = delivery();
  const attempts = Array.from({ length: 10 }, () => receiver.verifyAsync(body, headers));
  const outcomes = await Promise.allSettled(attempts);
  const accepted = outcomes.filter(({ status }) => status === 'fulfilled');
  assert.equal(accepted.length, 1);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected'))
    assert.deepEqual([reason.code, reason.handled], ['REPLAYED', false]);
  await receiver.release(accepted[0].value);
  await receiver.complete(await receiver.verifyAsync(body, headers));
  await assert.rejects(receiver.verifyAsync(body, headers), { code: 'REPLAYED', handled: true });

  // What the store in memory does, this one does too.
  for (const each of [store, new MemoryReplayStore()]) {
    const expiresAt = Date.now() + 60_000;
    assert.equal(await each.claim('a', expiresAt), true);
    assert.equal(await each.claim('a', expiresAt), false);
    await each.release('a');
    assert.equal(await each.claim('a', expiresAt), true);
    await each.complete('a', expiresAt);
    await each.complete('never claimed', expiresAt);
    assert.equal(await each.claim('a', expiresAt), 'done');
    assert.equal(await each.claim('never claimed', expiresAt), true);
    assert.equal(await each.claim('past', Date.now() - 1000), true, 'an expiry in the past is no error');
  }
  const left = await redis.pttl('webhook:a');
  assert.ok(left > 50_000 && left <= 60_000, `${left}`);
});

test('testing', async () => {
  // The test runner does not start inside itself.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', write('webhooks', 'Testing')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  assert.match(stdout, /^# pass 2$/m);
});

test('tokens', async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'user-7', permissions: ['client'], exp: 1 };
  globalThis.token = `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;
  printed.length = 0;
  await load('authentication', 'Token helpers', ['const {', 'const { token } = globalThis;\nconst {']);
  const [first, expired, left, refresh] = printed;
  assert.deepEqual([first, expired, refresh], [['HS256', 'user-7', ['client']], [true], [true]]);
  assert.ok(left[0] < 0);
});

test('every program of the guides was run', () => {
  // The other one of this guide is compiled.
  assert.deepEqual(Object.keys(blocks.authentication), ['Authentication']);
  assert.deepEqual(blocks.webhooks, {});
});
