// The ways to build the objects of a shape: whichever is chosen for a shape, the object is the
// same.

import { deepStrictEqual, fail, notStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';

import { builderOf, generate, interpret } from '../../lib/engines/native/batch/builder.js';
import { BIAS, DOUBLE, END, SCALARS } from '../../lib/engines/native/batch/codes.js';
import { Cursor } from '../../lib/engines/native/batch/cursor.js';

const WAYS = {
  alone: (description) => generate(description, true),
  shared: (description) => generate(description, false),
  interpreted: interpret,
};

const element = ['x', 1];
const description = ['id', 0, 'n', 1, 'seat', ['row', 1, '"é\\', 0, 'empty', []], 'list', 2, 'last', 1];
const expected = {
  id: 'ab',
  n: -3,
  seat: { row: null, '"é\\': 'c', empty: {} },
  list: [1.5, true, { x: 7 }, { x: 'd' }, []],
  last: 2.5,
};

function cursor(build) {
  const integers = [2, BIAS - 3, -1, 3, SCALARS, 2, DOUBLE, -2, 0, 2, BIAS + 7, 4, -2, 1, END, END, DOUBLE];
  const at = new Cursor(Int32Array.from(integers), Float64Array.of(1.5, 2.5));
  return Object.assign(at, { text: 'abcd', builders: [build(element)] });
}

for (const [name, build] of Object.entries(WAYS)) {
  test(`${name}: builds the object, and leaves the cursor behind it`, () => {
    const at = cursor(build);
    const object = build(description)(at);
    deepStrictEqual(object, expected);
    deepStrictEqual(Object.keys(object), Object.keys(expected));
    deepStrictEqual([at.integer, at.double, at.character], [at.integers.length, 2, 4]);
  });
}

test('the first shapes are given code of their own, and those after them share it', () => {
  const builders = Array.from({ length: 12 }, (_, n) => builderOf(JSON.stringify([`k${n}`, 0])));
  const sharing = builders.map((builder) => builder.toString().includes('read(cursor'));
  strictEqual(sharing[0], false);
  ok(builders[0].toString().includes('k0'), 'it was generated');
  strictEqual(sharing.at(-1), true);
  notStrictEqual(builders[0], builders[1]);
  strictEqual(builderOf('["k0",0]'), builders[0]);
  for (const [n, builder] of builders.entries()) {
    const object = builder(Object.assign(cursor(interpret), { integers: Int32Array.of(2) }));
    deepStrictEqual(object, { [`k${n}`]: 'ab' });
  }
});

test('a function that cannot be generated, for whatever reason, is interpreted', (t) => {
  const { Function: original } = globalThis;
  t.after(() => {
    globalThis.Function = original;
  });
  globalThis.Function = function forbid() {
    throw new TypeError('not here');
  };
  for (const isAlone of [true, false]) {
    const builder = generate(description, isAlone);
    deepStrictEqual(builder(cursor(interpret)), expected);
  }
});

test('names that every object has are members like any other, whatever was made of them', (t) => {
  const { prototype } = Object;
  const names = ['toString', 'constructor', 'odd', 'fixed'];
  t.after(() => {
    delete prototype.odd;
    delete prototype.fixed;
  });
  Object.defineProperty(prototype, 'odd', { configurable: true, set: () => fail('an assignment') });
  Object.defineProperty(prototype, 'fixed', { configurable: true, value: 1 });
  const shape = names.flatMap((name) => [name, 0]);
  for (const [way, build] of Object.entries(WAYS)) {
    const object = build(shape)(Object.assign(cursor(interpret), { integers: Int32Array.of(1, 2, 3, 4) }));
    deepStrictEqual(
      Object.entries(object),
      names.map((name, at) => [name, 'abcd'[at]]),
      way,
    );
    const member = { configurable: true, enumerable: true, value: 'c', writable: true };
    deepStrictEqual(Object.getOwnPropertyDescriptor(object, 'odd'), member, way);
  }
});
