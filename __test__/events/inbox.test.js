/**
 * Handlers that are slower than the events: which events are kept or dropped, and that drops are
 * reported.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';
import { flood } from '../support/slow-user.js';

/** A server that gives a connection up after 700 ms without an answer to its ping. */
const STRICT = { pingInterval: 300, pingTimeout: 400 };
/** Several times that. */
const BLOCK = 3000;
/** How long a frame may be on its way, in milliseconds. */
const TRANSIT = 100;
const DROPPING = ['drop-oldest', 'drop-newest', 'latest'];

/** Nothing twice, nothing out of order, and whatever is missing lies within a gap of its topic. */
function assertAccountedFor({ numbers, missing, published, gaps }) {
  for (let at = 1; at < numbers.length; at++) assert.ok(numbers[at] > numbers[at - 1], `${numbers[at]} out of order`);
  for (const n of missing) {
    const { topic, at } = published[n];
    const tells = ({ since, until, subscriptions }) =>
      since - TRANSIT <= at && at <= until && subscriptions.some((each) => each.topic === topic);
    assert.ok(gaps.some(tells), `event ${n} of '${topic}' at ${at} is in no gap: ${JSON.stringify(gaps)}`);
  }
}

for (const overflow of DROPPING) {
  nativeTest('blocked')(`${overflow}: pings are answered throughout, and dropped events are reported`, async (t) => {
    const platform = await startPlatform(t, STRICT);
    const inbox = { maxEvents: 100, overflow };
    const books = await flood(t, platform, { options: { inbox }, count: 5000, topics: ['a', 'b', 'c'], block: BLOCK });
    assert.deepEqual([books.states, books.errors], [['connecting', 'connected'], []]);
    assertAccountedFor(books);
    const { missing, droppedOverflow, gaps, slow } = books;
    assert.ok(missing.length > 4000, `${missing.length} missing`);
    // Words of the end may have been dropped, too.
    assert.ok(droppedOverflow >= missing.length, `${droppedOverflow} dropped, ${missing.length} missing`);
    assert.deepEqual([...new Set(gaps.map(({ reason }) => reason))], ['slow consumer']);
    const [{ events, bytes, dropped, ...bounds }] = slow;
    assert.deepEqual(bounds, { maxEvents: 100, maxBytes: 8_388_608, overflow, after: bounds.after });
    assert.ok(events > 0 && events <= 100 && bytes > 0 && dropped >= 0, JSON.stringify(slow));
  });
}

nativeTest('blocked')(
  'drop-oldest keeps the newest, drop-newest the oldest, latest the newest of each topic',
  async (t) => {
    const topics = ['a', 'b', 'c', 'd'];
    const count = 4000;
    const run = async (overflow) => {
      const options = { inbox: { maxEvents: 160, overflow } };
      return flood(t, await startPlatform(t), { options, count, topics, block: 1500 });
    };
    const [oldest, newest, latest] = await Promise.all(DROPPING.map(run));

    // A sixteenth goes at a time; the words of the end take places as well.
    const tail = oldest.numbers.filter((n) => n > oldest.missing.at(-1));
    assert.ok(tail.length > 80 && tail.at(-1) === count - 1, `${tail.length}, the last is ${tail.at(-1)}`);

    const [first] = newest.missing;
    assert.ok(first >= 160 && first < 400, `the first that is missing is ${first}`);

    for (const topic of topics) {
      const last = latest.events.filter((event) => event.topic === topic).at(-1).n;
      assert.equal(last, count - topics.length + topics.indexOf(topic), topic);
    }
    for (const books of [oldest, newest, latest]) assertAccountedFor(books);
  },
);

test('a gap of drop-newest stands where the events are missing', async (t) => {
  const platform = await startPlatform(t);
  const inbox = { maxEvents: 20, overflow: 'drop-newest' };
  const { numbers, gaps } = await flood(t, platform, { options: { inbox }, count: 3000, each: 2, pause: 100 });
  assert.ok(gaps.length > 1, `${gaps.length} gaps`);
  const jumps = numbers.flatMap((n, at) => (at > 0 && n !== numbers[at - 1] + 1 ? [at] : []));
  for (const at of jumps)
    assert.ok(
      gaps.some(({ after }) => after === at),
      `no gap before event ${numbers[at]}`,
    );
});

for (const { name, protocol, server, inbox } of [
  { name: "by the server's pings", protocol: 'socket.io', server: STRICT, inbox: {} },
  { name: 'by maxPauseMs', protocol: 'socket.io', server: {}, inbox: { maxPauseMs: 300 } },
  { name: 'at once', protocol: 'socket.io', server: {}, inbox: { maxPauseMs: 0 } },
  { name: 'by maxPauseMs', protocol: 'ws', server: {}, inbox: { maxPauseMs: 300 } },
]) {
  nativeTest('blocked')(`disconnect over ${protocol}: too slow ${name}, then a gap`, async (t) => {
    const platform = await startPlatform(t, server);
    const options = { protocol, inbox: { maxEvents: 100, ...inbox } };
    const books = await flood(t, platform, { options, count: 20_000, block: BLOCK });
    assert.deepEqual([...new Set(books.reasons)], ['slow consumer']);
    assert.deepEqual([...new Set(books.errors.map(({ code }) => code))], ['SLOW_CONSUMER']);
    assert.match(
      books.errors[0].message,
      /^The client closed the connection: \d+ events \(\d+ bytes\) wait for their handlers, and the connection has not been read to its end for \d+ ms\. Do less/,
    );
    // What waited is delivered; nobody is asked for more before that.
    assert.ok(books.numbers.length >= 100 && books.missing.length > 0, `${books.missing.length} are missing`);
    assert.deepEqual(books.states.slice(0, 4), ['connecting', 'connected', 'reconnecting', 'connected']);
    assert.equal(books.droppedOverflow, 0);
    assertAccountedFor(books);
  });
}

test('disconnect: handlers that are too slow for a stream end the connection, then a gap', async (t) => {
  const platform = await startPlatform(t);
  const options = { inbox: { maxEvents: 100, maxPauseMs: 0 } };
  const books = await flood(t, platform, { options, count: 3000, each: 3 });
  assert.deepEqual([...new Set(books.reasons)], ['slow consumer']);
  assert.deepEqual([...new Set(books.errors.map(({ code }) => code))], ['SLOW_CONSUMER']);
  assert.ok(books.numbers.length >= 100 && books.missing.length > 0, `${books.missing.length} are missing`);
  assertAccountedFor(books);
});

nativeTest('blocked')('disconnect: a server that recovers sessions makes good for it', async (t) => {
  const platform = await startPlatform(t, { ...STRICT, recovery: 60_000 });
  const options = { inbox: { maxEvents: 100 } };
  const books = await flood(t, platform, { options, count: 3000, block: 2000 });
  assert.deepEqual([...new Set(books.reasons)], ['slow consumer']);
  assert.deepEqual([books.missing, books.gaps], [[], []]);
  assert.ok(books.recovered.slice(1).every(Boolean), `${books.recovered}`);
  assertAccountedFor(books);
});

test('disconnect: a short burst drops nothing and loses no connection', async (t) => {
  const platform = await startPlatform(t, STRICT);
  const books = await flood(t, platform, { options: { inbox: { maxEvents: 1 } }, count: 500 });
  assert.deepEqual([books.states, books.missing, books.gaps], [['connecting', 'connected'], [], []]);
});

test("'slow' overtakes what waits", async (t) => {
  const platform = await startPlatform(t);
  const inbox = { maxEvents: 320 };
  const { slow, numbers } = await flood(t, platform, { options: { inbox }, count: 300, block: 300, each: 5 });
  assert.equal(numbers.length, 300);
  const [{ after, events, overflow, dropped }, ...more] = slow;
  assert.deepEqual([overflow, dropped, more], ['disconnect', 0, []]);
  assert.ok(after <= 40 && events > 160, JSON.stringify(slow));
});

nativeTest('blocked')('a live document reads again when its events were dropped', async (t) => {
  const platform = await startPlatform(t);
  const program = async (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token, inbox: { maxEvents: 4, overflow: 'drop-newest' } });
    const gaps = new Set();
    client.on('gap', ({ dropped, subscriptions }) => {
      gaps.add(`${dropped > 0} ${subscriptions.length}`);
      check();
    });
    const live = client.sync.watch('notes', 'a');
    await live.ready();
    console.log('ready');
    process.stdin.once('data', () => {
      console.log('blocked');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    });
    const check = () => {
      if (live.data.n !== 50 || gaps.size === 0) return;
      console.log([...gaps].join());
      client.destroy();
      process.exit();
    };
    live.on('change', check);
  };
  platform.documents.create('notes', { id: 'a', data: { n: 0 } });
  const { printed, say, ended } = start(t, program, [platform.url, platform.token({ permissions: ['service'] })]);
  await printed('ready');
  await platform.subscribed('sync.notes.updated');
  say('');
  await printed('blocked');
  for (let n = 1; n <= 50; n++) platform.documents.merge('notes', 'a', { data: { n } });
  // The subscriptions are the document's own affair; what else was dropped, direct messages, would
  // be in no other gap.
  assert.deepEqual((await ended).stdout, ['ready', 'blocked', 'true 0']);
});
