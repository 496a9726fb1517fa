/** The pure rooms of the database service: positions, addresses, arrays, templates, conditions, transactions. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../../local-platform/src/database/address.js';
import { toChange } from '../../local-platform/src/database/change.js';
import { formatLsn, normalizeLsn, parseLsn } from '../../local-platform/src/database/lsn.js';
import { compileCondition } from '../../local-platform/src/database/mappings/condition.js';
import { parseDefinition, parseRequest } from '../../local-platform/src/database/mappings/definition.js';
import { compileTemplate } from '../../local-platform/src/database/mappings/template.js';
import { Transactions } from '../../local-platform/src/database/stream/transactions.js';
import { parseArray } from '../../local-platform/src/database/values/arrays.js';

const RELATION = {
  relationOid: 1,
  schema: 'public',
  name: 'orders',
  replicaIdentity: 'default',
  keyColumns: ['id'],
  columns: ['id', 'status', 'body'].map((name) => ({ name })),
};

test('positions compare as numbers and are written as Postgres does', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => {
      assert.equal(parseLsn(formatLsn(lsn)), lsn);
    }),
  );
  assert.equal(formatLsn(parseLsn('16/B374D848')), '16/B374D848');
  assert.equal(normalizeLsn('00000000/016B3748'), '0/16B3748');
});

describe('the address', () => {
  test('never shows the password, in any form', () => {
    const address = new Address('postgres://ada:p%40ss%2Fword@db.example:5433/app?sslmode=require&password=other');
    assert.equal(address.label, 'postgres://ada@db.example:5433/app');
    const said = address.hide('p%40ss%2Fword p@ss/word other');
    assert.equal(said, '**** **** ****');
    assert.equal(address.database, 'app');
    assert.equal(address.user, 'ada');
  });

  test('anything else is refused without repeating it', () => {
    for (const text of ['mysql://a:secret@b/c', 'secret', 'postgres://u:sec/ret#@h/d:x', 'http://secret']) {
      assert.throws(
        () => new Address(text),
        (error) =>
          error.name === 'ValidationError' && /postgres:\/\//.test(error.message) && !/sec/.test(error.message),
      );
    }
  });
});

describe('arrays', () => {
  const text = (value) =>
    Array.isArray(value)
      ? `{${value.map(text).join(',')}}`
      : value === null
        ? 'NULL'
        : `"${value.replaceAll(/["\\]/g, (each) => `\\${each}`)}"`;

  test('every nesting and every text comes back', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.array(fc.oneof({ maxDepth: 3 }, fc.string(), fc.constant(null), tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, (value) =>
        assert.deepEqual(
          parseArray(text(value), (each) => each),
          value,
        ),
      ),
    );
  });

  test('bounds, bare words and delimiters', () => {
    assert.deepEqual(parseArray('[0:1]={1,NULL}', Number), [1, null]);
    assert.deepEqual(parseArray('{null,"null"}', String), [null, 'null']);
    assert.deepEqual(parseArray('{(1,2),(3,4);(5,6),(7,8)}', String, ';'), ['(1,2),(3,4)', '(5,6),(7,8)']);
    assert.throws(() => parseArray('{1,2', Number), /too early/);
    assert.throws(() => parseArray('{"1', Number), /too early/);
  });
});

describe('templates', () => {
  const change = {
    operation: 'update',
    table: 'orders',
    schema: 'public',
    row: { id: 1, status: 'paid', 'a.b': 2 },
    old: { status: 'open' },
  };

  test('strings stand for values, at any depth; what was not sent is left out', () => {
    const { fill, columns, oldColumns } = compileTemplate({
      id: '$row.id',
      from: '$old.status',
      list: ['$row.status', '$row.body', 7],
      nested: { dotted: '$row.a.b', body: '$row.body', none: null },
      what: '$operation',
      where: '$table',
      price: '$$5',
    });
    assert.deepEqual(fill(change), {
      id: 1,
      from: 'open',
      list: ['paid', null, 7],
      nested: { dotted: 2, none: null },
      what: 'update',
      where: 'orders',
      price: '$5',
    });
    assert.deepEqual(columns, ['id', 'status', 'body', 'a.b']);
    assert.deepEqual(oldColumns, ['status']);
  });

  test('a name that reaches the prototype is a name like any other', () => {
    const filled = compileTemplate(JSON.parse('{"__proto__":{"polluted":"$row.id"}}')).fill(change);
    assert.equal({}.polluted, undefined);
    assert.deepEqual(JSON.stringify(filled), '{"__proto__":{"polluted":1}}');
  });

  test('mistakes name their place', () => {
    assert.throws(() => compileTemplate({ a: ['$now'] }), /payload\.a\[0\]: '\$now' stands for nothing/);
    assert.throws(() => compileTemplate('$row'), /payload: expected an object/);
    assert.throws(() => compileTemplate({ a: '$row.' }), /payload\.a/);
  });
});

describe('conditions', () => {
  const holds = (when, change) => compileCondition(when).holds({ operation: 'update', row: {}, ...change });

  test('changed, eq, and, or', () => {
    const row = { status: 'paid', n: 1, list: [1] };
    assert.equal(holds({ changed: 'status' }, { row, old: { status: 'open' } }), true);
    assert.equal(holds({ changed: 'n' }, { row, old: { status: 'open', n: 1 } }), false);
    assert.equal(holds({ changed: 'list' }, { row, old: { list: [1] } }), false);
    // The old key is sent only if it changed.
    assert.equal(holds({ changed: 'status' }, { row, old: undefined }), false);
    assert.equal(holds({ changed: 'status' }, { row, operation: 'insert' }), true);
    assert.equal(holds({ eq: ['status', 'paid'] }, { row }), true);
    assert.equal(holds({ eq: ['n', '1'] }, { row }), false);
    assert.equal(holds({ eq: ['gone', null] }, { row: { gone: null } }), true);
    assert.equal(holds({ and: [{ eq: ['n', 1] }, { eq: ['status', 'open'] }] }, { row }), false);
    assert.equal(holds({ or: [{ eq: ['n', 2] }, { eq: ['status', 'paid'] }] }, { row }), true);
    assert.equal(compileCondition(undefined).holds({}), true);
  });

  test('mistakes name their place', () => {
    assert.throws(() => compileCondition({ chnged: 'a' }), /when\.chnged is not known. Did you mean 'changed'/);
    assert.throws(() => compileCondition({ and: [{ eq: ['a'] }] }), /when\.and\[0\]\.eq: expected a column and/);
    assert.throws(() => compileCondition({ or: [] }), /when\.or: expected an array/);
    assert.throws(() => compileCondition({ eq: ['a', 1], changed: 'b' }), /when: expected an object with one of/);
    let deep = { changed: 'a' };
    for (let i = 0; i < 50; i += 1) deep = { and: [deep] };
    assert.throws(() => compileCondition(deep), /nests deeper/);
  });
});

describe('definitions', () => {
  test('the schema is public unless the table names it; null removes a member', () => {
    const definition = parseDefinition({
      table: 'shop.orders',
      topic: 't',
      payload: { a: 1 },
      events: ['insert', 'insert'],
    });
    assert.deepEqual(definition.table, { schema: 'shop', name: 'orders' });
    assert.deepEqual(definition.request, { table: 'shop.orders', topic: 't', events: ['insert'], payload: { a: 1 } });
    const next = parseDefinition({ table: 'orders', payload: null, events: null }, definition.request);
    assert.deepEqual(next.table, { schema: 'public', name: 'orders' });
    assert.deepEqual(next.request, { table: 'orders', topic: 't', events: ['insert', 'update', 'delete'] });
  });

  test('mistakes name the member', () => {
    const of = (request) => () => parseRequest(request);
    assert.throws(of(undefined), /expected an object such as/);
    assert.throws(of([]), /expected an object such as/);
    assert.throws(of({ table: 'a' }), /^PlatformError|topic: expected/);
    assert.throws(of({ table: 'a.b.c', topic: 't' }), /table: expected a table such as/);
    assert.throws(of({ table: '', topic: 't' }), /table: expected/);
    assert.throws(of({ table: 'a', topic: 't', events: ['inserted'] }), /events: expected/);
    assert.throws(of({ table: 'a', topic: 't', events: [] }), /events: expected/);
    assert.throws(of({ table: 'a', topic: 't', triggerColumns: 'status' }), /triggerColumns: expected/);
    assert.throws(of({ table: 'a', topic: 't', event: ['insert'] }), /event is not known. Did you mean 'events'/);
    assert.throws(of({ table: 'a', topic: 't', environment: 1 }), /environment: expected/);
    assert.throws(of({ id: 'status', table: 'a', topic: 't' }), /id: expected/);
    assert.throws(of({ id: 'a/b', table: 'a', topic: 't' }), /id: expected/);
  });
});

describe('changes', () => {
  const update = (rest) => toChange({ tag: 'update', relation: RELATION, key: null, old: null, ...rest });

  test('what the database did not send is named', () => {
    const { row, unchanged, changed, old } = update({ new: { id: 1, status: 'paid', body: undefined } });
    assert.deepEqual([row.status, unchanged, changed, old], ['paid', ['body'], undefined, undefined]);
    const full = update({ old: { id: 1, status: 'open', body: 'b' }, new: { id: 1, status: 'paid', body: 'b' } });
    assert.deepEqual([full.changed, full.unchanged], [['status'], undefined]);
  });

  test('a deleted row is as much as the database sent', () => {
    assert.deepEqual(toChange({ tag: 'delete', relation: RELATION, key: { id: 1 }, old: null }).row, { id: 1 });
    assert.deepEqual(toChange({ tag: 'delete', relation: RELATION, key: null, old: { id: 1, status: 'a' } }).row, {
      id: 1,
      status: 'a',
    });
  });
});

describe('transactions', () => {
  const begin = (lsn, xid = 7) => ({
    tag: 'begin',
    commitLsn: lsn,
    commitTime: 1_795_000_000_000_123n,
    xid,
    bytes: 20,
  });
  const commit = (end) => ({ tag: 'commit', commitEndLsn: end, bytes: 25 });
  const insert = (id, bytes = 10) => ({ tag: 'insert', relation: RELATION, new: { id }, bytes });

  test('come out whole, with their place in the log and the index of each change', () => {
    const transactions = new Transactions();
    assert.equal(transactions.push(begin('00000000/0A', -1)), undefined);
    assert.equal(transactions.isOpen, true);
    assert.equal(transactions.push({ tag: 'relation', bytes: 5 }), undefined);
    assert.equal(transactions.push(insert(1)), undefined);
    assert.equal(transactions.push(insert(2)), undefined);
    const { transaction, entries, endLsn } = transactions.push(commit('00000000/0C'));
    assert.deepEqual(transaction, { commitLsn: '0/A', timestamp: 1_795_000_000_000, transactionId: 2 ** 32 - 1 });
    assert.deepEqual(
      entries.map(({ entry, n }) => [entry.new.id, n]),
      [
        [1, 0],
        [2, 1],
      ],
    );
    assert.equal(endLsn, '0/C');
    assert.equal(transactions.isOpen, false);
  });

  test('a large one comes in parts, of which the last has its end', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 50 }), (sizes) => {
        const transactions = new Transactions({ entries: 7, bytes: 100 });
        transactions.push(begin('0/A'));
        const batches = sizes.map((bytes, id) => transactions.push(insert(id, bytes))).filter(Boolean);
        batches.push(transactions.push(commit('0/B')));
        const places = batches.flatMap(({ entries }) => entries.map(({ n }) => n));
        assert.deepEqual(
          places,
          sizes.map((_, id) => id),
        );
        assert.ok(batches.every(({ entries, bytes }) => entries.length <= 7 && bytes < 140));
        assert.deepEqual(batches.map(({ endLsn }) => endLsn).filter(Boolean), ['0/B']);
      }),
    );
  });

  test('a message that is not part of a transaction does not count', () => {
    const transactions = new Transactions();
    const message = { tag: 'message', prefix: 'realtime', content: new Uint8Array(), bytes: 1 };
    assert.equal(transactions.push({ ...message, transactional: false }), undefined);
    transactions.push(begin('0/A'));
    transactions.push({ ...message, transactional: false });
    transactions.push({ ...message, transactional: true });
    assert.equal(transactions.push(commit('0/B')).entries.length, 1);
    assert.equal(transactions.push(commit('0/C')), undefined);
  });
});
