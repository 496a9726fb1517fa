/** Change data capture against a real Postgres, as the subscribers of a platform see it. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { lsnOf, settled, startDatabasePlatform, subscribe, until } from '../support/database.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

describe('database events', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  before(async () => {
    postgres = await startPostgres();
    sql = await postgres.connect();
  });
  after(() => postgres.stop());

  /** A platform with one mapping of a new table, and a client that is subscribed to it. */
  async function follow(t, table, columns, { mapping = {}, options = {}, client = {} } = {}) {
    await sql.query(`CREATE TABLE ${table} (${columns})`);
    const topic = `${table}.changed`;
    const mappings = [{ table, topic, ...mapping }];
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings, ...options });
    const observed = await subscribe(t, platform, [topic], client);
    return { platform, observed, topic };
  }
  async function dropSlot(slot) {
    const inUse = 'SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND active';
    await until(sql, `SELECT 1 WHERE NOT EXISTS (${inUse})`, [slot]);
    await sql.query('SELECT pg_drop_replication_slot($1)', [slot]);
  }
  const brief = ({ type, payload }) => [type, payload];

  for (const protocol of ['socket.io', 'ws']) {
    test(`inserts, updates and deletes arrive once, whole and in order over ${protocol}`, async (t) => {
      const table = `basic_${protocol.replace('.', '')}`;
      const { platform, observed } = await follow(t, table, 'id int PRIMARY KEY, status text', {
        client: { protocol },
      });
      const began = Date.now();
      await sql.query(`BEGIN; INSERT INTO ${table} VALUES (1, 'open'), (2, 'open');
        UPDATE ${table} SET status = 'paid' WHERE id = 1; DELETE FROM ${table} WHERE id = 2; COMMIT`);
      await sql.query(`INSERT INTO ${table} VALUES (3, NULL)`);
      await settled(platform);
      const events = observed.events();
      assert.deepEqual(events.map(brief), [
        ['database.insert', { id: 1, status: 'open' }],
        ['database.insert', { id: 2, status: 'open' }],
        ['database.update', { id: 1, status: 'paid' }],
        ['database.delete', { id: 2 }],
        ['database.insert', { id: 3, status: null }],
      ]);
      const [first, , , , last] = events;
      const { timestamp, commitLsn, transactionId, ...metadata } = first.metadata;
      assert.deepEqual(metadata, { table, operation: 'insert', schema: 'public', key: { id: 1 } });
      assert.ok(Number.isInteger(timestamp) && Math.abs(timestamp - began) < 60_000);
      assert.ok(Number.isInteger(transactionId));
      const { rows } = await sql.query('SELECT system_identifier::text AS id FROM pg_control_system()');
      assert.deepEqual(
        events.map(({ id }) => id),
        [0, 1, 2, 3]
          .map((n) => `pg:${rows[0].id}:${commitLsn}:${n}`)
          .concat(`pg:${rows[0].id}:${last.metadata.commitLsn}:0`),
      );
      assert.ok(lsnOf(last.metadata.commitLsn) > lsnOf(commitLsn));
      assert.equal(first.source, 'database');
    });
  }

  test('transactions of several writers come whole, in the order of their commits', async (t) => {
    const { platform, observed } = await follow(t, 'writers', 'writer int, n int, PRIMARY KEY (writer, n)');
    const [slow, quick] = [await postgres.connect(), await postgres.connect()];
    await slow.query('BEGIN; INSERT INTO writers VALUES (1, 1)');
    await quick.query('BEGIN; INSERT INTO writers VALUES (2, 1)');
    await slow.query('INSERT INTO writers VALUES (1, 2)');
    await quick.query('INSERT INTO writers VALUES (2, 2); COMMIT');
    await slow.query(
      'SAVEPOINT a; INSERT INTO writers VALUES (1, 99); ROLLBACK TO a; INSERT INTO writers VALUES (1, 3); COMMIT',
    );
    await slow.query('BEGIN; INSERT INTO writers VALUES (9, 9); ROLLBACK');
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ payload: { writer, n } }) => [writer, n]),
      [
        [2, 1],
        [2, 2],
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    );
    const transactions = observed.events().map(({ metadata }) => metadata.transactionId);
    assert.equal(new Set(transactions).size, 2);
  });

  test('a transaction that is larger than a batch arrives complete', async (t) => {
    const { platform, observed } = await follow(t, 'large', 'id int PRIMARY KEY');
    await sql.query('INSERT INTO large SELECT generate_series(1, 12000)');
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      Array.from({ length: 12_000 }, (_, i) => i + 1),
    );
    assert.equal(new Set(observed.events().map(({ id }) => id)).size, 12_000);
  });

  test('with REPLICA IDENTITY FULL, updates and deletes have the whole old row', async (t) => {
    const mapping = { payload: { from: '$old.status', to: '$row.status', what: '$operation', in: '$table' } };
    await sql.query(`CREATE TABLE whole (id int, status text); ALTER TABLE whole REPLICA IDENTITY FULL`);
    const platform = await startDatabasePlatform(t, postgres.url(), {
      mappings: [{ table: 'whole', topic: 'whole', ...mapping }],
    });
    const observed = await subscribe(t, platform, ['whole']);
    await sql.query(`INSERT INTO whole VALUES (1, 'open'); UPDATE whole SET status = 'paid'; DELETE FROM whole`);
    await settled(platform);
    assert.deepEqual(observed.events().map(brief), [
      ['database.insert', { to: 'open', what: 'insert', in: 'whole' }],
      ['database.update', { from: 'open', to: 'paid', what: 'update', in: 'whole' }],
      ['database.delete', { from: 'paid', to: 'paid', what: 'delete', in: 'whole' }],
    ]);
    assert.deepEqual(
      observed.events().map(({ metadata }) => metadata.changed),
      [undefined, ['status'], undefined],
    );
    // Nothing tells the rows of this table apart.
    assert.equal('key' in observed.events()[0].metadata, false);
  });

  test('a changed key comes with the old key, for a primary key, an index and FULL', async (t) => {
    await sql.query(`
      CREATE TABLE pk (id int PRIMARY KEY, v text);
      CREATE TABLE idx (id int PRIMARY KEY, code text NOT NULL, v text); CREATE UNIQUE INDEX codes ON idx (code);
      ALTER TABLE idx REPLICA IDENTITY USING INDEX codes;
      CREATE TABLE entire (id int PRIMARY KEY, v text); ALTER TABLE entire REPLICA IDENTITY FULL;`);
    const tables = ['pk', 'idx', 'entire'];
    const mappings = tables.map((table) => ({ table, topic: table }));
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings });
    const observed = await subscribe(t, platform, tables);
    await sql.query(`
      INSERT INTO pk VALUES (1, 'a'); UPDATE pk SET v = 'b'; UPDATE pk SET id = 2; DELETE FROM pk;
      INSERT INTO idx VALUES (1, 'x', 'a'); UPDATE idx SET id = 5; UPDATE idx SET code = 'y'; DELETE FROM idx;
      INSERT INTO entire VALUES (1, 'a'); UPDATE entire SET v = 'b'; UPDATE entire SET id = 2; DELETE FROM entire`);
    await settled(platform);
    const of = (table) =>
      observed
        .events()
        .filter(({ topic }) => topic === table)
        .map(({ metadata: { key, oldKey } }) => [key, oldKey]);
    assert.deepEqual(of('pk'), [
      [{ id: 1 }, undefined],
      [{ id: 1 }, undefined],
      [{ id: 2 }, { id: 1 }],
      [{ id: 2 }, undefined],
    ]);
    assert.deepEqual(of('idx'), [
      [{ code: 'x' }, undefined],
      [{ code: 'x' }, undefined],
      [{ code: 'y' }, { code: 'x' }],
      [{ code: 'y' }, undefined],
    ]);
    assert.deepEqual(of('entire'), of('pk'));
  });

  test('a large value that an update did not touch is named, not invented', async (t) => {
    const { platform, observed } = await follow(t, 'toasted', 'id int PRIMARY KEY, n int, body text');
    await sql.query('ALTER TABLE toasted ALTER body SET STORAGE EXTERNAL');
    const body = 'x'.repeat(20_000);
    await sql.query('INSERT INTO toasted VALUES (1, 1, $1)', [body]);
    await sql.query('UPDATE toasted SET n = 2');
    await sql.query('UPDATE toasted SET body = NULL');
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload),
      [
        { id: 1, n: 1, body },
        { id: 1, n: 2 },
        { id: 1, n: 2, body: null },
      ],
    );
    assert.deepEqual(
      observed.events().map(({ metadata }) => metadata.unchanged),
      [undefined, ['body'], undefined],
    );
  });

  test('when and triggerColumns decide which changes are events', async (t) => {
    await sql.query(`CREATE TABLE picky (id int PRIMARY KEY, status text, note text, active bool, big bigint);
      ALTER TABLE picky REPLICA IDENTITY FULL`);
    const base = { table: 'picky', payload: { id: '$row.id', status: '$row.status' } };
    const mappings = [
      { ...base, topic: 'trigger', triggerColumns: ['status'], events: ['update'] },
      {
        ...base,
        topic: 'when',
        when: { and: [{ changed: 'status' }, { eq: ['active', true] }, { eq: ['big', '9007199254740993'] }] },
      },
    ];
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings });
    const observed = await subscribe(t, platform, ['trigger', 'when']);
    await sql.query(`INSERT INTO picky VALUES (1, 'a', 'n', true, 9007199254740993), (2, 'a', 'n', false, 9007199254740993), (3, 'a', 'n', true, 1);
      UPDATE picky SET note = 'm'; UPDATE picky SET status = 'b'; DELETE FROM picky`);
    await settled(platform);
    const of = (topic) =>
      observed
        .events()
        .filter((event) => event.topic === topic)
        .map(({ type, payload }) => `${type.slice(9)} ${payload.id}${payload.status}`);
    assert.deepEqual(of('trigger'), ['update 1b', 'update 2b', 'update 3b']);
    assert.deepEqual(of('when'), ['insert 1a', 'update 1b', 'delete 1b']);
    // One change that is an event of two mappings has two IDs.
    assert.equal(new Set(observed.events().map(({ id }) => id)).size, 6);
  });

  test('the outbox speaks inside of its transaction, and only through registered prefixes', async (t) => {
    const { platform, observed } = await follow(t, 'ledger', 'id int PRIMARY KEY', {
      options: { outbox: ['realtime', 'mine'] },
    });
    observed.client.subscribe({ topic: 'order.paid' });
    await platform.subscribed('order.paid');
    const message = JSON.stringify({ topic: 'order.paid', payload: { id: 7 }, metadata: { traceparent: 'x' } });
    const emit = (prefix, text, transactional = true) => [
      'SELECT pg_logical_emit_message($1, $2, $3)',
      [transactional, prefix, text],
    ];
    await sql.query('BEGIN');
    await sql.query('INSERT INTO ledger VALUES (1)');
    await sql.query(...emit('realtime', message));
    await sql.query('INSERT INTO ledger VALUES (2)');
    await sql.query('COMMIT');
    await sql.query(...emit('mine', JSON.stringify({ topic: 'order.paid', type: 'paid', id: 'own-id' })));
    await sql.query(...emit('other', message));
    await sql.query(...emit('realtime', message, false));
    await sql.query(...emit('realtime', 'no JSON'));
    await sql.query(...emit('realtime', '{"topic":""}'));
    await sql.query('BEGIN');
    await sql.query(...emit('realtime', message));
    await sql.query('ROLLBACK');
    await settled(platform);
    const events = observed.events();
    assert.deepEqual(events.map(brief), [
      ['database.insert', { id: 1 }],
      ['database.message', { id: 7 }],
      ['database.insert', { id: 2 }],
      ['paid', {}],
    ]);
    assert.match(events[1].id, /^pg:\d+:[0-9A-F]+\/[0-9A-F]+:1$/);
    assert.equal(events[3].id, 'own-id');
    assert.equal(events[1].metadata.traceparent, 'x');
    assert.equal(events[1].metadata.commitLsn, events[0].metadata.commitLsn);
    const { refused, events: count } = await platform.database.status();
    assert.deepEqual([refused, count], [2, 4]);
  });

  test('TRUNCATE is a gap: a subscriber must read the table again', async (t) => {
    const { platform, observed } = await follow(t, 'emptied', 'id int PRIMARY KEY');
    await sql.query('INSERT INTO emptied VALUES (1); TRUNCATE emptied; INSERT INTO emptied VALUES (2)');
    const gap = await observed.seen('gap');
    await settled(platform);
    assert.deepEqual(
      [gap.reason, gap.reportedBy, gap.subscriptions.map(({ topic }) => topic)],
      ['TRUNCATE of emptied', 'server', ['emptied.changed']],
    );
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      [1, 2],
    );
  });

  test('partitions arrive as their table', async (t) => {
    await sql.query(`CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE parted_25 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE parted_26 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`);
    const platform = await startDatabasePlatform(t, postgres.url(), {
      mappings: [{ table: 'parted', topic: 'parted' }],
    });
    const observed = await subscribe(t, platform, ['parted']);
    await sql.query(`INSERT INTO parted VALUES (1, '2025-05-05'), (2, '2026-05-05')`);
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ payload, metadata }) => [payload, metadata.table]),
      [
        [{ id: 1, at: '2025-05-05' }, 'parted'],
        [{ id: 2, at: '2026-05-05' }, 'parted'],
      ],
    );
  });

  test('columns that come and go while it runs', async (t) => {
    const { platform, observed } = await follow(t, 'evolving', 'id int PRIMARY KEY, a text');
    await sql.query(`INSERT INTO evolving VALUES (1, 'a'); ALTER TABLE evolving ADD b int DEFAULT 5;
      INSERT INTO evolving VALUES (2, 'a'); ALTER TABLE evolving DROP a; INSERT INTO evolving VALUES (3, 6)`);
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload),
      [
        { id: 1, a: 'a' },
        { id: 2, a: 'a', b: 5 },
        { id: 3, b: 6 },
      ],
    );
  });

  test('by default the database has nothing of the platform afterwards, not even of a killed one', async (t) => {
    await sql.query(
      'CREATE TABLE clean (id int PRIMARY KEY); CREATE PUBLICATION realtime_tmp_0123456789ab FOR TABLE clean',
    );
    const mine = `SELECT pubname AS name FROM pg_publication WHERE pubname LIKE 'realtime%'
      UNION ALL SELECT slot_name FROM pg_replication_slots`;
    const other = await startDatabasePlatform(t, postgres.url(), { mappings: [{ table: 'clean', topic: 'clean' }] });
    const platform = await startDatabasePlatform(t, postgres.url(), { mappings: [{ table: 'clean', topic: 'clean' }] });
    // Those of the abandoned one are gone; those of the living one are not.
    assert.equal((await sql.query(mine)).rows.length, 6);
    const observed = await subscribe(t, other, ['clean']);
    await sql.query('INSERT INTO clean VALUES (1)');
    await settled(other);
    assert.equal(observed.events().length, 1);
    await platform.close();
    await other.close();
    await until(sql, `SELECT 1 WHERE NOT EXISTS (${mine})`);
  });

  test('a lost connection is a gap, and the changes go on', async (t) => {
    const { platform, observed, topic } = await follow(t, 'broken', 'id int PRIMARY KEY');
    await sql.query('INSERT INTO broken VALUES (1)');
    await settled(platform);
    await sql.query(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1`, [
      (await platform.database.status()).slot,
    ]);
    const gap = await observed.seen('gap');
    await platform.database.ready();
    await sql.query('INSERT INTO broken VALUES (2)');
    await settled(platform);
    assert.match(gap.reason, /connection to the database was lost/);
    assert.deepEqual(
      gap.subscriptions.map((each) => each.topic),
      [topic],
    );
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      [1, 2],
    );
  });

  test('a kept slot continues where it was: after a lost connection, and after the platform', async (t) => {
    const applicationId = 'Kept App';
    const { platform, observed } = await follow(t, 'kept', 'id int PRIMARY KEY', {
      options: { keepSlot: true, applicationId },
    });
    const { slot } = await platform.database.status();
    await sql.query('INSERT INTO kept VALUES (1)');
    await settled(platform);
    await sql.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1', [slot]);
    await sql.query('INSERT INTO kept VALUES (2)');
    await observed.seen('event', ({ payload }) => payload.id === 2);
    assert.deepEqual(observed.gaps(), []);
    await platform.close();
    await sql.query('INSERT INTO kept VALUES (3)');
    // The platform of another application has another slot.
    const mappings = [{ table: 'kept', topic: 'kept.changed' }];
    const next = await startDatabasePlatform(t, postgres.url(), {
      keepSlot: true,
      applicationId,
      mappings,
      port: platform.port,
    });
    await next.database.caughtUp();
    assert.deepEqual((await next.database.status()).slot, slot);
    const response = await fetch(`${next.url}/_local/events`);
    const ids = (await response.json()).map(({ payload }) => payload.id);
    // What was handed over before does not come again.
    assert.deepEqual(ids, [3]);
    await next.close();
    await dropSlot(slot);
  });

  test('a second process waits for the slot, and takes over', async (t) => {
    await sql.query('CREATE TABLE led (id int PRIMARY KEY)');
    const options = { keepSlot: true, applicationId: 'led', mappings: [{ table: 'led', topic: 'led' }] };
    const leader = await startDatabasePlatform(t, postgres.url(), options);
    const lines = [];
    const { startPlatform } = await import('../support/local-platform.js');
    const second = await startPlatform(t, { database: postgres.url(), ...options, log: (line) => lines.push(line) });
    assert.equal((await second.database.status()).state, 'standby');
    assert.match(lines.join('\n'), /standby: Another process reads the slot realtime_led/);
    await leader.close();
    await second.database.ready();
    const observed = await subscribe(t, second, ['led']);
    await sql.query('INSERT INTO led VALUES (1)');
    await settled(second);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      [1],
    );
    await second.close();
    await dropSlot('realtime_led');
  });

  test('only what was handed over is acknowledged, exactly to its end, also when nothing of ours changes', async (t) => {
    const applicationId = 'acked';
    const { platform, observed } = await follow(t, 'acked', 'id int PRIMARY KEY', {
      options: { keepSlot: true, applicationId },
    });
    await sql.query('INSERT INTO acked VALUES (1)');
    const {
      rows: [{ lsn }],
    } = await sql.query('SELECT pg_current_wal_insert_lsn() AS lsn');
    await settled(platform);
    assert.equal(observed.events().length, 1);
    await until(
      sql,
      "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'realtime_acked' AND confirmed_flush_lsn >= $1",
      [lsn],
    );
    const {
      rows: [slot],
    } = await sql.query(
      "SELECT confirmed_flush_lsn <= pg_current_wal_insert_lsn() AS received, confirmed_flush_lsn AS lsn FROM pg_replication_slots WHERE slot_name = 'realtime_acked'",
    );
    assert.equal(slot.received, true);
    // Commits begin at multiples of 8: one more would be the position of a commit that was not received.
    assert.equal(lsnOf(slot.lsn) % 8n, 0n);
    assert.equal((await platform.database.status()).acknowledged, slot.lsn);
    await platform.close();
    await dropSlot('realtime_acked');
  });
});
