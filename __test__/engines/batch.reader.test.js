// The arrays that readers have for a batch: given back, used again, and not kept without end.

import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'node:test';

import { JSON_ITEMS } from '../../lib/engines/native/batch/codes.js';
import { BatchReader } from '../../lib/engines/native/batch/reader.js';

test('of many readers that are left within a batch at once, the arrays of a few are kept', () => {
  /** The arrays that batches were put into, in their order. */
  const used = [];
  const engine = {
    drain(integers, _doubles, strings) {
      used.push(integers);
      integers.set([0, JSON_ITEMS]);
      strings[0] = '[["joined",{"channel":"c"}]]';
      return 2;
    },
  };
  const begin = () => {
    const reader = new BatchReader(engine);
    deepStrictEqual(reader.next(), ['joined', { channel: 'c' }]);
    return reader;
  };
  const readers = Array.from({ length: 20 }, begin);
  strictEqual(new Set(used).size, 20);
  for (const reader of readers) reader.release();

  const former = new Set(used.splice(0));
  const next = Array.from({ length: 20 }, begin);
  deepStrictEqual(
    used.map((integers) => former.has(integers)),
    Array.from({ length: 20 }, (_, at) => at < 4),
  );
  for (const reader of next) reader.release();
});
