/** The emitter of live documents, compared with Node's EventEmitter. */

import assert from 'node:assert/strict';
import { EventEmitter, getEventListeners, on, once } from 'node:events';
import { test } from 'node:test';

import { Emitter } from '../../lib/events/emitter.js';

const scenarios = {
  'listeners are called in the order in which they were added, the prepended ones first': (emitter, log) => {
    emitter.on('a', () => log('on'));
    emitter.addListener('a', () => log('addListener'));
    emitter.once('a', () => log('once'));
    emitter.prependListener('a', () => log('prepended'));
    emitter.prependOnceListener('a', () => log('prepended once'));
    log(emitter.emit('a'), emitter.emit('a'), emitter.emit('b'));
  },
  'all data and the emitter reach a listener': (emitter, log) => {
    emitter.on('a', function (...data) {
      log(this === emitter, data);
    });
    emitter.once('a', function (...data) {
      log(this === emitter, data);
    });
    emitter.emit('a', 1, 2, 3);
  },
  'the one added last is removed, and prepended ones count as added first': (emitter, log) => {
    const same = () => log('same');
    emitter.on('a', same);
    emitter.on('a', () => log('other'));
    emitter.prependListener('a', same);
    emitter.off('a', same);
    emitter.emit('a');
    emitter.removeListener('a', same);
    emitter.off('a', same);
    emitter.off('b', same);
    emitter.emit('a');
  },
  'a listener that was removed, or prepended another, by one before it': (emitter, log) => {
    const last = () => log('last');
    emitter.on('a', () => {
      emitter.off('a', last);
      emitter.prependListener('a', () => log('new'));
    });
    emitter.once('a', () => log('once'));
    emitter.on('a', last);
    emitter.emit('a');
    emitter.emit('a');
  },
  'a once listener during which its name is emitted again': (emitter, log) => {
    emitter.once('a', () => {
      log('once');
      emitter.emit('a');
    });
    emitter.emit('a');
  },
  'a listener that throws stops the others': (emitter, log) => {
    emitter.once('a', () => {
      throw new Error('thrown');
    });
    emitter.on('a', () => log('other'));
    for (let n = 0; n < 2; n += 1)
      try {
        emitter.emit('a');
      } catch ({ message }) {
        log(message);
      }
  },
  'an error nobody listens to is thrown': (emitter, log) => {
    try {
      emitter.emit('error', new Error('alone'));
    } catch ({ message }) {
      log(message);
    }
    emitter.on('error', ({ message }) => log('heard', message));
    emitter.emit('error', new Error('in company'));
  },
  'what is there': (emitter, log) => {
    const handler = () => log('called');
    const symbol = Symbol('s');
    emitter.on('a', handler).once('a', handler).on(symbol, handler);
    log(
      emitter.eventNames().map(String),
      emitter.listenerCount('a'),
      emitter.listenerCount('a', handler),
      emitter.listenerCount('b'),
    );
    log(emitter.listeners('a'), emitter.rawListeners('b'), getEventListeners(emitter, 'a'));
    const [first, second] = emitter.rawListeners('a');
    log(first === handler, second === handler, second.listener === handler);
    second();
    log(emitter.listenerCount('a'));
    emitter.off('a', handler);
    log(emitter.eventNames().map(String));
  },
  'all are removed, of one name or of all': (emitter, log) => {
    for (const name of ['a', 'a', 'b', 'c']) emitter.on(name, () => log(name));
    emitter.removeAllListeners('a').emit('a');
    log(emitter.eventNames());
    emitter.removeAllListeners();
    log(emitter.eventNames());
  },
  'newListener and removeListener report listeners that come and go': (emitter, log) => {
    const handler = () => {};
    emitter.on('newListener', (name, listener) =>
      log('comes', name, listener === handler, emitter.listenerCount(name)),
    );
    emitter.on('removeListener', (name, listener) => log('goes', name, listener === handler));
    emitter.on('a', handler).once('b', handler).off('a', handler).emit('b');
    emitter.on('c', handler).on('c', () => {});
    emitter.removeAllListeners('c');
  },
};

for (const [name, scenario] of Object.entries(scenarios))
  test(`as EventEmitter: ${name}`, () => {
    const logs = [new Emitter(), new EventEmitter()].map((emitter) => {
      const log = [];
      scenario(emitter, (...entries) => log.push(entries.map((each) => (each === emitter ? 'itself' : String(each)))));
      return log;
    });
    assert.ok(logs[0].length > 0);
    assert.deepEqual(logs[0], logs[1]);
  });

test('events.once() and events.on() take it for what it is', async () => {
  const emitter = new Emitter();
  const first = once(emitter, 'a');
  emitter.emit('a', 1, 2);
  assert.deepEqual(await first, [1, 2]);
  const failed = assert.rejects(once(emitter, 'a'), /broken/);
  emitter.emit('error', new Error('broken'));
  await failed;
  const iterator = on(emitter, 'a');
  emitter.emit('a', 3);
  assert.deepEqual((await iterator.next()).value, [3]);
  await iterator.return();
  assert.deepEqual(emitter.eventNames(), []);
});

test('too many listeners of a name are one warning, unless the limit is lifted', async () => {
  const emitter = new Emitter();
  const warned = once(process, 'warning');
  for (let n = 0; n < 15; n += 1) emitter.on('a', () => {});
  const [{ name, type, count }] = await warned;
  assert.deepEqual([name, type, count], ['MaxListenersExceededWarning', 'a', 11]);
  process.once('warning', assert.fail);
  for (let n = 0; n < 15; n += 1) emitter.on('a', () => {});
  emitter.setMaxListeners(0);
  for (let n = 0; n < 15; n += 1) emitter.on('b', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', assert.fail);
});

test('a handler that is not a function is rejected', () => {
  for (const method of ['on', 'once', 'prependListener', 'off', 'removeListener'])
    assert.throws(() => new Emitter()[method]('a', {}), {
      code: 'INVALID_ARGUMENT',
      message: /^listener: expected a function/,
    });
});

// Where the list is searched at each change, this takes minutes: the time limit of the tests ends
// it.
for (const method of ['on', 'once'])
  test(`200,000 listeners come and go: ${method}`, () => {
    const emitter = new Emitter().setMaxListeners(0);
    const handlers = Array.from({ length: 200_000 }, () => () => {});
    for (const handler of handlers) emitter[method]('a', handler);
    for (const handler of handlers) emitter.off('a', handler);
    assert.equal(emitter.listenerCount('a'), 0);
  });
