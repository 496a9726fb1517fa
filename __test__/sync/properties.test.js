/**
 * Properties: whatever is written, the live document on the client becomes the document on the
 * server.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';

import { RealtimeClient } from '../../lib/index.js';
import { encode } from '../../lib/requests/json.js';

let platform;
let writer;
const watchers = {};

before(async () => {
  await startPlatform();
  const options = { url: platform.url, token: platform.token({ permissions: ['service'] }) };
  writer = new RealtimeClient({ ...options, autoConnect: false });
  for (const [mode, protocol] of [
    ['full', 'socket.io'],
    ['diff', 'ws'],
    ['both', 'socket.io'],
  ]) {
    // Their connections are short, which lets the delays grow.
    const reconnecting = { reconnectionDelay: 5, reconnectionDelayMax: 20, reconnectionAttempts: Infinity };
    watchers[mode] = new RealtimeClient({ ...options, protocol, ...reconnecting });
    watchers[mode].on('error', () => {});
  }
});

/**
 * At the same address as before: all documents are gone, and those that are created again begin at
 * revision 1.
 */
async function startPlatform() {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const port = platform === undefined ? 0 : Number(new URL(platform.url).port);
  await platform?.close();
  platform = await startLocalPlatform({ port, secret: 'the same' });
}

after(async () => {
  for (const client of [writer, ...Object.values(watchers)]) client.destroy();
  await platform.close();
});

const key = fc.oneof(
  // Few, so that the steps of a sequence meet; what is odd about others, the strings show.
  { weight: 9, arbitrary: fc.constantFrom('a', 'b', '', '__proto__', 'constructor', 'a/b', '~1', '0', '-', '\ud800') },
  { weight: 1, arbitrary: fc.string({ maxLength: 3, unit: 'binary' }) },
);
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    2 ** 53,
    2 ** 53 - 1,
    -(2 ** 53),
    0.1,
    1e300,
    5e-324,
    '',
    '\udc00',
    '\u0000',
  ),
  fc.string({ maxLength: 5, unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const { value, object } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('object'), fc.array(tie('value'), { maxLength: 3 })),
  // Not a dictionary of fast-check: that would take `__proto__` for the prototype.
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}));
const pointer = fc
  .array(key, { maxLength: 3 })
  .map((keys) => keys.map((each) => `/${each.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
const mutation = fc.oneof(
  fc.record({ op: fc.constantFrom('set', 'push'), path: pointer, value }),
  fc.record({ op: fc.constant('increment'), path: pointer, value: fc.integer() }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('merge'), data: object }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('mutate'),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('replace'), data: value }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'recreate', data: {} }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drop' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), data: object }) },
);

/** Mutations of places that do not exist are refused by the server: then nothing has changed. */
const unlessRefused = (promise) =>
  promise.catch((error) => assert.deepEqual([error.code, error.status], ['INVALID_ARGUMENT', 400]));

let documents = 0;
/** How many changes said that the server went back. */
let resets = 0;

/**
 * The pool of `fetch` may still hold a connection that the platform has closed. A read is then
 * repeated, a write is not.
 */
async function readAgain(id) {
  for (const { sync } of [writer, watchers.both]) await sync.get('p', id).catch(() => {});
}

/** Does what the step says. */
async function perform({ kind, data, mutations }, id, local) {
  const { sync } = local ? watchers.both : writer;
  if (kind === 'drop') {
    await platform.faults.dropAll();
    await readAgain(id);
  } else if (kind === 'restart') {
    await startPlatform();
    await readAgain(id);
    await writer.sync.create('p', data, id);
  } else if (kind === 'merge') await sync.merge('p', id, data);
  else if (kind === 'replace') await sync.replace('p', id, data);
  else if (kind === 'mutate') await unlessRefused(sync.mutate('p', id, mutations));
  else {
    await sync.delete('p', id);
    await sync.create('p', data, id);
  }
}

test('after any sequence of writes and lost connections, client and server have the same document', async () => {
  const property = fc.asyncProperty(
    object,
    fc.array(fc.tuple(step, fc.boolean()), { maxLength: 20, size: 'max' }),
    async (data, steps) => {
      const id = `d${++documents}`;
      await writer.sync.create('p', data, id);
      const lives = Object.entries(watchers).map(([returnMode, { sync }]) => sync.watch('p', id, { returnMode }));
      const told = lives.map((live) => {
        const changes = [];
        const tell = (change) => {
          changes.push(change);
          if (change.reset) resets += 1;
        };
        live.on('change', tell).on('delete', tell);
        return changes;
      });
      await Promise.all(lives.map((live) => live.ready()));
      for (const [each, local] of steps) await perform(each, id, local);
      const { data: expected, revision } = await writer.sync.get('p', id);
      for (const [index, live] of lives.entries()) {
        const isCurrent = () => live.revision === revision && isDeepStrictEqual(live.data, expected);
        while (!isCurrent()) await new Promise((resolve) => live.once('change', resolve));
        assert.equal(JSON.stringify(live.data).length, JSON.stringify(expected).length);
        const [...changes] = told[index];
        const rising = changes.every((each, n) => n === 0 || each.reset || each.revision >= changes[n - 1].revision);
        assert.ok(rising, `revisions ${changes.map((each) => each.revision)}`);
        live.close();
      }
    },
  );
  await fc.assert(property, { numRuns: 150 });
  assert.ok(resets > 0, 'a server that goes back never came about');
});

test('what is encoded is what JSON makes of it, for all JSON values', () => {
  fc.assert(
    fc.property(value, (data) => {
      assert.equal(encode(data, 'data'), JSON.stringify(data));
    }),
  );
});

/**
 * The value without what JSON leaves out or cannot tell: members that are undefined, and the sign
 * of zero.
 */
function plain(data) {
  if (Array.isArray(data)) return data.map(plain);
  if (typeof data !== 'object' || data === null) return data === 0 ? 0 : data;
  const members = Object.entries(data).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

test('any value either travels unchanged or is refused', () => {
  const kinds = { withBigInt: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true };
  const anything = fc.anything({ ...kinds, withNullPrototype: true, withBoxedValues: true });
  fc.assert(
    fc.property(anything, (data) => {
      let text;
      try {
        text = encode(data, 'data');
      } catch (error) {
        assert.equal(error.code, 'INVALID_ARGUMENT');
        return;
      }
      assert.deepStrictEqual(JSON.parse(text), plain(data));
    }),
    { numRuns: 1500 },
  );
});
