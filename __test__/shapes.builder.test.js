'use strict';
// The ways to build the objects of a shape: whichever is chosen for a shape, the object is the same.

const { deepStrictEqual, notStrictEqual, strictEqual } = require('node:assert');
const { test } = require('node:test');

const { builderOf, generate, interpret } = require('../lib/shapes/builder.js');
const { Cursor } = require('../lib/shapes/cursor.js');
const { BIAS, DOUBLE, END, SCALARS } = require('../lib/shapes/codes.js');

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
  strictEqual(sharing.at(-1), true);
  notStrictEqual(builders[0], builders[1]);
  strictEqual(builderOf('["k0",0]'), builders[0]);
  for (const [n, builder] of builders.entries()) {
    const object = builder(Object.assign(cursor(interpret), { integers: Int32Array.of(2) }));
    deepStrictEqual(object, { [`k${n}`]: 'ab' });
  }
});
