/** Values: every type arrives as documented, the same in an event and in a snapshot. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { readSnapshot, settled, startDatabasePlatform, subscribe } from '../support/database.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

/** Type, literals as SQL writes them, and what arrives. */
const VALUES = [
  ['boolean', ['true', 'false'], [true, false]],
  ['smallint', ['-32768'], [-32768]],
  ['integer', ['2147483647'], [2147483647]],
  ['oid', ['4294967295'], [4294967295]],
  ['bigint', ["'-9223372036854775808'"], ['-9223372036854775808']],
  ['numeric', ['1.50', "'NaN'", '1e40'], ['1.50', 'NaN', `1${'0'.repeat(40)}`]],
  ['real', ['1.5'], [1.5]],
  ['double precision', ['0.1', "'NaN'", "'-Infinity'", '1e300'], [0.1, 'NaN', '-Infinity', 1e300]],
  ['text', ["'a ''b'' \\ \"c\" \u{1f600}'", "''"], ['a \'b\' \\ "c" \u{1f600}', '']],
  ['varchar(5)', ["'abc'"], ['abc']],
  ['char(3)', ["'a'"], ['a  ']],
  ['bytea', ["'\\x00ff10'", "'\\x'"], ['AP8Q', '']],
  ['uuid', ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"], ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['date', ["'2026-11-29'", "'infinity'", "'0044-03-15 BC'"], ['2026-11-29', 'infinity', '0044-03-15 BC']],
  ['time', ["'13:40:07.000001'"], ['13:40:07.000001']],
  ['timetz', ["'13:40:07+00'", "'13:40:07+05:30'"], ['13:40:07Z', '13:40:07+05:30']],
  [
    'timestamp',
    ["'2026-11-29 13:40:07.123456'", "'2026-11-29'", "'-infinity'"],
    ['2026-11-29T13:40:07.123456', '2026-11-29T00:00:00', '-infinity'],
  ],
  [
    'timestamptz',
    ["'2026-11-29 13:40:07.5+02'", "'infinity'", "'0044-03-15 00:00:00+00 BC'"],
    ['2026-11-29T11:40:07.5Z', 'infinity', '0044-03-15 00:00:00+00 BC'],
  ],
  ['interval', ["'1 year 2 days 03:04:05.6'"], ['P1Y2DT3H4M5.6S']],
  ['json', ['\'{"a": [1, null, "x"]}\'', "'7'"], [{ a: [1, null, 'x'] }, 7]],
  ['jsonb', ['\'{"b": {"c": true}}\''], [{ b: { c: true } }]],
  ['integer[]', ["'{1,NULL,3}'", "'{}'", "'[0:1]={5,6}'"], [[1, null, 3], [], [5, 6]]],
  [
    'integer[][]',
    ["'{{1,2},{3,4}}'"],
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  ['text[]', ["ARRAY['a\"b', '', NULL, 'NULL', '{,}', '\\']"], [['a"b', '', null, 'NULL', '{,}', '\\']]],
  ['bigint[]', ["'{9007199254740993}'"], [['9007199254740993']]],
  ['bytea[]', ["ARRAY['\\x6869'::bytea]"], [['aGk=']]],
  ['timestamptz[]', ["'{2026-11-29 13:40:07+00}'"], [['2026-11-29T13:40:07Z']]],
  ['jsonb[]', ['ARRAY[\'{"a":1}\'::jsonb]'], [[{ a: 1 }]]],
  ['uuid[]', ["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"], [['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']]],
  ['inet', ["'10.0.0.1/8'"], ['10.0.0.1/8']],
  ['int4range', ["'[1,5)'"], ['[1,5)']],
  ['point', ["'(1,2)'"], ['(1,2)']],
  ['mood', ["'happy'"], ['happy']],
  ['mood[]', ["'{happy,sad}'"], ['{happy,sad}']],
  ['pair', ["ROW(1,'a')"], ['(1,a)']],
  ['positive', ['7'], [7]],
  ['above_positive', ['7'], [7]],
  ['stamps', ["'{2026-11-29 13:40:07}'"], [['2026-11-29T13:40:07']]],
];

describe('values', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  before(async () => {
    postgres = await startPostgres();
    sql = await postgres.connect();
    await sql.query(`CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE TYPE pair AS (a int, b text);
      CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE DOMAIN above_positive AS positive;
      CREATE DOMAIN stamps AS timestamp[]`);
    // Settings of the database and the role must not change what arrives.
    await sql.query(`ALTER DATABASE postgres SET datestyle = 'German'; ALTER DATABASE postgres SET timezone = 'Asia/Tokyo';
      ALTER ROLE postgres SET bytea_output = 'escape'; ALTER ROLE postgres SET intervalstyle = 'postgres_verbose';
      ALTER ROLE postgres SET extra_float_digits = 0`);
  });
  after(() => postgres.stop());

  async function follow(t, table, columns) {
    await sql.query(`CREATE TABLE ${table} (${columns})`);
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings: [{ id: table, table, topic: table }] });
    const observed = await subscribe(t, platform, [table]);
    return { platform, observed };
  }

  test('every type arrives as documented', async (t) => {
    const columns = VALUES.map(([type], index) => `c${index} ${type}`).join(', ');
    const { platform, observed } = await follow(t, 'every', `id serial PRIMARY KEY, ${columns}`);
    for (const [index, [, literals]] of VALUES.entries()) {
      for (const literal of literals) await sql.query(`INSERT INTO every (c${index}) VALUES (${literal})`);
    }
    await settled(platform);
    const events = observed.events().map(({ payload }) => payload);
    const { rows } = await readSnapshot(platform, 'every');
    assert.deepEqual(rows, events);
    let row = 0;
    for (const [index, [type, literals, expected]] of VALUES.entries()) {
      for (const [nth, literal] of literals.entries()) {
        assert.deepEqual(events[row][`c${index}`], expected[nth], `${type} ${literal}`);
        row += 1;
      }
    }
    assert.equal(events[0].c1, null);
  });

  test('any text, number, array and JSON comes back equal, in events and snapshots', async (t) => {
    const { platform, observed } = await follow(
      t,
      'anything',
      'id int PRIMARY KEY, t text, f float8, a text[], j jsonb, b bytea',
    );
    // Postgres stores no NUL.
    const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\0', ''));
    const json = fc.jsonValue({ noUnicodeString: false }).filter((each) => !/\\u0000|\\ud/i.test(JSON.stringify(each)));
    const row = fc.record({
      t: text,
      f: fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (each === 0 ? 0 : each)),
      a: fc.array(fc.option(text), { minLength: 1 }),
      j: json,
      b: fc.uint8Array(),
    });
    const samples = fc.sample(row, { numRuns: 200, seed: 24 });
    await sql.query('BEGIN');
    for (const [id, { t: value, f, a, j, b }] of samples.entries()) {
      await sql.query('INSERT INTO anything VALUES ($1, $2, $3, $4, $5, $6)', [
        id,
        value,
        f,
        a,
        JSON.stringify(j),
        Buffer.from(b),
      ]);
    }
    await sql.query('COMMIT');
    await settled(platform);
    const expected = samples.map(({ b, ...rest }, id) =>
      JSON.parse(JSON.stringify({ id, ...rest, b: Buffer.from(b).toString('base64') })),
    );
    const payloads = observed.events().map(({ payload }) => payload);
    // jsonb orders members and keeps -0 as 0.
    const plain = (rows) => rows.map((each) => JSON.parse(JSON.stringify(each)));
    assert.deepEqual(plain(payloads), expected);
    // A snapshot has the rows in the order of the table's pages.
    const { rows } = await readSnapshot(platform, 'anything');
    assert.deepEqual(
      rows.toSorted((one, other) => one.id - other.id),
      plain(payloads),
    );
  });
});
