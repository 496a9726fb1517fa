/** `realtime.collection()` over a real table: in the end it has what the table has. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { call, settled, startDatabasePlatform } from '../support/database.js';
import { observe } from '../support/observed-client.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

describe('a collection of a table', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  before(async () => {
    postgres = await startPostgres();
    sql = await postgres.connect();
  });
  after(() => postgres.stop());

  for (const protocol of ['socket.io', 'ws']) {
    test(`follows every kind of change over ${protocol}`, async (t) => {
      const table = `followed_${protocol.replace('.', '')}`;
      await sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, status text, body text);
        ALTER TABLE ${table} ALTER body SET STORAGE EXTERNAL; INSERT INTO ${table} VALUES (1, 'open', repeat('x', 9000)), (2, 'open', NULL)`);
      const platform = await startDatabasePlatform(t, postgres.url(), { mappings: [{ table, topic: table }] });
      const { client } = observe(t, { url: platform.url, token: platform.token(), protocol });
      const rows = await client.collection({ topic: table });
      const equals = async () => {
        await settled(platform);
        const { rows: stored } = await sql.query(`SELECT * FROM ${table} ORDER BY id`);
        assert.deepEqual(
          [...rows.values()].sort((a, b) => a.id - b.id),
          stored,
        );
      };
      await equals();
      // The large body stays; a key moves; rows come and go.
      await sql.query(
        `UPDATE ${table} SET status = 'paid'; INSERT INTO ${table} VALUES (3, 'new', 'c'); DELETE FROM ${table} WHERE id = 2`,
      );
      await equals();
      await sql.query(`UPDATE ${table} SET id = 4 WHERE id = 3`);
      await equals();
      const reset = once(rows, 'change');
      await sql.query(`TRUNCATE ${table}; INSERT INTO ${table} VALUES (5, 'after', NULL)`);
      await reset;
      while (!rows.live) await once(rows, 'change');
      await equals();
    });
  }

  test('a snapshot can be one JSON document', async (t) => {
    await sql.query("CREATE TABLE whole (id int PRIMARY KEY, a text); INSERT INTO whole VALUES (1, 'x'), (2, NULL)");
    const platform = await startDatabasePlatform(t, postgres.url(), {
      mappings: [{ id: 'w', table: 'whole', topic: 'whole' }],
    });
    const [status, { lsn, ...rest }] = await call(platform, 'GET', '/mappings/w/snapshot?format=json');
    assert.equal(status, 200);
    assert.match(lsn, /\//);
    assert.deepEqual(rest, {
      topic: 'whole',
      key: ['id'],
      rows: [
        { id: 1, a: 'x' },
        { id: 2, a: null },
      ],
    });
    await sql.query('DELETE FROM whole');
    assert.deepEqual((await call(platform, 'GET', '/mappings/w/snapshot?format=json'))[1].rows, []);
    const [refused, { message }] = await call(platform, 'GET', '/mappings/w/snapshot?format=csv');
    assert.equal(refused, 400);
    assert.match(message, /format: expected one of ndjson, json/);
  });
});
