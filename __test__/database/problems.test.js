/**
 * What can be wrong with a database: each is an error that names what mends it, never with the
 * password; the platform goes on, and connects when it is mended.
 */

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { call, settled, startDatabasePlatform, subscribe, until } from '../support/database.js';
import { startPlatform } from '../support/local-platform.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

describe('a database that cannot be used', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  before(async () => {
    postgres = await startPostgres({ settings: { wal_level: 'replica' } });
  });
  after(() => postgres.stop());

  /** A platform that starts although its database cannot be used, and what it says of it. */
  async function startBroken(t, url, options = {}) {
    const lines = [];
    const platform = await startPlatform(t, { database: url, log: (line) => lines.push(line), ...options });
    const status = await platform.database.status();
    assert.equal((await fetch(`${platform.url}/health`)).status, 200);
    assert.ok(
      lines.some((line) => line.includes(status.problem.slice(0, 60))),
      lines.join('\n'),
    );
    // A change of the mappings says why it is not possible.
    const [code, body] = await call(platform, 'POST', '/mappings', { body: { table: 'a', topic: 't' } });
    assert.equal(code, 503);
    assert.ok(body.message.includes(status.problem));
    await assert.rejects(platform.database.ready({ timeout: 1 }), (error) => error.message.includes(status.problem));
    const said = JSON.stringify([lines, status, body, platform.connections]);
    const secret = new URL(url).password;
    assert.ok(secret === '' || !said.includes(secret), said);
    return { platform, lines, problem: status.problem, state: status.state };
  }

  test('wal_level, which is mended while the platform runs', async (t) => {
    const { platform, problem, state } = await startBroken(t, postgres.url());
    assert.equal(state, 'waiting');
    assert.match(problem, /wal_level is 'replica'\. Run ALTER SYSTEM SET wal_level = logical; and restart Postgres/);
    await postgres.restart({ wal_level: 'logical' });
    await platform.database.ready();
    sql = await postgres.connect();
  });

  test('nobody listens there', async (t) => {
    const server = net.createServer().listen(0, '127.0.0.1');
    const { port } = await new Promise((resolve) => server.once('listening', () => resolve(server.address())));
    await new Promise((resolve) => server.close(resolve));
    const { problem } = await startBroken(t, `postgres://u:hush@127.0.0.1:${port}/app`);
    assert.match(
      problem,
      /^postgres:\/\/u@127\.0\.0\.1:\d+\/app: connect ECONNREFUSED .*start Postgres, or correct host and port/,
    );
  });

  test('a wrong password, an unknown database, and a role that may not log in', async (t) => {
    const wrong = await startBroken(t, postgres.url('postgres', { password: 'wrong-password' }));
    assert.match(
      wrong.problem,
      /password authentication failed for user "postgres"\. Correct user and password in the URL/,
    );
    const unknown = await startBroken(t, postgres.url('nowhere'));
    assert.match(unknown.problem, /database "nowhere" does not exist\. Run: CREATE DATABASE "nowhere";/);
    await sql.query("CREATE ROLE mute PASSWORD 'pw-mute'");
    const mute = await startBroken(t, postgres.url('postgres', { user: 'mute', password: 'pw-mute' }));
    assert.match(mute.problem, /role "mute" is not permitted to log in/);
  });

  test('missing privileges, mended one after the other', async (t) => {
    await sql.query("CREATE ROLE ada LOGIN PASSWORD 'pw-ada'; CREATE TABLE owned (id int PRIMARY KEY)");
    const mappings = [{ table: 'owned', topic: 'owned' }];
    const { platform, problem, lines } = await startBroken(
      t,
      postgres.url('postgres', { user: 'ada', password: 'pw-ada' }),
      {
        mappings,
      },
    );
    const said = (pattern) => platform.until(() => lines.some((line) => pattern.test(line)));
    assert.match(
      problem,
      /permission denied for database postgres\. Run as its owner: GRANT CREATE ON DATABASE "postgres" TO "ada";/,
    );
    await sql.query('GRANT CREATE ON DATABASE postgres TO ada');
    await said(/permission denied to start WAL sender\. Run as a superuser: ALTER ROLE "ada" REPLICATION;/);
    await sql.query('ALTER ROLE ada REPLICATION');
    await said(
      /must be owner of table owned\. Publishing a table needs its owner\. Run: ALTER TABLE owned OWNER TO "ada";/,
    );
    await sql.query('ALTER TABLE owned OWNER TO ada');
    await platform.database.ready();
    const observed = await subscribe(t, platform, ['owned']);
    await sql.query('INSERT INTO owned VALUES (1)');
    await settled(platform);
    assert.equal(observed.events().length, 1);
  });

  test('no replication slot left, until one is dropped', async (t) => {
    await postgres.restart({ max_replication_slots: 1 });
    sql = await postgres.connect();
    await sql.query("SELECT pg_create_logical_replication_slot('hoarded', 'pgoutput')");
    const { platform, problem } = await startBroken(t, postgres.url());
    assert.match(problem, /all replication slots are in use\. Raise max_replication_slots .*pg_drop_replication_slot/);
    await sql.query("SELECT pg_drop_replication_slot('hoarded')");
    await platform.database.ready();
    await platform.close();
    await postgres.restart({ max_replication_slots: 20, max_wal_senders: 0 });
    const { problem: senders } = await startBroken(t, postgres.url());
    assert.match(senders, /max_wal_senders/);
    await postgres.restart({ max_wal_senders: 20 });
    sql = await postgres.connect();
  });

  test('a database that is killed later: a gap, and the changes go on', async (t) => {
    await sql.query('CREATE TABLE mortal (id int PRIMARY KEY)');
    const lines = [];
    const mappings = [{ table: 'mortal', topic: 'mortal' }];
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings, log: (line) => lines.push(line) });
    const observed = await subscribe(t, platform, ['mortal']);
    await sql.query('INSERT INTO mortal VALUES (1)');
    await settled(platform);
    await postgres.kill();
    await platform.until(() => lines.some((line) => /ECONNREFUSED|terminated/.test(line)));
    await postgres.start();
    sql = await postgres.connect();
    const gap = await observed.seen('gap');
    await platform.database.ready();
    await sql.query('INSERT INTO mortal VALUES (2)');
    await settled(platform);
    assert.match(gap.reason, /connection to the database was lost/);
    assert.ok(gap.until >= gap.since);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      [1, 2],
    );
  });

  test('a slot that Postgres gave up: a gap, and a new slot', async (t) => {
    await postgres.restart({ max_slot_wal_keep_size: '1MB', min_wal_size: '32MB', max_wal_size: '32MB' });
    sql = await postgres.connect();
    await sql.query('CREATE TABLE lagging (id int PRIMARY KEY)');
    const options = { mappings: [{ table: 'lagging', topic: 'lagging' }], keepSlot: true, applicationId: 'lagging' };
    const first = await startDatabasePlatform(t, postgres.url(), options);
    await first.close();
    const lost = "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'realtime_lagging' AND wal_status = 'lost'";
    for (let i = 0; (await sql.query(lost)).rows.length === 0; i += 1) {
      assert.ok(i < 50);
      await sql.query('SELECT pg_switch_wal()');
      await sql.query(
        'CREATE TABLE IF NOT EXISTS filler (a text); INSERT INTO filler SELECT repeat(md5(g::text), 50) FROM generate_series(1, 5000) g',
      );
      await sql.query('CHECKPOINT');
    }
    const lines = [];
    const platform = await startDatabasePlatform(t, postgres.url(), { ...options, log: (line) => lines.push(line) });
    assert.match(lines.join('\n'), /gap +lagging: the replication slot was lost: .*Raise max_slot_wal_keep_size/);
    const observed = await subscribe(t, platform, ['lagging']);
    await sql.query('INSERT INTO lagging VALUES (1)');
    await settled(platform);
    assert.equal(observed.events().length, 1);
    await platform.close();
    await until(sql, 'SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE active)');
    await sql.query("SELECT pg_drop_replication_slot('realtime_lagging')");
  });

  test('a transaction that stays open while the platform starts', async (t) => {
    const writer = await postgres.connect();
    await writer.query('BEGIN; CREATE TABLE uncommitted (id int)');
    const { rows } = await writer.query('SELECT pg_backend_pid() AS pid');
    const { platform, problem } = await startBroken(t, postgres.url());
    assert.match(
      problem,
      new RegExp(
        `the new slot waits for transactions that are open, the oldest with pid ${rows[0].pid}: SELECT pg_terminate_backend`,
      ),
    );
    await writer.query('COMMIT');
    await platform.database.ready();
  });

  test('without a log, a problem is a warning', async (t) => {
    const warnings = [];
    const listen = (warning) => warnings.push(warning);
    process.on('warning', listen);
    t.after(() => process.off('warning', listen));
    const mappings = [{ table: 'nowhere', topic: 'n' }];
    await startPlatform(t, { database: postgres.url('nowhere') });
    await startPlatform(t, { database: postgres.url(), mappings });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['DATABASE_UNAVAILABLE', 'MAPPING_FAILED'],
    );
  });
});
