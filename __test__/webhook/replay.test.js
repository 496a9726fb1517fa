/** verifyAsync: each delivery is accepted once, until it is released. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { MemoryReplayStore, signWebhook, WebhookReceiver, WebhookVerificationError } from '../../lib/index.js';

const NOW = 1_767_225_600_000;
const BODY = JSON.stringify({ id: 'evt_1', topic: 'a', type: 'b', payload: {} });
const SCHEMES = ['realtime', 'standard-webhooks', 't-v1'];

const sign = (options) => signWebhook(BODY, ['new', 'old'], { id: 'msg_1', timestamp: NOW, ...options });
const receive = (options) => new WebhookReceiver(['new', 'old'], { clock: () => NOW, ...options });

function isReplayed(error, handled = false) {
  assert.ok(error instanceof WebhookVerificationError);
  assert.deepEqual([error.code, error.handled], ['REPLAYED', handled]);
  return true;
}

const isDuplicate = (error) => isReplayed(error, true);

for (const scheme of SCHEMES) {
  test(`${scheme}: a repeat is refused`, async () => {
    const receiver = receive();
    const headers = sign({ scheme });
    const delivery = await receiver.verifyAsync(BODY, headers);
    assert.deepEqual(delivery, receiver.verify(BODY, headers));
    await assert.rejects(receiver.verifyAsync(BODY, headers), isReplayed);
    await assert.rejects(receiver.verifyAsync(Buffer.from(BODY), new Headers(headers)), isReplayed);
  });

  test(`${scheme}: of many at the same time one is accepted`, async () => {
    const receiver = receive();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => receiver.verifyAsync(BODY, sign({ scheme }))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  test(`${scheme}: a further attempt with a new signature is rejected until the first is released`, async () => {
    const receiver = receive();
    const attempt = (seconds) => receiver.verifyAsync(BODY, sign({ scheme, timestamp: NOW + seconds * 1000 }));
    const first = await attempt(0);
    await assert.rejects(attempt(1), isReplayed);
    await receiver.release(first);
    const third = await attempt(2);
    await receiver.release(first);
    await assert.rejects(attempt(3), isReplayed, 'a delivery is released once');
    await receiver.release(third);
    await receiver.verifyAsync(BODY, sign({ scheme }));
  });
}

for (const scheme of SCHEMES) {
  test(`${scheme}: a repeat after complete() is a duplicate, also with a new signature`, async () => {
    const receiver = receive();
    const attempt = (seconds) => receiver.verifyAsync(BODY, sign({ scheme, timestamp: NOW + seconds * 1000 }));
    const first = await attempt(0);
    await assert.rejects(attempt(0), isReplayed);
    await receiver.complete(first);
    await assert.rejects(attempt(0), isDuplicate);
    await assert.rejects(attempt(1), isDuplicate);
    await receiver.release(first);
    await assert.rejects(attempt(0), isDuplicate, 'what is complete is not released');
  });
}

test('an attempt that carries the id of a handled delivery is not marked as handled itself', async () => {
  const receiver = receive();
  await receiver.complete(await receiver.verifyAsync(BODY, sign()));
  const body = BODY.replace('evt_1', 'evt_2');
  const other = signWebhook(body, 'new', { id: 'msg_2', timestamp: NOW });
  // The id is not signed: somebody who saw the delivery may send it with another one first.
  await assert.rejects(receiver.verifyAsync(body, { ...other, 'x-webhook-id': 'msg_1' }), isDuplicate);
  await assert.rejects(receiver.verifyAsync(body, other), isReplayed);
  const retry = signWebhook(body, 'new', { id: 'msg_2', timestamp: NOW + 1 });
  assert.equal((await receiver.verifyAsync(body, retry)).event.id, 'evt_2');
});

test('complete() without claims, or with a store that has no such method, does nothing', async () => {
  const held = new Map();
  const replayStore = {
    claim: (id) => !held.has(id) && held.set(id, true),
    release: (id) => void held.delete(id),
  };
  const receiver = receive({ replayStore });
  await receiver.complete(receiver.verify(BODY, sign()));
  await receiver.complete(await receiver.verifyAsync(BODY, sign()));
  assert.equal(held.size, 2);
  await assert.rejects(receiver.verifyAsync(BODY, sign()), isReplayed);
  assert.throws(() => receive({ replayStore: { ...replayStore, complete: true } }), {
    code: 'INVALID_ARGUMENT',
    message: /^WebhookReceiver\(\): options\.replayStore\.complete: expected a function/,
  });
});

test('a repeat with another id, or fewer or other signatures, is still a repeat', async () => {
  for (const scheme of ['realtime', 't-v1']) {
    const receiver = receive();
    const headers = sign({ scheme });
    await receiver.verifyAsync(BODY, headers);
    const time = headers['x-webhook-timestamp'] ?? `t=${NOW / 1000}`;
    const signatures = headers['x-webhook-signature'].match(/[0-9a-f]{64}/g);
    assert.equal(signatures.length, 2);
    for (const signature of [...signatures, [...signatures].reverse().join()]) {
      const hex = scheme === 't-v1' ? `${time},v1=${signature.replace(',', ',v1=')}` : `${signature}`;
      const repeat = { ...headers, 'x-webhook-id': 'other', 'x-webhook-signature': hex };
      assert.equal(receiver.verify(BODY, repeat).id, 'other');
      await assert.rejects(receiver.verifyAsync(BODY, repeat), isReplayed);
    }
  }
  // The same signature means the same in both.
  const receiver = receive();
  const headers = sign({ timestamp: NOW / 1000 });
  await receiver.verifyAsync(BODY, headers);
  const [signature] = headers['x-webhook-signature'].split(',');
  const other = { 'x-webhook-signature': `t=${NOW / 1000},v1=${signature}` };
  assert.equal(receiver.verify(BODY, other).scheme, 't-v1');
  await assert.rejects(receiver.verifyAsync(BODY, other), isReplayed);
});

test('a store is asked to remember as long as the timestamp is accepted', async () => {
  const calls = [];
  const replayStore = {
    async claim(id, expiresAt) {
      calls.push(['claim', id, expiresAt]);
      return true;
    },
    async complete(id, expiresAt) {
      calls.push(['complete', id, expiresAt]);
    },
    async release(id) {
      calls.push(['release', id]);
    },
  };
  const receiver = receive({ replayStore, toleranceMs: 1000 });
  const headers = sign();
  const delivery = await receiver.verifyAsync(BODY, headers);
  const signed = createHash('sha256').update(`${headers['x-webhook-timestamp']}.${BODY}`).digest('hex');
  await receiver.release(delivery);
  assert.deepEqual(calls.splice(0), [
    ['claim', `signed:${signed}`, NOW + 1001],
    ['claim', 'id:msg_1', NOW + 1001],
    ['release', `signed:${signed}`],
    ['release', 'id:msg_1'],
  ]);
  await receiver.complete(await receiver.verifyAsync(BODY, headers));
  assert.deepEqual(calls.splice(2), [
    ['complete', `signed:${signed}`, NOW + 1001],
    ['complete', 'id:msg_1', NOW + 1001],
  ]);
});

test('only what is accepted is claimed', async () => {
  const replayStore = { claim: () => assert.fail('claimed'), release: () => assert.fail('released') };
  const receiver = receive({ replayStore });
  const headers = sign();
  await assert.rejects(receiver.verifyAsync(`${BODY} `, headers), { code: 'SIGNATURE_MISMATCH' });
  await assert.rejects(receiver.verifyAsync(BODY, {}), { code: 'MISSING_HEADER' });
  await receiver.release(receiver.verify(BODY, headers));
});

test('a store that fails accepts nothing', async () => {
  const failure = new Error('no connection');
  for (const claim of [
    () => Promise.reject(failure),
    () => {
      throw failure;
    },
  ])
    await assert.rejects(receive({ replayStore: { claim, release() {} } }).verifyAsync(BODY, sign()), failure);
  for (const claim of [() => false, () => null, () => {}, async () => 0])
    await assert.rejects(receive({ replayStore: { claim, release() {} } }).verifyAsync(BODY, sign()), isReplayed);
});

test('receivers that share a store know a repeat while their secrets are changed, whichever they have', async () => {
  const secrets = [['old'], ['new', 'old'], ['old', 'new'], ['new']];
  for (const scheme of ['realtime', 't-v1']) {
    const replayStore = new MemoryReplayStore({ clock: () => NOW });
    const [first, ...others] = secrets.map((each) => new WebhookReceiver(each, { clock: () => NOW, replayStore }));
    const headers = sign({ scheme });
    await first.verifyAsync(BODY, headers);
    for (const receiver of others)
      await assert.rejects(receiver.verifyAsync(BODY, { ...headers, 'x-webhook-id': 'other' }), isReplayed);
  }
});

test('a store that fails in the middle keeps nothing of the delivery', async () => {
  const failure = new Error('no connection');
  const held = new Set();
  let failing = true;
  const replayStore = {
    async claim(id) {
      if (failing && id.startsWith('id:')) throw failure;
      return !held.has(id) && held.add(id);
    },
    async release(id) {
      held.delete(id);
      if (failing) throw new Error('again');
    },
  };
  const receiver = receive({ replayStore });
  await assert.rejects(receiver.verifyAsync(BODY, sign()), failure);
  assert.deepEqual([...held], []);
  failing = false;
  await receiver.verifyAsync(BODY, sign());
  await assert.rejects(receiver.verifyAsync(BODY, sign()), isReplayed);
  assert.equal(held.size, 2);
});

test('a claim that was made although the store failed is given back', async () => {
  const failure = new Error('the answer was lost');
  for (const kind of ['signed:', 'id:']) {
    const held = new Set();
    let failing = true;
    const replayStore = {
      async claim(id) {
        const isNew = !held.has(id) && held.add(id);
        if (failing && id.startsWith(kind)) throw failure;
        return isNew;
      },
      release: (id) => void held.delete(id),
    };
    const receiver = receive({ replayStore });
    await assert.rejects(receiver.verifyAsync(BODY, sign()), failure);
    assert.deepEqual([...held], []);
    failing = false;
    await receiver.verifyAsync(BODY, sign());
  }
});

test('what is refused for its id cannot come in under another one', async () => {
  const receiver = receive();
  await receiver.verifyAsync(BODY, sign());
  const attempt = sign({ timestamp: NOW + 1000 });
  await assert.rejects(receiver.verifyAsync(BODY, attempt), isReplayed);
  await assert.rejects(receiver.verifyAsync(BODY, { ...attempt, 'x-webhook-id': 'other' }), isReplayed);
});
