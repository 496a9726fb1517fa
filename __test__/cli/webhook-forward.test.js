/** `realtime webhook forward`: deliveries reach an endpoint of this machine as they were sent. */

import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { signWebhook, verifyWebhook } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { runCommand, settingsOf, startCommand, startInTerminal } from '../support/realtime-command.js';
import { startTarget } from '../support/webhook-target.js';

const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==';
const isKind = (kind) => (record) => record.kind === kind;

/** The answer of the user's endpoint. */
const thank = (response) => response.writeHead(202, { 'x-target': 'mine' }).end('thanks');

/** A command that is registered at the platform. */
async function startForwarding(t, platform, target, args, env = {}) {
  const command = startCommand(t, ['webhook', 'forward', '--forward-to', target.url, ...args], {
    env: { ...settingsOf(platform), REALTIME_WEBHOOK_SECRET: SECRET, ...env },
  });
  const registered = await command.record(isKind('registered'));
  return { command, registered };
}

test('a delivery reaches the endpoint as it was signed, and its answer the platform', async (t) => {
  for (const scheme of ['realtime', 'standard-webhooks', 't-v1']) {
    const platform = await startPlatform(t);
    const target = await startTarget(t, thank);
    const { command, registered } = await startForwarding(t, platform, target, ['orders', '--scheme', scheme]);
    const [{ id, events, scheme: signedWith }] = platform.webhooks.endpoints;
    assert.deepEqual([id, events, signedWith], [registered.endpoint, ['orders'], scheme]);
    const event = platform.publish({ topic: 'orders', payload: { orderId: 7, text: 'é' } });
    const delivery = await command.record(isKind('delivery'));
    assert.deepEqual([delivery.status, delivery.id, delivery.topic, delivery.attempt], [202, event.id, 'orders', 1]);
    const [{ url, headers, body }] = target.requests;
    assert.equal(url, '/hooks?from=test');
    assert.deepEqual(verifyWebhook(body, headers, SECRET).event, event);
    assert.equal(headers['user-agent'], 'realtime-local');
    assert.equal(headers['x-webhook-event'], 'database.event');
    assert.equal(headers.host, new URL(target.url).host);
    assert.deepEqual([headers['content-type'], headers['content-length']], ['application/json', String(body.length)]);
    await platform.until(({ webhooks }) => webhooks.pending === 0);
    const [{ status, responseBody, deliveryId }] = platform.webhooks.logs;
    assert.deepEqual([status, responseBody], [202, 'thanks']);
    if (scheme !== 't-v1') assert.equal(delivery.deliveryId, deliveryId);
    command.kill('SIGINT');
    const { code, lines } = await command.ended;
    assert.equal(code, 0);
    const { kind, received, accepted } = JSON.parse(lines.at(-1));
    assert.deepEqual({ kind, received, accepted }, { kind: 'summary', received: 1, accepted: 1 });
    assert.deepEqual(platform.webhooks.endpoints, [], 'the endpoint is removed');
  }
});

test('headers keep their spelling and their order; those of the connection are replaced', async (t) => {
  const platform = await startPlatform(t);
  let received;
  const server = createServer((request, response) => {
    received = request.rawHeaders;
    response.writeHead(200, ['X-Answer', '1', 'x-answer', '2', 'Connection', 'close, X-Hop', 'X-Hop', '1']).end('ok');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const target = { url: `http://127.0.0.1:${server.address().port}/` };
  await startForwarding(t, platform, target, ['orders']);
  const [{ url }] = platform.webhooks.endpoints;
  const body = JSON.stringify({
    id: 'evt_1',
    topic: 'orders',
    source: 'socket',
    type: 't',
    payload: {},
    metadata: { timestamp: 1 },
  });
  const signed = Object.entries(signWebhook(body, SECRET)).map(([name, value]) => [name.toUpperCase(), value]);
  const own = [['X-Trace', 'a'], ...signed, ['x-trace', 'b']];
  const sent = [['Host', 'platform.example'], ['Connection', 'close, x-hop'], ['X-Hop', '1'], ...own];
  const answer = await new Promise((resolve, reject) => {
    request(
      url,
      { method: 'POST', headers: [...sent.flat(), 'Content-Length', String(Buffer.byteLength(body))] },
      resolve,
    )
      .on('error', reject)
      .end(body);
  });
  assert.equal(await text(answer), 'ok');
  const pairs = (raw) => raw.filter((_, index) => index % 2 === 0).map((name, index) => [name, raw[index * 2 + 1]]);
  const isOwn = ([name]) => !/^(?:host|connection|content-length|keep-alive)$/i.test(name);
  assert.deepEqual(pairs(received).filter(isOwn), own);
  const answered = pairs(answer.rawHeaders).filter(([name]) => /^x-/i.test(name));
  assert.deepEqual(answered, [
    ['X-Answer', '1'],
    ['x-answer', '2'],
  ]);
});

test('a refusal of the endpoint goes back to the platform, which repeats the delivery', async (t) => {
  const platform = await startPlatform(t, { webhookRetryDelay: 0 });
  const target = await startTarget(t, (response, count) =>
    response.writeHead(count === 1 ? 503 : 200, { 'retry-after': '0' }).end(),
  );
  const { command } = await startForwarding(t, platform, target, ['orders', '--count', '2']);
  platform.publish({ topic: 'orders', payload: {} });
  const { code, lines } = await command.ended;
  assert.equal(code, 0);
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    records.filter(isKind('delivery')).map(({ status, attempt }) => [status, attempt]),
    [
      [503, 1],
      [200, 2],
    ],
  );
  const { accepted, rejected } = records.at(-1);
  assert.deepEqual([accepted, rejected], [1, 1]);
});

test('an endpoint that is down or too slow is reported with the reason', async (t) => {
  const platform = await startPlatform(t, { webhookRetryDelay: 0 });
  const down = await startForwarding(t, platform, { url: 'http://127.0.0.1:1/hooks' }, ['orders']);
  platform.publish({ topic: 'orders', payload: {} });
  const { reason } = await down.command.record(isKind('delivery'));
  assert.match(reason, /ECONNREFUSED/);
  const isAnswered = ({ webhooks }) => webhooks.logs.some(({ status }) => status === 502);
  await platform.until(isAnswered);
  assert.match(platform.webhooks.logs[0].responseBody, /did not answer: connect ECONNREFUSED/);
  down.command.kill('SIGTERM');
  assert.equal((await down.command.ended).code, 0);
  const target = await startTarget(t, () => {});
  const impatient = await startPlatform(t, { webhookTimeout: 300 });
  const slow = await startForwarding(t, impatient, target, ['invoices', '--count', '1']);
  impatient.publish({ topic: 'invoices', payload: {} });
  const late = await slow.command.record(isKind('delivery'));
  assert.match(late.reason, /the sender did not wait/);
});

test('what is no delivery of the platform is refused, and not forwarded', async (t) => {
  const platform = await startPlatform(t);
  const target = await startTarget(t, thank);
  const { command, registered } = await startForwarding(t, platform, target, ['orders']);
  const [{ url }] = platform.webhooks.endpoints;
  assert.ok(url.startsWith(registered.origin));
  const post = (address, body) => fetch(address, { method: 'POST', body });
  assert.equal((await post(url, '{"id":"evt_1"}')).status, 401);
  const { code } = await command.record(isKind('refused'));
  assert.equal(code, 'MISSING_HEADER');
  assert.equal((await post(registered.origin, '{}')).status, 404);
  assert.equal((await fetch(url)).status, 404);
  assert.equal((await post(url, Buffer.alloc(16_000_001))).status, 413);
  command.kill('SIGINT');
  const { lines } = await command.ended;
  assert.equal(JSON.parse(lines.at(-1)).refused, 1);
  assert.deepEqual(target.requests, []);
});

test('a platform that forgets the endpoint gets it again', async (t) => {
  const platform = await startPlatform(t);
  const target = await startTarget(t, thank);
  const { command, registered } = await startForwarding(t, platform, target, ['orders', '--count', '1']);
  await platform.faults.goAway();
  await command.record(isKind('error'));
  await platform.faults.comeBack();
  platform.webhooks.remove(registered.endpoint);
  await command.record((record) => record.kind === 'registered' && record.endpoint !== registered.endpoint);
  platform.publish({ topic: 'orders', payload: {} });
  assert.equal((await command.ended).code, 0);
  assert.deepEqual(platform.webhooks.endpoints, []);
});

test('Ctrl-C waits for a delivery that has begun', async (t) => {
  const platform = await startPlatform(t);
  let answer;
  const target = await startTarget(t, (response) => {
    answer = () => response.writeHead(200).end();
  });
  const { command } = await startForwarding(t, platform, target, ['orders']);
  platform.publish({ topic: 'orders', payload: {} });
  await target.arrived(1);
  const [{ url }] = platform.webhooks.endpoints;
  command.kill('SIGINT');
  // It says so itself when it refuses what comes now.
  for (;;) {
    const { status } = await fetch(url, { method: 'POST', body: '{}' });
    if (status === 503) break;
  }
  answer();
  const { code, lines } = await command.ended;
  assert.deepEqual([code, JSON.parse(lines.at(-1)).accepted], [0, 1]);
  await platform.until(({ webhooks }) => webhooks.pending === 0);
  assert.deepEqual(
    platform.webhooks.logs.map(({ status }) => status),
    [200],
  );
});

test('without a secret there is a new one, which is shown on standard error alone', async (t) => {
  const platform = await startPlatform(t);
  const target = await startTarget(t, thank);
  const args = ['orders', '--count', '1'];
  const { command } = await startForwarding(t, platform, target, args, { REALTIME_WEBHOOK_SECRET: '' });
  const event = platform.publish({ topic: 'orders', payload: {} });
  const { code, stderr, lines } = await command.ended;
  assert.equal(code, 0);
  const [, secret] = /The secret of this run is (whsec_\S+)\. /.exec(stderr);
  assert.ok(!lines.join('').includes(secret));
  const [{ headers, body }] = target.requests;
  assert.deepEqual(verifyWebhook(body, headers, secret).event, event);
});

test('each failure has its exit code and says what to do', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const to = ['--forward-to', 'http://localhost:1'];
  for (const [args, variables, code, message] of [
    [['orders'], env, 2, /required option '--forward-to/],
    [['orders', '--forward-to', 'localhost:80'], env, 2, /--forward-to: expected an address/],
    [
      ['orders', ...to],
      { ...env, REALTIME_URL: 'https://platform.example' },
      2,
      /cannot reach this machine.*--public-url/,
    ],
    [['orders', ...to, '--port', 'x'], env, 2, /--port: expected a whole number/],
    [
      ['orders', ...to, '--port', String(platform.port)],
      env,
      2,
      /--port: this machine cannot listen there: .*EADDRINUSE/,
    ],
    [['x'.repeat(300), ...to], env, 1, /HTTP 400: .*events\[0\]/],
    [['orders', ...to], settingsOf(platform, ['client']), 4, /HTTP 403/],
    [['orders', ...to], { ...env, REALTIME_URL: 'http://127.0.0.1:1' }, 3, /Is the platform at/],
  ]) {
    const end = await runCommand(t, ['webhook', 'forward', ...args], { env: variables });
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`);
    assert.match(end.stderr, message);
  }
  assert.deepEqual(platform.webhooks.endpoints, []);
});

test('in a terminal, each delivery is a line, and Ctrl-C removes the endpoint', async (t) => {
  const platform = await startPlatform(t);
  const target = await startTarget(t, thank);
  const env = { ...settingsOf(platform), REALTIME_WEBHOOK_SECRET: SECRET };
  const args = ['webhook', 'forward', 'document.updated', 'orders', '--forward-to', target.url];
  const terminal = await startInTerminal(t, args, { env });
  await terminal.shows(/\* registered wh_\S+ for document\.updated, orders; it forwards to http/);
  platform.publish({ topic: 'orders', payload: {} });
  await terminal.shows(/-> 202\S* orders database\.event/);
  terminal.type('\u0003');
  const { code, screen } = await terminal.ended;
  assert.equal(code, 0);
  assert.match(screen, /1 delivery, 1 accepted, 0 not, 0 refused/);
  assert.ok(!screen.includes(SECRET));
  assert.deepEqual(platform.webhooks.endpoints, []);
});
