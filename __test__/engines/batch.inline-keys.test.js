/** Objects written inline equal those of JSON.parse. tests/shape tests the engine's part. */

import { deepStrictEqual, equal, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { BIAS, CLOSE, DICTIONARY, LIST, OBJECT } from '../../lib/engines/native/batch/codes.js';
import { Cursor } from '../../lib/engines/native/batch/cursor.js';

const NEW_KEY = -1;
const SCALARS = -1;
const INLINE = -4;
const END = -3;

/**
 * Builds from codes, in which a string stands for a text.
 *
 * @param {(number | string)[]} codes
 */
function build(...codes) {
  let text = '';
  const integers = codes.map((code) => {
    if (typeof code === 'number') return code;
    text += code;
    return text.length;
  });
  const cursor = new Cursor(Int32Array.from(integers.slice(1)), new Float64Array(0));
  cursor.text = text;
  ['known', '2', '1', 'toString'].forEach((key, number) => {
    cursor.define(2 ** 20 + number, JSON.stringify(key));
  });
  const object = cursor.object(integers[0]);
  strictEqual(cursor.integer, integers.length - 1);
  return object;
}

/** @param {any} object @param {string} text */
function isParsed(object, text) {
  const parsed = JSON.parse(text);
  deepStrictEqual(object, parsed);
  deepStrictEqual(Object.getOwnPropertyDescriptors(object), Object.getOwnPropertyDescriptors(parsed));
  deepStrictEqual(Object.keys(object), Object.keys(parsed));
  equal(JSON.stringify(object), JSON.stringify(parsed));
  deepStrictEqual(structuredClone(object), parsed);
  strictEqual(Object.getPrototypeOf(object), Object.prototype);
}

for (const code of [OBJECT, DICTIONARY]) {
  test(`keys in any order, twice, and those that every object has (${code})`, () => {
    isParsed(build(code, CLOSE), '{}');
    isParsed(
      build(code, 0, BIAS + 7, 1, 'a', 2, 'b', NEW_KEY, 'new', -1, CLOSE),
      '{"known":7,"2":"a","1":"b","new":null}',
    );
    isParsed(build(code, 0, BIAS, NEW_KEY, 'x', -2, 0, BIAS + 1, CLOSE), '{"known":0,"x":true,"known":1}');
    isParsed(
      build(code, 3, BIAS, NEW_KEY, '__proto__', OBJECT, CLOSE, NEW_KEY, 'constructor', -3, CLOSE),
      '{"toString":0,"__proto__":{},"constructor":false}',
    );
  });

  test(`lists and objects within (${code})`, () => {
    isParsed(
      build(
        code,
        0,
        LIST,
        SCALARS,
        1,
        'a',
        INLINE,
        2,
        DICTIONARY,
        NEW_KEY,
        'k',
        BIAS,
        CLOSE,
        OBJECT,
        CLOSE,
        END,
        0,
        code,
        CLOSE,
        CLOSE,
      ),
      '{"known":["a",{"k":0},{}],"known":{}}',
    );
  });
}

test('what others have added to all objects is not in the way', (t) => {
  Object.defineProperty(Object.prototype, 'known', { set: () => t.assert.fail('called'), configurable: true });
  t.after(() => Reflect.deleteProperty(Object.prototype, 'known'));
  isParsed(build(DICTIONARY, 0, BIAS + 7, CLOSE), '{"known":7}');
  isParsed(build(OBJECT, 0, BIAS + 7, CLOSE), '{"known":7}');
});

test('nor is a prototype that is frozen', () => {
  const program = `
    Object.freeze(Object.prototype);
    const { Cursor } = await import(${JSON.stringify(new URL('../../lib/engines/native/batch/cursor.js', import.meta.url))});
    const cursor = new Cursor(Int32Array.of(0, -1, ${CLOSE}), new Float64Array(0));
    cursor.keys = ['toString'];
    console.log(JSON.stringify(cursor.object(${DICTIONARY})));`;
  equal(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
    '{"toString":null}\n',
  );
});
