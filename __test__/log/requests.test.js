/** What the log says about requests and their tokens: the same over both engines. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startLeakyServer } from '../support/leaky-server.js';
import { logRecords } from '../support/log-records.js';

const DOCUMENT = '{"id":"d","revision":1,"data":{"x":1}}';

/**
 * A client of a server that answers with these statuses in turn.
 *
 * @param {import('node:test').TestContext} t
 * @param {number[]} statuses
 * @param {string} level
 */
async function startWith(t, statuses, level) {
  const url = await startLeakyServer(t, {
    onRequest: (_, response) => {
      const status = statuses.shift() ?? 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? DOCUMENT : '{"error":"E","message":"no"}');
    },
  });
  const log = logRecords();
  const { handler } = log;
  const client = new RealtimeClient({ url, token: () => 'a.token', autoConnect: false, log: { level, handler } });
  t.after(() => client.destroy());
  return { client, log };
}

test('a request is logged with its status and duration, and each retry before it', async (t) => {
  const { client, log } = await startWith(t, [503, 200], 'rest=debug');
  await client.sync.get('s', 'd');
  assert.deepEqual(log.lines(), ['rest warn retrying', 'rest debug done']);
  const [retrying, done] = log.records.map(({ fields }) => fields);
  const call = { method: 'GET', path: '/api/sync/s/documents/d' };
  const { retryIn, reason, ...rest } = retrying;
  assert.deepEqual(rest, { ...call, attempt: 1, code: 'SERVER_ERROR', status: 503 });
  assert.ok(Number.isInteger(retryIn));
  assert.match(`${reason}`, /^the server answered 503/);
  const { ms, ...more } = done;
  assert.deepEqual(more, { ...call, status: 200 });
  assert.ok(Number.isInteger(ms) && Number(ms) >= 0);
});

test('a failed request is logged with the code, and a refused token with what follows', async (t) => {
  const { client, log } = await startWith(t, [401, 404], 'rest=debug,auth=debug');
  await assert.rejects(client.sync.get('s', 'd'));
  assert.deepEqual(log.lines(), [
    'auth debug asking for a token',
    'auth debug token received',
    'rest warn failed',
    'auth debug asking for a token',
    'auth debug token received',
    'rest warn failed',
  ]);
  assert.deepEqual(
    log.records.map(({ fields }) => fields.reason ?? fields.status).filter((reason) => /^[a-z]+$/.test(`${reason}`)),
    ['request', 'request', 'refused', 'refused'],
  );
  assert.deepEqual(
    log.records.filter(({ part }) => part === 'rest').map(({ fields }) => [fields.status, fields.code]),
    [
      [401, 'AUTH_FAILED'],
      [404, 'NOT_FOUND'],
    ],
  );
});

test('bodies appear at the level trace, cut', async (t) => {
  const { client, log } = await startWith(t, [200], 'rest=trace');
  await client.sync.create('s', { text: 'x'.repeat(1000) });
  assert.deepEqual(log.lines(), ['rest trace sending', 'rest debug done', 'rest trace answer']);
  const [{ fields: sent }, , { fields: answer }] = log.records;
  assert.ok(`${sent.body}`.startsWith('{"data":{"text":"xxx') && `${sent.body}`.length < 300);
  assert.equal(answer.body, DOCUMENT);
});

test('a token function that fails is logged, without the cause', async (t) => {
  const log = logRecords();
  const { handler } = log;
  const token = () => {
    throw new Error('the vault is sealed');
  };
  const client = new RealtimeClient({ url: 'http://127.0.0.1:9', token, autoConnect: false, log: { handler } });
  t.after(() => client.destroy());
  await assert.rejects(client.sync.get('s', 'd'));
  const { level, part, fields } = await log.seen('no token received');
  assert.deepEqual([level, part, fields.code], ['warn', 'auth', 'TOKEN_PROVIDER_FAILED']);
  assert.ok(!JSON.stringify(log.records).includes('vault'));
});
