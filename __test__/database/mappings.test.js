/** `/api/database/mappings` against a real Postgres. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, lsnOf, settled, startDatabasePlatform, subscribe, until } from '../support/database.js';
import { startPlatform } from '../support/local-platform.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

test('without a database, the routes and the methods say how to start with one', async (t) => {
  const platform = await startPlatform(t);
  assert.deepEqual(await call(platform, 'GET', '/mappings'), [200, []]);
  const [status, body] = await call(platform, 'POST', '/mappings', { body: { table: 'a', topic: 't' } });
  assert.equal(status, 503);
  assert.equal(body.error, 'UnavailableError');
  assert.match(body.message, /option `database`, or --database/);
  await assert.rejects(platform.database.status(), /--database/);
  await assert.rejects(
    startPlatform(t, { mappings: [{ table: 'a', topic: 't' }] }),
    /options\.mappings: need the option `database`/,
  );
  await assert.rejects(startPlatform(t, { keepSlot: true }), /options\.keepSlot: needs/);
  const mappings = [
    { table: 'a', topic: 't' },
    { table: 'a', topic: '' },
  ];
  await assert.rejects(startPlatform(t, { database: 'postgres://h/d', mappings }), /options\.mappings\[1\]: topic/);
});

describe('mappings', { skip: whyNoPostgres() }, () => {
  let postgres;
  let sql;
  let platform;
  before(async () => {
    postgres = await startPostgres();
    sql = await postgres.connect();
  });
  after(() => postgres.stop());
  const start = async (t, options) => {
    platform = await startDatabasePlatform(t, postgres.url(), options);
  };
  const create = (body) => call(platform, 'POST', '/mappings', { body });

  test('are created, listed, changed and deleted', async (t) => {
    await sql.query(
      'CREATE TABLE crud (id int PRIMARY KEY, status text); CREATE SCHEMA shop; CREATE TABLE shop."Odd.name" (id int PRIMARY KEY)',
    );
    await start(t);
    const [status, mapping] = await create({ id: 'crud', table: 'crud', topic: 'crud.changed', events: ['insert'] });
    assert.equal(status, 201);
    const { createdAt, ...rest } = mapping;
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    assert.deepEqual(rest, {
      id: 'crud',
      table: 'crud',
      topic: 'crud.changed',
      events: ['insert'],
      version: 1,
      state: 'live',
    });
    assert.deepEqual(await call(platform, 'GET', '/mappings', { permissions: ['client'] }), [200, [mapping]]);
    assert.deepEqual(await call(platform, 'GET', '/mappings/crud'), [200, mapping]);
    assert.deepEqual(await call(platform, 'GET', '/mappings/topic/crud.changed'), [200, [mapping]]);
    assert.deepEqual(await call(platform, 'GET', '/mappings/topic/other'), [200, []]);
    const observed = await subscribe(t, platform, ['crud.changed', 'crud.renamed']);
    await sql.query(`INSERT INTO crud VALUES (1, 'a'); DELETE FROM crud`);
    await settled(platform);
    const [, changed] = await call(platform, 'PATCH', '/mappings/crud', {
      body: { topic: 'crud.renamed', events: null, payload: { n: '$row.id' } },
    });
    assert.deepEqual(
      [changed.version, changed.events, changed.topic],
      [2, ['insert', 'update', 'delete'], 'crud.renamed'],
    );
    await sql.query(`INSERT INTO crud VALUES (2, 'a'); DELETE FROM crud`);
    await settled(platform);
    const [, removed] = await call(platform, 'DELETE', '/mappings/crud');
    assert.equal(removed.id, 'crud');
    await sql.query(`INSERT INTO crud VALUES (3, 'a')`);
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ topic, type, payload }) => [topic, type, payload]),
      [
        ['crud.changed', 'database.insert', { id: 1, status: 'a' }],
        ['crud.renamed', 'database.insert', { n: 2 }],
        ['crud.renamed', 'database.delete', { n: 2 }],
      ],
    );
    // Without a mapping, the table is not replicated any more.
    const { rows } = await sql.query('SELECT * FROM pg_publication_tables');
    assert.deepEqual(rows, []);
    assert.deepEqual((await call(platform, 'DELETE', '/mappings/crud'))[0], 404);
    assert.deepEqual((await call(platform, 'GET', '/mappings/crud/snapshot'))[0], 404);
  });

  test('versions are kept, and one is promoted', async (t) => {
    await sql.query('CREATE TABLE versioned (id int PRIMARY KEY, a text)');
    await start(t, { mappings: [{ id: 'v', table: 'versioned', topic: 'one' }] });
    const observed = await subscribe(t, platform, ['one', 'two']);
    const [status, second] = await call(platform, 'POST', '/mappings/v/versions', {
      body: { topic: 'two', payload: { a: '$row.a' } },
    });
    assert.equal(status, 201);
    assert.deepEqual([second.version, second.live, second.topic, second.table], [2, false, 'two', 'versioned']);
    await sql.query(`INSERT INTO versioned VALUES (1, 'x')`);
    await settled(platform);
    const [, promoted] = await call(platform, 'POST', '/mappings/v/promote', { body: { environment: 'production' } });
    assert.deepEqual([promoted.version, promoted.topic], [2, 'two']);
    assert.deepEqual(
      promoted.promotions.map(({ environment, version }) => [environment, version]),
      [['production', 2]],
    );
    await sql.query(`INSERT INTO versioned VALUES (2, 'y')`);
    await settled(platform);
    await call(platform, 'POST', '/mappings/v/promote', { body: { environment: 'staging', version: 1 } });
    await sql.query(`INSERT INTO versioned VALUES (3, 'z')`);
    await settled(platform);
    assert.deepEqual(
      observed.events().map(({ topic, payload }) => [topic, payload]),
      [
        ['one', { id: 1, a: 'x' }],
        ['two', { a: 'y' }],
        ['one', { id: 3, a: 'z' }],
      ],
    );
    const [, versions] = await call(platform, 'GET', '/mappings/v/versions');
    assert.deepEqual(
      versions.map(({ version, live, topic }) => [version, live, topic]),
      [
        [1, true, 'one'],
        [2, false, 'two'],
      ],
    );
    assert.match(
      (await call(platform, 'POST', '/mappings/v/promote', { body: { environment: 'x', version: 9 } }))[1].message,
      /no version 9/,
    );
    assert.match(
      (await call(platform, 'POST', '/mappings/v/promote', { body: {} }))[1].message,
      /environment: expected/,
    );
    assert.match(
      (await call(platform, 'POST', '/mappings/v/versions', { body: { payload: { a: '$row.b' } } }))[1].message,
      /no column 'b'/,
    );
    assert.equal((await call(platform, 'GET', '/mappings/v/versions'))[1].length, 2);
  });

  test('only services may change them', async (t) => {
    await start(t);
    const [status, { message }] = await call(platform, 'POST', '/mappings', { body: {}, permissions: ['client'] });
    assert.equal(status, 403);
    assert.match(message, /publish/);
    assert.equal((await call(platform, 'GET', '/mappings/status', { permissions: ['client'] }))[0], 200);
  });

  test('mistakes are refused with the statement that mends them', async (t) => {
    await sql.query(`
      CREATE TABLE strict (id int PRIMARY KEY, status text, big bigint, active bool, data jsonb, twice int GENERATED ALWAYS AS (id * 2) STORED);
      CREATE TABLE keyless (a int); CREATE VIEW seen AS SELECT 1 AS id; CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
      CREATE TABLE silent (id int PRIMARY KEY); ALTER TABLE silent REPLICA IDENTITY NOTHING`);
    await start(t);
    const refused = async (body, pattern) => {
      const [status, answer] = await create({ table: 'strict', topic: 't', ...body });
      assert.equal(status, 400, JSON.stringify(answer));
      assert.equal(answer.error, 'ValidationError');
      assert.match(answer.message, pattern);
    };
    const full = /Run: ALTER TABLE "public"\."strict" REPLICA IDENTITY FULL;/;
    await refused(
      { table: 'Strict' },
      /no table "public"\."Strict"\. Create it, or correct the name: it is case-sensitive/,
    );
    await refused({ table: 'nowhere.strict' }, /no table "nowhere"\."strict"/);
    await refused({ table: 'seen' }, /is not a table/);
    await refused({ table: 'unlogged' }, /ALTER TABLE "public"\."unlogged" SET LOGGED/);
    await refused({ table: 'pg_catalog.pg_class' }, /belongs to the database itself/);
    await refused(
      { payload: { a: '$row.stauts' } },
      /payload: the table "public"\."strict" has no column 'stauts'\. Did you mean 'status'/,
    );
    await refused({ payload: { a: '$row.twice' } }, /'twice' is generated/);
    await refused({ triggerColumns: ['nope'] }, /triggerColumns: .* no column 'nope'/);
    await refused({ when: { changed: 'nope' } }, /when\.changed: .* no column/);
    await refused({ when: { eq: ['nope', 1] } }, /when\.eq: .* no column/);
    await refused({ payload: { a: '$old.status' } }, full);
    await refused({ triggerColumns: ['status'] }, full);
    await refused({ when: { changed: 'status' } }, full);
    await refused({ when: { eq: ['status', 'open'] } }, full);
    await refused(
      { when: { eq: ['big', 7] }, events: ['insert'] },
      /'big' arrive as a string, so 7 is never equal\. Write '7'/,
    );
    await refused({ when: { eq: ['active', 'true'] }, events: ['insert'] }, /arrive as a boolean/);
    await refused({ when: { eq: ['data', 'x'] }, events: ['insert'] }, /has JSON or an array/);
    await refused(
      { table: 'keyless' },
      /Add a primary key, or map only inserts\. Or: Run: ALTER TABLE "public"\."keyless" REPLICA IDENTITY FULL/,
    );
    await refused({ table: 'silent', events: ['delete'] }, /nothing that identifies a row/);
    await refused({ topics: 'x' }, /topics is not known\. Did you mean 'topic'/);
    // What needs no old row is fine.
    assert.equal(
      (
        await create({
          table: 'strict',
          topic: 't',
          triggerColumns: ['id'],
          when: { changed: 'id' },
          payload: { a: '$old.id' },
        })
      )[0],
      201,
    );
    assert.equal(
      (
        await create({
          id: 'x',
          table: 'strict',
          topic: 't',
          when: { eq: ['status', 'a'] },
          events: ['insert', 'update'],
        })
      )[0],
      201,
    );
    assert.equal((await create({ id: 'x', table: 'strict', topic: 't' }))[0], 409);
    // Postgres goes on to update the rows of a table without identity.
    assert.equal((await create({ table: 'keyless', topic: 'k', events: ['insert'] }))[0], 201);
    await sql.query('INSERT INTO keyless VALUES (1); UPDATE keyless SET a = 2; DELETE FROM keyless');
    await settled(platform);
  });

  test('a mapping that is added while writers are at work misses nothing that is committed after its 201', async (t) => {
    await sql.query('CREATE TABLE busy (id int PRIMARY KEY, writer int, lsn pg_lsn)');
    await start(t);
    const observed = await subscribe(t, platform, ['busy']);
    let stop = false;
    /** @type {Set<number>} IDs whose commit began after the answer. */
    const due = new Set();
    let answered = false;
    let next = 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      const client = await postgres.connect();
      while (!stop) {
        const ids = [next++, next++];
        await client.query('BEGIN');
        await client.query('INSERT INTO busy VALUES ($1, $2)', [ids[0], writer]);
        // One writer takes its time: it began long before the mapping, and ends after it was asked for.
        if (writer === 0) await client.query('SELECT pg_sleep(0.15)');
        await client.query('INSERT INTO busy VALUES ($1, $2)', [ids[1], writer]);
        if (answered) for (const id of ids) due.add(id);
        await client.query('COMMIT');
      }
    });
    await until(sql, 'SELECT 1 FROM busy HAVING count(*) > 20');
    const [status] = await create({ table: 'busy', topic: 'busy' });
    answered = true;
    assert.equal(status, 201);
    await sql.query('SELECT pg_sleep(0.4)');
    stop = true;
    await Promise.all(writers);
    await settled(platform);
    const received = observed.events().map(({ payload }) => payload.id);
    assert.ok(due.size > 10);
    assert.deepEqual(
      [...due].filter((id) => !received.includes(id)),
      [],
    );
    assert.equal(new Set(received).size, received.length);
    const lsns = observed.events().map(({ metadata }) => lsnOf(metadata.commitLsn));
    assert.ok(lsns.every((lsn, index) => index === 0 || lsn >= lsns[index - 1]));
  });

  test('an open transaction that wrote to the table is waited for', async (t) => {
    await sql.query('CREATE TABLE waited (id int PRIMARY KEY)');
    await start(t);
    const observed = await subscribe(t, platform, ['waited']);
    const writer = await postgres.connect();
    await writer.query('BEGIN; INSERT INTO waited VALUES (1)');
    let isDone = false;
    const creating = create({ table: 'waited', topic: 'waited' }).then(([status]) => {
      isDone = true;
      return status;
    });
    const published = "SELECT 1 FROM pg_publication_tables WHERE tablename = 'waited'";
    await until(sql, published);
    await sql.query('SELECT pg_sleep(0.1)');
    assert.equal(isDone, false);
    await writer.query('COMMIT');
    assert.equal(await creating, 201);
    await writer.query('INSERT INTO waited VALUES (2)');
    await settled(platform);
    assert.equal(observed.events().at(-1).payload.id, 2);
  });

  test('a table may come later, go, and come again', async (t) => {
    const lines = [];
    const mappings = [{ id: 'late', table: 'late', topic: 'late' }];
    platform = await startPlatform(t, { database: postgres.url(), mappings, log: (line) => lines.push(line) });
    assert.match(lines.join('\n'), /the mapping of "public"."late" to 'late': table: the database has no table/);
    const observed = await subscribe(t, platform, ['late']);
    assert.equal((await call(platform, 'GET', '/mappings/late/snapshot'))[0], 503);
    await sql.query('CREATE TABLE late (id int PRIMARY KEY)');
    await platform.database.ready();
    const gap = await observed.seen('gap');
    assert.equal(gap.reason, 'the mapping works again');
    await sql.query('INSERT INTO late VALUES (1); DROP TABLE late');
    await settled(platform);
    const status = await platform.database.status();
    assert.equal(status.mappings[0].state, 'failed');
    assert.match(status.mappings[0].problem, /no table "public"\."late".* It was dropped/);
    await sql.query('CREATE TABLE late (id int PRIMARY KEY)');
    await platform.database.ready();
    await sql.query('INSERT INTO late VALUES (2)');
    await settled(platform);
    await observed.seen('gap', () => true, 2);
    assert.deepEqual(
      observed.events().map(({ payload }) => payload.id),
      [1, 2],
    );
    // A column of the template that is dropped is a problem, too.
    await call(platform, 'PATCH', '/mappings/late', { body: { payload: { id: '$row.id' } } });
    await sql.query('ALTER TABLE late RENAME id TO number');
    assert.match((await platform.database.status()).mappings[0].problem, /no column 'id'/);
    await assert.rejects(platform.database.ready({ timeout: 10 }), /The mapping to 'late': payload: .* no column 'id'/);
  });

  test('the status shows the stream and every mapping', async (t) => {
    await sql.query('CREATE TABLE shown (id int PRIMARY KEY)');
    await start(t, { mappings: [{ id: 's', table: 'shown', topic: 'shown' }] });
    await sql.query('INSERT INTO shown VALUES (1)');
    await settled(platform);
    const [code, status] = await call(platform, 'GET', '/mappings/status');
    assert.equal(code, 200);
    const { address, slot, publications, handedOver, mappings, ...rest } = status;
    assert.equal(address, postgres.url().replace(`:${postgres.password}`, ''));
    assert.match(slot, /^realtime_tmp_[0-9a-f]{12}$/);
    assert.deepEqual(publications, [slot, `${slot}_inserts`]);
    assert.match(handedOver, /^[0-9A-F]+\/[0-9A-F]+$/);
    assert.deepEqual([mappings[0].id, mappings[0].state, mappings[0].events], ['s', 'live', 1]);
    assert.ok(mappings[0].lastEventAt > 0);
    const { acknowledged, lagBytes, ...counts } = rest;
    assert.ok(lagBytes >= 0);
    assert.deepEqual(counts, {
      state: 'streaming',
      keepSlot: false,
      walStatus: 'reserved',
      transactions: 2,
      changes: 2,
      events: 1,
      refused: 0,
    });
  });
});
