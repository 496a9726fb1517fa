/** The memory of answers that `fetch` reads. `tests/rest/budget.rs` has the same for the addon. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AnswerBudget } from '../../lib/engines/javascript/requests/budget.js';
import { Ledger } from '../../lib/engines/javascript/requests/ledger.js';
import { createRequests } from '../../lib/engines/javascript/requests.js';
import { parseOptions } from '../../lib/options/client.js';

const GET = { method: 'GET', body: null, timeout: 30_000, repeatable: false, idempotencyKey: null, token: undefined };
const SIZE = 2 ** 20;
/** Room for a little more than two answers. */
const LIMIT = SIZE * 2.5;

test('no order of calls leads to a deadlock, and the limit holds', () => {
  const LARGEST = 150;
  for (let seed = 1; seed <= 300; seed += 1) {
    let state = seed;
    const random = (below) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const ledger = new Ledger(100);
    const running = new Map();
    const waiting = new Set();
    let held = 0;
    let opened = 0;
    const close = (account) => {
      held -= account.held;
      ledger.close(account);
      waiting.delete(account);
      running.delete(account);
    };
    while (opened < 60 || running.size > 0) {
      for (let next = ledger.grantNext(); next; next = ledger.grantNext()) {
        assert.ok(waiting.delete(next), 'it waited');
        held += next.asked;
      }
      assert.ok(held <= 100 + LARGEST && ledger.waiting === waiting.size, `seed ${seed}: ${held} held`);
      const idle = [...running.keys()].filter((account) => !waiting.has(account));
      assert.ok(running.size === 0 || idle.length > 0, `seed ${seed}: nobody can go on`);
      const chosen = idle[random(idle.length)];
      const what = random(10);
      const left = running.get(chosen);
      if (what < 4 && opened < 60) {
        const account = { held: 0, asked: 0 };
        const size = 1 + random(LARGEST);
        const first = 1 + random(size);
        running.set(account, size - first);
        ledger.ask(account, first);
        waiting.add(account);
        opened += 1;
      } else if (what < 6 && left > 0) {
        const more = 1 + random(left);
        running.set(chosen, left - more);
        ledger.ask(chosen, more);
        waiting.add(chosen);
      } else if (what === 6 && waiting.size > 0) close([...waiting][random(waiting.size)]);
      else if (chosen) close(chosen);
    }
    assert.deepEqual([held, ledger.waiting], [0, 0]);
  }
});

/**
 * A server, requests to it, and their budget.
 *
 * @param {import('node:test').TestContext} t
 * @param {http.RequestListener} listener
 */
async function serve(t, listener) {
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const { config } = parseOptions({ url, token: 'secret', autoConnect: false });
  const budget = new AnswerBudget(LIMIT);
  const requests = createRequests(config, budget);
  t.after(() => {
    requests.close();
    server.closeAllConnections();
    server.close();
  });
  return { budget, send: (path, more) => requests.send({ ...GET, path, ...more }) };
}

const text = (size) => JSON.stringify('x'.repeat(size - 2));

/** @param {AnswerBudget} budget @param {number} count */
async function untilWaiting(budget, count) {
  while (budget.state.waiting !== count) await setImmediate();
}

test('answers wait for room, and all of them arrive', async (t) => {
  const { budget, send } = await serve(t, ({ url }, response) => {
    const body = text(url === '/large' ? SIZE : 1000);
    response.writeHead(200, url === '/large' ? { 'content-length': body.length } : {}).end(body);
  });
  const sent = Array.from({ length: 12 }, () => send('/large').outcome);
  let most = 0;
  const small = send('/small').outcome.then(() => {
    most = Math.max(most, budget.state.waiting);
  });
  for (const outcome of await Promise.all(sent)) assert.equal(outcome.body.length, SIZE - 2);
  await small;
  const { peak, waiting } = budget.state;
  assert.ok(peak > SIZE && peak <= LIMIT, String(peak));
  assert.equal(waiting, 0);
});

test('an answer of unknown length takes its room step by step, and more than the budget if it is alone', async (t) => {
  const { budget, send } = await serve(t, (_, response) => response.writeHead(200).end(text(4 * SIZE)));
  const sent = Array.from({ length: 4 }, () => send('/unannounced').outcome);
  for (const outcome of await Promise.all(sent)) assert.equal(outcome.body.length, 4 * SIZE - 2);
  assert.ok(budget.state.peak <= LIMIT + 4 * SIZE, String(budget.state.peak));
});

test('a call that ends while it waits or reads returns its room', async (t) => {
  const { budget, send } = await serve(t, ({ url }, response) => {
    response.writeHead(200, { 'content-length': SIZE });
    if (url === '/stalled') response.write('"');
    else response.end(text(SIZE));
  });
  const stalled = send('/stalled');
  send('/stalled');
  // Both have room before the others ask for it.
  while (budget.state.peak < SIZE * 1.5) await setImmediate();
  const hasty = send('/large', { timeout: 300 });
  const cancelled = send('/large');
  const patient = send('/large');
  await untilWaiting(budget, 3);
  assert.equal((await hasty.outcome).failure.code, 'TIMEOUT');
  cancelled.cancel('ABORTED');
  assert.equal(await cancelled.outcome, 'ABORTED');
  stalled.cancel('ABORTED');
  assert.equal((await patient.outcome).body.length, SIZE - 2);
  assert.equal(budget.state.waiting, 0);
});

test('an answer passes when those with room do not arrive', async (t) => {
  const { budget, send } = await serve(t, ({ url }, response) => {
    response.writeHead(200, { 'content-length': SIZE });
    if (url === '/stalled') response.write('"');
    else response.end(text(SIZE));
  });
  send('/stalled');
  send('/stalled');
  while (budget.state.peak < SIZE * 1.5) await setImmediate();
  assert.equal((await send('/large').outcome).body.length, SIZE - 2);
});
