/** The table behind a collection: events and snapshots in, changes out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { Rows } from '../../lib/collection/rows.js';

const event = (operation, payload, metadata = {}) => ({
  type: `database.${operation}`,
  payload,
  metadata: { operation, ...metadata },
});
const rowsOf = (rows) => [...rows.entries()];

test('inserts, updates and deletions become changes', () => {
  const rows = new Rows({ key: ['id'] });
  assert.deepEqual(rows.apply(event('insert', { id: 1, n: 'a' })), [
    { type: 'insert', key: 1, row: { id: 1, n: 'a' } },
  ]);
  assert.deepEqual(rows.apply(event('update', { id: 1, n: 'b' })), [
    { type: 'update', key: 1, row: { id: 1, n: 'b' }, previous: { id: 1, n: 'a' } },
  ]);
  assert.deepEqual([rows.size, rows.has(1), rows.get(1)], [1, true, { id: 1, n: 'b' }]);
  // A deletion may have the key alone, or name it in the metadata.
  assert.deepEqual(rows.apply(event('delete', {}, { key: { id: 1 } })), [
    { type: 'delete', key: 1, previous: { id: 1, n: 'b' } },
  ]);
  assert.deepEqual(rows.apply(event('delete', { id: 1 })), [], 'it is gone');
  assert.deepEqual(rows.apply({ type: 'database.insert', payload: { id: 2 }, metadata: {} }).length, 1, 'by its type');
  assert.deepEqual(rows.apply(event('truncate', undefined)), [{ type: 'delete', key: 2, previous: { id: 2 } }]);
});

test('a key of several members, and a function', () => {
  const pairs = new Rows({ key: ['a', 'b'] });
  pairs.apply(event('insert', { a: 1, b: 'x' }));
  assert.deepEqual([...pairs.entries()], [['[1,"x"]', { a: 1, b: 'x' }]]);
  const computed = new Rows({ key: (row) => row.a + row.b });
  computed.apply(event('insert', { a: 1, b: 2 }));
  assert.equal(computed.has(3), true);
});

test('an update of the key moves the row', () => {
  const rows = new Rows({ key: ['id'] });
  rows.apply(event('insert', { id: 1 }));
  assert.deepEqual(rows.apply(event('update', { id: 2 }, { oldKey: { id: 1 } })), [
    { type: 'delete', key: 1, previous: { id: 1 } },
    { type: 'insert', key: 2, row: { id: 2 } },
  ]);
});

test('what the database did not send is as before, or needs a snapshot', () => {
  const rows = new Rows({ key: ['id'] });
  rows.apply(event('insert', { id: 1, text: 'long', n: 1 }));
  rows.apply(event('update', { id: 1, n: 2 }, { unchanged: ['text'] }));
  assert.deepEqual(rows.get(1), { id: 1, text: 'long', n: 2 });
  assert.equal(rows.apply(event('update', { id: 7, n: 2 }, { unchanged: ['text'] })), undefined);
  assert.equal(rows.apply(event('insert', { n: 2 })), undefined, 'without its key');
});

test('a row that stops matching the filter leaves, one that begins to match comes', () => {
  const rows = new Rows({ key: ['id'], filter: ({ open }) => open });
  assert.deepEqual(rows.apply(event('insert', { id: 1, open: false })), []);
  assert.equal(rows.apply(event('update', { id: 1, open: true }))[0].type, 'insert');
  assert.deepEqual(rows.apply(event('update', { id: 1, open: false })), [
    { type: 'delete', key: 1, previous: { id: 1, open: true } },
  ]);
  assert.equal(rows.size, 0);
});

test('the order is that of the comparison, after every change', () => {
  const rows = new Rows({ key: ['id'], orderBy: (a, b) => a.n - b.n });
  for (const n of [3, 1, 2]) rows.apply(event('insert', { id: `k${n}`, n }));
  const order = () => rowsOf(rows).map(([, { n }]) => n);
  assert.deepEqual(order(), [1, 2, 3]);
  rows.apply(event('update', { id: 'k1', n: 9 }));
  assert.deepEqual(order(), [2, 3, 9]);
});

test('a snapshot gives the difference, and may name the key', () => {
  const rows = new Rows({});
  assert.equal(rows.apply(event('insert', { id: 1 })), undefined);
  rows.replace(
    [
      { id: 1, n: 1 },
      { id: 2, n: 1 },
      { id: 3, n: 1 },
    ],
    ['id'],
  );
  assert.deepEqual(
    rows.replace(
      [
        { n: 1, id: 3 },
        { id: 2, n: 2 },
        { id: 4, n: 1 },
      ],
      ['ignored'],
    ),
    [
      { type: 'update', key: 2, row: { id: 2, n: 2 }, previous: { id: 2, n: 1 } },
      { type: 'insert', key: 4, row: { id: 4, n: 1 } },
      { type: 'delete', key: 1, previous: { id: 1, n: 1 } },
    ],
  );
  assert.throws(() => rows.replace([{ n: 1 }]), { code: 'INVALID_ARGUMENT', message: /lacks its key 'id'/ });
});

test('changes replayed on a Map give the rows, whatever happens', () => {
  const id = fc.nat(5);
  const row = fc.record({ id, n: fc.nat(3) });
  const step = fc.oneof(
    row.map((payload) => (rows) => rows.apply(event('update', payload))),
    id.map((key) => (rows) => rows.apply(event('delete', { id: key }))),
    fc.tuple(row, id).map(
      ([payload, key]) =>
        (rows) =>
          rows.apply(event('update', payload, { oldKey: { id: key } })),
    ),
    fc.uniqueArray(row, { selector: (each) => each.id }).map((all) => (rows) => rows.replace(all)),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const rows = new Rows({ key: ['id'], filter: ({ n }) => n > 0 });
      const copy = new Map();
      for (const take of steps)
        for (const { type, key, row, previous } of take(rows)) {
          assert.deepEqual(copy.get(key), previous);
          assert.equal(copy.has(key), type !== 'insert');
          if (type === 'delete') copy.delete(key);
          else copy.set(key, row);
        }
      assert.deepEqual(new Map(rows.entries()), copy);
    }),
  );
});
