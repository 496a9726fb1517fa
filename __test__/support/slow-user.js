/** A user in its own process whose handlers block the thread, with a log of what it received. */

import { setImmediate, setTimeout } from 'node:timers/promises';

import { start } from './program.js';

/** Runs in that process. Prints its log after the last event, with every reported drop. */
function use(RealtimeClient, options, { topics, block, each }) {
  const client = new RealtimeClient({ reconnectionDelay: 10, ...options });
  const books = { states: [], reasons: [], errors: [], events: [], gaps: [], slow: [], recovered: [] };
  const sleep = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  let over = false;
  const check = () => {
    const { droppedOverflow } = client.stats();
    const told = books.gaps.reduce((sum, { dropped = 0 }) => sum + dropped, 0);
    if (!over || told < droppedOverflow) return;
    console.log(JSON.stringify({ ...books, droppedOverflow }));
    client.destroy();
  };
  for (const topic of [...topics, 'end']) client.subscribe({ topic });
  client.on('connection', ({ state, reason, recovered }) => {
    books.states.push(state);
    if (reason !== undefined) books.reasons.push(reason);
    if (recovered !== undefined) books.recovered.push(recovered);
  });
  client.on('error', ({ code, message }) => books.errors.push({ code, message }));
  client.on('gap', (gap) => {
    books.gaps.push({ ...gap, after: books.events.length });
    check();
  });
  client.on('slow', (load) => books.slow.push({ ...load, after: books.events.length }));
  client.on('event', ({ topic, payload }) => {
    if (topic === 'end') {
      over = true;
      return check();
    }
    if (payload.text !== `text of ${payload.n}`) throw new Error(`a wrong event: ${JSON.stringify(payload)}`);
    books.events.push({ topic, n: payload.n });
    sleep(books.events.length === 1 ? block : each);
  });
}

/**
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatform} platform
 * @param {object} settings
 * @param {object} [settings.options] of the client
 * @param {number} settings.count how many events to publish
 * @param {readonly string[]} [settings.topics]
 * @param {number} [settings.block] how long the first event blocks the thread, in milliseconds
 * @param {number} [settings.each] and each of the others
 * @param {number} [settings.pause] between two hundred events and the next two hundred
 */
async function flood(t, platform, { options, count, topics = ['t'], block = 0, each = 0, pause }) {
  const all = { url: platform.url, token: platform.token(), ...options };
  const { ended } = start(t, use, [all, { topics, block, each }]);
  await Promise.all([...topics, 'end'].map((topic) => platform.subscribed(topic)));
  /** By number: the time and the topic. */
  const published = [];
  for (let n = 0; n < count; n++) {
    const topic = topics[n % topics.length];
    const { metadata } = platform.publish({ topic, payload: { n, text: `text of ${n}`, filling: 'x'.repeat(500) } });
    published.push({ topic, at: metadata.timestamp });
    // The server must stay responsive itself.
    if (n % 200 === 0) await (pause === undefined ? setImmediate() : setTimeout(pause));
  }
  // The last event may be dropped as well.
  const lastWord = setInterval(() => platform.publish({ topic: 'end', payload: {} }), 50);
  const { stdout, stderr, code } = await ended;
  clearInterval(lastWord);
  if (stdout.length !== 1 || code !== 0) throw new Error(`${code}: ${stdout} ${stderr}`);
  const books = JSON.parse(stdout[0]);
  const numbers = books.events.map(({ n }) => n);
  const taken = new Set(numbers);
  return { ...books, numbers, published, missing: published.map((_, n) => n).filter((n) => !taken.has(n)) };
}

export { flood };
