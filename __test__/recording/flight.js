/**
 * A connection with everything that happens to one: a loss that the server recovers, a token that
 * expires, a message, a loss with a gap. Also a program, which records it for `tests/recordings`:
 *
 *     node __test__/recording/flight.js native > tests/recordings/flight-native.jsonl
 */

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** What no recording may contain. */
const PAYLOAD = { campusId: 12, person: 'Ada Lovelace, ada@example.com', pin: 90210 };

/**
 * @param {import('node:test').TestContext} t
 * @param {Partial<import('../../index.js').RealtimeClientOptions>} options
 */
async function fly(t, options) {
  const secret = 'the secret of the platform';
  const first = await startPlatform(t, { recovery: 60_000, secret });
  const { port, url } = first;
  /** @type {string[]} */
  const tokens = [];
  const renewed = withResolvers();
  const token = () => {
    // The first one is renewed after 900 milliseconds.
    const issued = first.token({ permissions: ['service'], expiresIn: tokens.length === 0 ? 1 : 3600 });
    if (tokens.push(issued) === 2) renewed.resolve(undefined);
    return issued;
  };
  const user = observe(t, { url, token, record: {}, ...options });
  const { client, reached, seen } = user;
  client.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
  client.subscribe({ topic: 'order.updated' });
  await first.subscribed('order.updated');
  const publish = async (platform, id) => {
    platform.publish({ id, topic: 'session.status', payload: PAYLOAD });
    await seen('event', (event) => event.id === id);
  };
  await publish(first, 'e1');
  await first.faults.dropAll();
  first.publish({ id: 'e2', topic: 'order.updated', payload: PAYLOAD });
  await reached('connected', 2);
  await seen('event', (event) => event.id === 'e2');
  await client.socketClient.joinChannel('room');
  await client.socketClient.publish('room', 'said', { words: PAYLOAD.person });
  await renewed.promise;
  await publish(first, 'e3');
  await first.close();
  const second = await startPlatform(t, { port, secret });
  await reached('connected', 3);
  await seen('gap');
  await publish(second, 'e4');
  return { ...user, tokens, port, recording: /** @type {string} */ (client.recording()) };
}

function withResolvers() {
  let resolve = (/** @type {unknown} */ _value) => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What keeps a recording apart from its place and time. @param {string} recording */
function parsed(recording) {
  return recording
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

if (process.argv[1] === import.meta.filename) {
  /** @type {(() => unknown)[]} */
  const ends = [];
  const context = /** @type {any} */ ({ after: (/** @type {() => unknown} */ end) => ends.unshift(end) });
  const { recording } = await fly(context, { engine: /** @type {any} */ (process.argv[2]) });
  process.stdout.write(recording);
  for (const end of ends) await end();
}

export { fly, PAYLOAD, parsed };
