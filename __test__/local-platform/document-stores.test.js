/**
 * Documents in a Postgres that several platforms share. What a document does, `documents.test.js`
 * shows.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPlatform } from '../support/local-platform.js';
import { observeMember } from '../support/member.js';
import { call, startMember, startMemberProcess } from '../support/platform-cluster.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';
import { redisIsMissing, startRedisProcess } from '../support/redis-process.js';

const LIMIT = { timeout: 60_000 };

describe('documents in Postgres', { skip: whyNoPostgres() }, () => {
  /** @type {Awaited<ReturnType<typeof startPostgres>>} */
  let postgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  let applications = 0;
  /** Options of platforms that share their documents with no other test. */
  const shared = () => ({ documents: { postgres: postgres.url() }, applicationId: `shared ${++applications}` });

  test('the methods of platform.documents return promises, and refuse as the others do', LIMIT, async (t) => {
    const { documents } = await startPlatform(t, shared());
    const created = await documents.create('s', { id: 'd', data: { n: 1 } });
    assert.deepEqual(await documents.get('s', 'd'), created);
    assert.equal((await documents.merge('s', 'd', { data: { m: 2 } })).revision, 2);
    await assert.rejects(documents.replace('s', 'd', { data: 1, expectedRevision: 1 }), (error) => {
      assert.deepEqual([error.name, error.details.currentRevision], ['ConflictError', 2]);
      return true;
    });
    assert.throws(() => documents.create('s', { id: '', data: 1 }), { name: 'ValidationError' });
    assert.deepEqual((await documents.list('s')).documents, [await documents.get('s', 'd')]);
    assert.equal((await documents.delete('s', 'd')).deleted, true);
    await assert.rejects(documents.get('s', 'd'), { name: 'NotFoundError' });
  });

  test('platforms that write at the same time lose nothing, and each revision exists once', LIMIT, async (t) => {
    const options = shared();
    const platforms = [await startPlatform(t, options), await startPlatform(t, options)];
    await platforms[0].documents.create('s', { id: 'd', data: { n: 0 } });
    const writes = Array.from({ length: 120 }, (_, index) =>
      platforms[index % 2].documents.mutate('s', 'd', { mutations: [{ op: 'increment', path: '/n' }] }),
    );
    const revisions = (await Promise.all(writes)).map(({ revision, data }) => [revision, data.n]);
    assert.deepEqual(
      revisions.sort(([one], [other]) => one - other),
      Array.from({ length: 120 }, (_, index) => [index + 2, index + 1]),
    );
    const conditional = platforms.map(({ documents }, n) =>
      documents.replace('s', 'd', { data: n, expectedRevision: 121 }),
    );
    const outcomes = await Promise.allSettled(conditional);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(outcomes.find(({ status }) => status === 'rejected').reason.name, 'ConflictError');
  });

  test('a write in one platform is in the order of its calls', LIMIT, async (t) => {
    const platform = await startPlatform(t, shared());
    await platform.documents.create('s', { id: 'd', data: [] });
    const writes = Array.from({ length: 30 }, (_, value) =>
      platform.documents.mutate('s', 'd', { mutations: [{ op: 'push', path: '', value }] }),
    );
    await Promise.all(writes);
    assert.deepEqual((await platform.documents.get('s', 'd')).data, [...Array(30).keys()]);
  });

  test('an Idempotency-Key counts in all platforms, also at the same time', LIMIT, async (t) => {
    const options = { ...shared(), secret: 'shared' };
    const platforms = [await startPlatform(t, options), await startPlatform(t, options)];
    const token = platforms[0].token({ permissions: ['service'] });
    await platforms[0].documents.create('s', { id: 'd', data: 0 });
    const mutate = async ({ url }) => {
      const response = await fetch(`${url}/api/sync/s/documents/d/mutate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
        body: JSON.stringify({ mutations: [{ op: 'increment', path: '' }] }),
      });
      return response.json();
    };
    const answers = await Promise.all([...platforms, ...platforms].map(mutate));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal((await platforms[1].documents.get('s', 'd')).data, 1);
  });

  test('a document expires once, though several platforms watch it', LIMIT, async (t) => {
    const options = shared();
    const lines = [];
    /** @type {() => void} */
    let resolve = () => {};
    const expired = new Promise((done) => {
      resolve = done;
    });
    const isDeletion = (line) => /document +s\/d deleted, revision 2$/.test(line);
    const log = (line) => {
      lines.push(line);
      if (isDeletion(line)) resolve();
    };
    const platforms = [await startPlatform(t, { ...options, log }), await startPlatform(t, { ...options, log })];
    await platforms[0].documents.create('s', { id: 'd', data: 1, expiresAt: Date.now() + 300 });
    await expired;
    await assert.rejects(platforms[1].documents.get('s', 'd'), { name: 'NotFoundError' });
    assert.equal((await platforms[1].documents.create('s', { id: 'd', data: 2 })).revision, 3);
    assert.equal(lines.filter(isDeletion).length, 1);
  });

  test('an event that a killed platform has stored and not published is published by another', LIMIT, async (t) => {
    const options = shared();
    const platform = await startPlatform(t, options);
    await platform.documents.create('s', { id: 'd', data: 1 });
    const client = observeMember(t, { url: platform.url, token: platform.token() });
    client.realtime.subscribe({ topic: 'sync.s.updated' });
    await platform.subscribed('sync.s.updated');
    // What the killed one leaves: the next revision, with its event.
    const event = {
      id: 'evt_left',
      topic: 'sync.s.updated',
      source: 'sync',
      type: 'document.updated',
      payload: { service: 's', id: 'd', data: 2, diff: [] },
      metadata: { timestamp: Date.now(), revision: 2 },
    };
    const document = { ...(await platform.documents.get('s', 'd')), revision: 2, data: 2 };
    const rows = await postgres.query(
      'UPDATE realtime_documents SET revision = 2, document = $2, events = $3 WHERE application = $1',
      [options.applicationId, JSON.stringify(document), JSON.stringify([event])],
    );
    assert.equal(rows.rowCount, 1);
    const { id, payload } = await client.seen('event', () => true);
    assert.deepEqual([id, payload.data], ['evt_left', 2]);
    const written = await platform.documents.replace('s', 'd', { data: 3 });
    assert.equal(written.revision, 3);
    await client.seen('event', ({ metadata }) => metadata.revision === 3);
    assert.equal(client.all('event').length, 2);
    const left = await postgres.query(
      'SELECT 1 FROM realtime_documents WHERE events IS NOT NULL AND application = $1',
      [options.applicationId],
    );
    assert.equal(left.rowCount, 0);
  });

  test('documents outlive their platforms; other applications are apart', LIMIT, async (t) => {
    const options = { ...shared(), seed: { documents: { s: { d: { n: 1 } } } } };
    const first = await startPlatform(t, options);
    await first.documents.merge('s', 'd', { data: { n: 2 } });
    await first.close();
    const second = await startPlatform(t, options);
    assert.deepEqual((await second.documents.get('s', 'd')).data, { n: 2 });
    const other = await startPlatform(t, shared());
    await assert.rejects(other.documents.get('s', 'd'), { name: 'NotFoundError' });
  });

  test('what is wrong with it is said in plain words, without the password', LIMIT, async (t) => {
    const url = postgres.url();
    const cases = [
      [{ documents: 'postgres' }, /options\.documents: 'postgres' is the one of options\.database, which is missing/],
      [{ documents: { postgres: 'mysql://x' } }, /options\.documents: expected 'postgres', or an address/],
      [{ documents: url, data: 'x.db' }, /the documents are in 'options\.data' already/],
      [{ documents: { url } }, /options\.documents/],
      [{ documents: postgres.url('postgres', { password: 'secret-1' }) }, /Correct user and password in the URL/],
      [{ documents: postgres.url('missing') }, /CREATE DATABASE "missing"/],
      [{ documents: url.replace(/:\d+\//, ':1/') }, /options\.documents: .*ECONNREFUSED/],
    ];
    for (const [options, pattern] of cases) {
      await assert.rejects(startPlatform(t, options), (error) => {
        assert.match(error.message, pattern);
        assert.ok(!error.message.includes(postgres.password) && !error.message.includes('secret-1'), error.message);
        return true;
      });
    }
    await postgres.query("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const { name } = await postgres.createDatabase();
    await assert.rejects(startPlatform(t, { documents: postgres.url(name, { user: 'guest', password: 'guest' }) }), {
      message: /must be allowed to create tables/,
    });
  });

  test('while Postgres is away: 503, and then everything as before', LIMIT, async (t) => {
    const platform = await startPlatform(t, shared());
    await platform.documents.create('s', { id: 'd', data: 1 });
    await postgres.kill();
    // A connection of the killed server may live for a moment longer.
    let answer;
    do answer = await call(platform, 'GET', '/api/sync/s/documents/d');
    while (answer.status === 200);
    const { status, body } = answer;
    assert.deepEqual([status, body.error], [503, 'UnavailableError']);
    assert.match(body.message, /^The documents cannot be reached\./);
    assert.ok(!body.message.includes(postgres.password));
    const write = await call(platform, 'PUT', '/api/sync/s/documents/d', { data: 2 });
    assert.equal(write.status, 503);
    await postgres.start();
    const { body: written } = await call(platform, 'PUT', '/api/sync/s/documents/d', { data: 3 });
    assert.deepEqual([written.revision, written.data], [2, 3]);
  });

  describe('with Redis', { skip: redisIsMissing }, () => {
    test('every subscriber gets the events of a document in the order of its revisions', LIMIT, async (t) => {
      const redis = await startRedisProcess(t);
      const options = shared();
      const platforms = [await startMember(t, redis.url, options), await startMember(t, redis.url, options)];
      const clients = [];
      for (const platform of platforms) {
        const client = observeMember(t, { url: platform.url, token: platform.token(), protocol: 'ws' });
        client.realtime.subscribe({ topic: 'sync.s.updated', returnMode: 'diff' });
        await platform.subscribed('sync.s.updated');
        clients.push(client);
      }
      await platforms[0].documents.create('s', { id: 'd', data: { n: 0 } });
      const COUNT = 100;
      await Promise.all(
        Array.from({ length: COUNT }, (_, index) =>
          platforms[index % 2].documents.mutate('s', 'd', { mutations: [{ op: 'increment', path: '/n' }] }),
        ),
      );
      for (const client of clients) {
        await client.seen('event', ({ metadata }) => metadata.revision === COUNT + 1);
        const events = client.all('event');
        assert.deepEqual(
          events.map(({ metadata }) => metadata.revision),
          Array.from({ length: COUNT + 1 }, (_, index) => index + 1),
        );
        assert.deepEqual(events.at(-1).payload.diff, [{ op: 'set', path: '/n', value: COUNT }]);
      }
    });

    test(
      'a process that is killed while it writes leaves no document locked and no event unpublished',
      LIMIT,
      async (t) => {
        const redis = await startRedisProcess(t);
        const options = shared();
        const one = await startMember(t, redis.url, options);
        const killed = await startMemberProcess(t, redis.url, options);
        await one.documents.create('s', { id: 'd', data: 0 });
        const client = observeMember(t, { url: one.url, token: one.token() });
        client.realtime.subscribe({ topic: 'sync.s.updated' });
        await one.subscribed('sync.s.updated');
        const path = '/api/sync/s/documents/d/mutate';
        const mutations = [{ op: 'increment', path: '' }];
        const writes = Array.from({ length: 40 }, () =>
          call(killed, 'POST', path, { mutations }).catch(() => undefined),
        );
        await Promise.race(writes);
        killed.kill('SIGKILL');
        await Promise.all(writes);
        const { revision, data } = await one.documents.mutate('s', 'd', { mutations });
        assert.equal(data, revision - 1);
        await client.seen('event', ({ metadata }) => metadata.revision === revision);
        const revisions = client.all('event').map(({ metadata }) => metadata.revision);
        assert.deepEqual(
          revisions,
          Array.from({ length: revision - 1 }, (_, index) => index + 2),
        );
      },
    );
  });
});
