/** The listener table, compared with Node's EventEmitter. */

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';

import { Listeners } from '../../lib/events/listeners.js';
import * as values from '../../lib/options/values.js';

/** The names of a client. */
const SCHEME = {
  owner: 'Client',
  names: ['event', 'connection', 'gap', 'slow', 'error'],
  prefix: 'event:',
  key: 'topic',
  parseKey: (value, path) => values.topic(value, path),
};

/** Both kinds of table under one set of verbs. */
function tables() {
  const ours = new Listeners(SCHEME, () => {});
  const emitter = new EventEmitter();
  return {
    ours: {
      on: (handler) => ours.add('event', handler, false),
      once: (handler) => ours.add('event', handler, true),
      off: (handler) => ours.remove('event', handler),
      emit: (data) => ours.call(ours.named('event'), data, {}),
    },
    theirs: {
      on: (handler) => emitter.on('event', handler),
      once: (handler) => emitter.once('event', handler),
      off: (handler) => emitter.off('event', handler),
      emit: (data) => emitter.emit('event', data),
    },
  };
}

const scenarios = {
  'the same function twice is called twice': ({ on, off, emit }, log) => {
    const a = () => log('a');
    on(a);
    on(a);
    emit();
    off(a);
    emit();
    off(a);
    emit();
  },
  'off removes the one added last': ({ on, off, emit }, log) => {
    const a = () => log('a');
    on(a);
    on(() => log('b'));
    on(a);
    off(a);
    emit();
  },
  'off removes a once listener by its function': ({ once, off, emit }, log) => {
    const a = () => log('a');
    once(a);
    off(a);
    emit();
  },
  'once and on of the same function': ({ on, once, off, emit }, log) => {
    const a = () => log('a');
    on(a);
    once(a);
    emit();
    emit();
    off(a);
    emit();
  },
  'on and once of the same function, once first': ({ on, once, off, emit }, log) => {
    const a = () => log('a');
    once(a);
    on(a);
    off(a);
    emit();
    emit();
  },
  'off inside a handler counts from the next event on': ({ on, off, emit }, log) => {
    const b = () => log('b');
    on(() => off(b));
    on(b);
    emit();
    emit();
  },
  'off of itself inside a handler': ({ on, off, emit }, log) => {
    const a = () => {
      log('a');
      off(a);
    };
    on(a);
    on(() => log('b'));
    emit();
    emit();
  },
  'off of a once listener by an earlier handler': ({ on, once, off, emit }, log) => {
    const b = () => log('b');
    on(() => off(b));
    once(b);
    emit();
    emit();
  },
  'on inside a handler counts from the next event on': ({ once, on, emit }, log) => {
    once(() => on(() => log('late')));
    emit();
    emit();
  },
  'once adds itself again': ({ once, emit }, log) => {
    const a = () => {
      log('a');
      once(a);
    };
    once(a);
    emit();
    emit();
  },
  'off of an unknown function': ({ on, off, emit }, log) => {
    on(() => log('a'));
    off(() => log('a'));
    emit();
  },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`as EventEmitter: ${name}`, () => {
    const { ours, theirs } = tables();
    const logs = [ours, theirs].map((table) => {
      const log = [];
      scenario(table, (entry) => log.push(entry));
      return log;
    });
    assert.deepEqual(logs[0], logs[1]);
  });
}

test('a once listener is called once, also when its name is emitted again by an earlier handler', () => {
  const logs = Object.values(tables()).map(({ on, once, emit }) => {
    const log = [];
    let nested = false;
    on(() => {
      if (nested) return;
      nested = true;
      emit();
    });
    once(() => log.push('once'));
    emit();
    return log;
  });
  assert.deepEqual(logs, [['once'], ['once']]);
});

// Where the list is copied or searched at each change, these take minutes: the time limit of the
// tests ends them.
for (const [name, { alike, once, fromTheEnd }] of Object.entries({
  'from the first on': {},
  'from the last on': { fromTheEnd: true },
  'of one function': { alike: true },
  'that are called once': { once: true },
  'of one function that is called once': { alike: true, once: true },
}))
  test(`200,000 listeners come and go: ${name}`, () => {
    const { ours } = tables();
    let calls = 0;
    const same = () => calls++;
    const handlers = Array.from({ length: 200_000 }, () => (alike ? same : () => calls++));
    for (const handler of handlers) ours[once ? 'once' : 'on'](handler);
    ours.emit();
    for (const handler of fromTheEnd ? handlers.toReversed() : handlers) ours.off(handler);
    ours.emit();
    assert.equal(calls, handlers.length);
  });

test('interest is reported with the first listener and with the last', () => {
  const told = [];
  const listeners = new Listeners(SCHEME, (name, wanted, topic) => told.push([name, wanted, topic]));
  const handler = () => {};
  listeners.add('event', handler, false);
  listeners.add('event', handler, true);
  listeners.add('event:a', handler, false);
  listeners.add('event:event', handler, true);
  listeners.add('connection', handler, false);
  listeners.add('error', handler, false);
  listeners.remove('event', handler);
  listeners.remove('event', handler);
  listeners.remove('event', handler);
  listeners.remove('event:b', handler);
  listeners.remove('event:a', handler);
  listeners.call(listeners.keyed('event'), {}, {});
  assert.deepEqual(told, [
    ['event', true, undefined],
    ['event:', true, 'a'],
    ['event:', true, 'event'],
    ['connection', true, undefined],
    ['error', true, undefined],
    ['event', false, undefined],
    ['event:', false, 'a'],
    ['event:', false, 'event'],
  ]);
});

test('unknown names, bad topics and handlers are refused', () => {
  const listeners = new Listeners(SCHEME, () => assert.fail('told'));
  const refused = (name, handler, pattern) => {
    for (const [method, call] of [
      ['on', () => listeners.add(name, handler, false)],
      ['once', () => listeners.add(name, handler, true)],
      ['off', () => listeners.remove(name, handler)],
    ]) {
      assert.throws(call, ({ code, message }) => {
        const [, owner, rest] = /^(\w+\.\w+\(\)): (.*)$/s.exec(message);
        return code === 'INVALID_ARGUMENT' && owner === `Client.${method}()` && pattern.test(rest);
      });
    }
  };
  refused(
    'events',
    () => {},
    /^event: expected 'event', 'event:<topic>', 'connection', 'gap', 'slow' or 'error', got 'events'/,
  );
  refused(Symbol('event'), () => {}, /got a symbol/);
  refused('event:', () => {}, /^'event:<topic>': expected a string of .* got ''/);
  refused('event:a\nb', () => {}, /without control characters/);
  refused('event', undefined, /^handler: expected a function, got undefined/);
  refused('event', { handleEvent() {} }, /^handler: expected a function, got an object/);
});
