/** Snapshots: with the later events they are the table, whatever happens meanwhile. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { lsnOf, readSnapshot, settled, startDatabasePlatform, subscribe, until } from '../support/database.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

describe('snapshots', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  before(async () => {
    postgres = await startPostgres();
    sql = await postgres.connect();
  });
  after(() => postgres.stop());

  test('have the payloads of inserts, between a line that names the position and one that counts', async (t) => {
    await sql.query(`CREATE TABLE listed (id int PRIMARY KEY, status text, twice int GENERATED ALWAYS AS (id * 2) STORED);
      INSERT INTO listed VALUES (1, 'open'), (2, 'paid'), (3, NULL)`);
    const payload = { n: '$row.id', s: '$row.status', what: '$operation' };
    const mappings = [
      { id: 'plain', table: 'listed', topic: 'listed' },
      {
        id: 'shaped',
        table: 'listed',
        topic: 'shaped',
        events: ['insert', 'update'],
        payload,
        when: { eq: ['status', 'paid'] },
      },
    ];
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings });
    const { head, rows, end } = await readSnapshot(platform, 'plain');
    assert.match(head.lsn, /^[0-9A-F]+\/[0-9A-F]+$/);
    assert.deepEqual([head.topic, head.key], ['listed', ['id']]);
    // What Postgres does not replicate is not in events either.
    assert.deepEqual(rows, [
      { id: 1, status: 'open' },
      { id: 2, status: 'paid' },
      { id: 3, status: null },
    ]);
    assert.deepEqual(end, { end: true, rows: 3 });
    assert.deepEqual((await readSnapshot(platform, 'shaped')).rows, [{ n: 2, s: 'paid', what: 'insert' }]);
    await sql.query('DELETE FROM listed');
    assert.deepEqual((await readSnapshot(platform, 'plain')).end, { end: true, rows: 0 });
    const response = await fetch(`${platform.url}/api/database/mappings/plain/snapshot`, {
      headers: { authorization: `Bearer ${platform.token()}` },
    });
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    await response.text();
  });

  test('an event is in the snapshot exactly if its commit is not after it', async (t) => {
    await sql.query('CREATE TABLE moving (id int PRIMARY KEY, n int NOT NULL)');
    await sql.query('INSERT INTO moving SELECT g, 0 FROM generate_series(0, 39) g');
    const platform = await startDatabasePlatform(t, postgres.url(), {
      mappings: [{ id: 'moving', table: 'moving', topic: 'moving' }],
    });
    const observed = await subscribe(t, platform, ['moving']);
    let stop = false;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      const client = await postgres.connect();
      for (let n = 1; !stop; n += 1) {
        const id = writer * 10 + (n % 10);
        // Some transactions take longer than others, and commits come close together.
        await client.query(`BEGIN; UPDATE moving SET n = n + 1 WHERE id = ${id}`);
        if (n % 7 === 0)
          await client.query(`DELETE FROM moving WHERE id = ${id}; INSERT INTO moving VALUES (${id}, ${n})`);
        await client.query('COMMIT');
      }
    });
    const snapshots = [];
    for (let i = 0; i < 12; i += 1) snapshots.push(await readSnapshot(platform, 'moving'));
    stop = true;
    await Promise.all(writers);
    await settled(platform);
    const { rows: table } = await sql.query('SELECT id, n FROM moving ORDER BY id');
    const events = observed.events();
    assert.ok(events.length > 100);
    for (const { head, rows } of snapshots) {
      const state = new Map(rows.map((row) => [row.id, row.n]));
      const lsn = lsnOf(head.lsn);
      for (const { payload, metadata } of events) {
        const commit = lsnOf(metadata.commitLsn);
        assert.notEqual(commit, lsn);
        if (commit <= lsn) continue;
        if (metadata.operation === 'delete') state.delete(payload.id);
        // An event that the snapshot has already, or one before it that it has not, would show
        // here.
        else if (metadata.operation === 'update') assert.equal(payload.n, state.get(payload.id) + 1);
        if (metadata.operation !== 'delete') state.set(payload.id, payload.n);
      }
      assert.deepEqual(
        [...state].map(([id, n]) => ({ id, n })).sort((a, b) => a.id - b.id),
        table,
      );
    }
    assert.ok(new Set(snapshots.map(({ head }) => head.lsn)).size > 1);
  });

  /** A platform, and the beginning of a snapshot of the table `wide`. */
  async function beginSnapshot(t) {
    const platform = await startDatabasePlatform(t, postgres.url(), {
      mappings: [{ id: 'wide', table: 'wide', topic: 'wide' }],
    });
    const request = http.get(`${platform.url}/api/database/mappings/wide/snapshot`, {
      headers: { authorization: `Bearer ${platform.token()}` },
    });
    const [response] = await once(request, 'response');
    await once(response, 'readable');
    return { platform, response };
  }

  test('a large table is read piece by piece, and a reader who goes away ends the work', async (t) => {
    await sql.query(
      "CREATE TABLE wide (id int PRIMARY KEY, body text); INSERT INTO wide SELECT g, repeat('x', 2000) FROM generate_series(1, 20000) g",
    );
    const { platform, response } = await beginSnapshot(t);
    // The reader pauses: the cursor stays where it is, and no more than the buffers is in memory.
    const reading =
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'realtime-local' AND query LIKE 'FETCH%' AND state = 'idle in transaction'";
    await until(sql, reading);
    assert.ok(response.readableLength < 1_000_000);
    // Its slot is gone already.
    await until(
      sql,
      "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name LIKE 'realtime_snapshot%')",
    );
    response.destroy();
    await until(sql, `SELECT 1 WHERE NOT EXISTS (${reading})`);
    const { rows, end } = await readSnapshot(platform, 'wide');
    assert.equal(rows.length, 20_000);
    assert.deepEqual(end, { end: true, rows: 20_000 });
  });

  test('a connection that is lost in the middle leaves out the last line', async (t) => {
    const { response } = await beginSnapshot(t);
    const reading =
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'realtime-local' AND query LIKE 'FETCH%' AND state = 'idle in transaction'";
    // Between two pieces it may be busy: then this finds no reader, and looks again.
    await until(sql, `SELECT pg_terminate_backend(pid) FROM (${reading}) readers`);
    await assert.rejects(response.toArray(), { code: 'ECONNRESET' });
  });

  test('rows that a policy would hide, and a missing privilege, are errors', async (t) => {
    await sql.query(`CREATE ROLE reader LOGIN REPLICATION PASSWORD 'pw-reader'; GRANT CREATE ON DATABASE postgres TO reader;
      CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden OWNER TO reader; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
      ALTER TABLE hidden FORCE ROW LEVEL SECURITY;
      CREATE TABLE unreadable (id int PRIMARY KEY); ALTER TABLE unreadable OWNER TO reader; REVOKE SELECT ON unreadable FROM reader`);
    const mappings = ['hidden', 'unreadable'].map((table) => ({ id: table, table, topic: table }));
    const url = postgres.url('postgres', { user: 'reader', password: 'pw-reader' });
    const platform = await startDatabasePlatform(t, url, { mappings });
    await assert.rejects(readSnapshot(platform, 'hidden'), /503 .*row-level security.*ALTER ROLE .*reader.* BYPASSRLS/);
    await assert.rejects(readSnapshot(platform, 'unreadable'), /503 .*GRANT SELECT ON unreadable TO .*reader/);
  });
});
