/** Checks with schemas: their code is loaded when it is first used. */

import { equal } from '../kit/expect.js';

/** A Standard Schema for `{ n: number }`, which doubles `n`. @param {boolean} isAsync */
function doubled(isAsync) {
  const check = (/** @type {any} */ { n }) =>
    typeof n === 'number' ? { value: { n: 2 * n } } : { issues: [{ message: 'no number', path: ['n'] }] };
  const validate = isAsync ? async (/** @type {unknown} */ value) => check(value) : check;
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

export const schemas = [false, true].map((isAsync) => ({
  name: `payloads and documents are checked with a schema${isAsync ? ' that is asynchronous' : ''}`,
  async body(kit) {
    const platform = await kit.platform();
    const schema = doubled(isAsync);
    const { client, log } = kit.observed(platform, { schemas: { a: schema } });
    client.subscribe({ topic: 'a' });
    await platform.call('subscribed', 'a');
    for (const n of [1, 'two', 3]) await platform.call('publish', { topic: 'a', payload: { n } });
    await log.seen('event', ({ payload }) => payload.n === 6);
    equal(
      log.all('event').map(({ payload }) => payload.n),
      [2, 6],
    );
    const [{ code, topic, issues }] = log.all('error');
    equal([code, topic, issues], ['PAYLOAD_INVALID', 'a', [{ path: ['n'], message: 'no number' }]]);
    equal(client.stats().droppedInvalid, 1, 'droppedInvalid');

    const { sync } = client;
    await sync.create('notes', { n: 1 }, 'n1');
    const { data } = await sync.get('notes', 'n1', { schema });
    const live = sync.watch('notes', 'n1', { schema });
    await live.ready();
    equal([data, live.data], [{ n: 2 }, { n: 2 }]);
    live.close();
  },
}));
