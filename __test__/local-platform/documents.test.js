/**
 * The documents of the local platform over HTTP: every answer and rule, the same with each store.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { startPlatform } from '../support/local-platform.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'realtime-documents-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

/** `[status, body]` of a request below `/api/sync`. */
async function call({ url, token }, method, path, body, headers) {
  const response = await fetch(`${url}/api/sync${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

/** Options of a platform with a store of its own, by store. */
const STORES = {
  memory: () => ({}),
  SQLite: () => ({ data: newFile() }),
  Postgres: () => ({ documents: { postgres: postgres.url() }, applicationId: `application ${++files}` }),
};
/** @type {Awaited<ReturnType<typeof startPostgres>>} */
let postgres;

for (const [store, optionsOf] of Object.entries(STORES)) {
  describe(`documents in ${store}`, { skip: store === 'Postgres' && whyNoPostgres() }, () => {
    if (store === 'Postgres') {
      before(async () => {
        postgres = await startPostgres();
      });
      after(() => postgres.stop());
    }
    let platform;
    let service;
    let client;
    before(async () => {
      const { startLocalPlatform } = await import('@smarterservices/realtime-local');
      platform = await startLocalPlatform(optionsOf());
      const as = (role) => ({ url: platform.url, token: platform.token({ sub: role, permissions: [role] }) });
      [service, client] = [as('service'), as('client')];
    });
    after(() => platform.close());

    let names = 0;
    /** A document of its own, and requests to it. */
    async function document(data, more) {
      const id = `d${++names}`;
      const [status, created] = await call(service, 'POST', '/s/documents', { id, data, ...more });
      assert.equal(status, 201);
      const at = `/s/documents/${id}`;
      return {
        id,
        created,
        get: () => call(client, 'GET', at),
        replace: (body, headers) => call(service, 'PUT', at, body, headers),
        merge: (body, headers) => call(service, 'PATCH', `${at}/merge`, body, headers),
        mutate: (mutations, more) => call(service, 'POST', `${at}/mutate`, { mutations, ...more }),
        delete: (query = '', headers) => call(service, 'DELETE', at + query, undefined, headers),
      };
    }

    test('create: 201 with the whole document; the id is given or made', async () => {
      const begun = Date.now();
      const [status, { id, createdAt, updatedAt, ...rest }] = await call(service, 'POST', '/orders/documents', {
        data: { n: 1 },
      });
      assert.equal(status, 201);
      assert.match(id, /^doc_/);
      assert.ok(createdAt >= begun && createdAt <= Date.now());
      assert.equal(updatedAt, createdAt);
      assert.deepEqual(rest, { service: 'orders', revision: 1, data: { n: 1 } });
      const { created, get } = await document([1]);
      assert.deepEqual(await get(), [200, created]);
    });

    test('an id belongs to one service', async () => {
      const { id } = await document(1);
      assert.equal((await call(client, 'GET', `/other/documents/${id}`))[0], 404);
      assert.equal((await call(service, 'POST', '/other/documents', { id, data: 2 }))[0], 201);
    });

    test('each write: 200, the next revision, the same creation', async () => {
      const { created, get, replace, merge, mutate } = await document({ a: { b: 1 }, c: [1] });
      const [, merged] = await merge({ data: { a: { d: null }, c: {} } });
      assert.deepEqual([merged.revision, merged.data], [2, { a: { b: 1, d: null }, c: {} }]);
      const [, mutated] = await mutate([{ op: 'increment', path: '/a/b', value: 41 }]);
      assert.deepEqual([mutated.revision, mutated.data], [3, { a: { b: 42, d: null }, c: {} }]);
      const [status, replaced] = await replace({ data: 'new' });
      assert.deepEqual([status, replaced.revision, replaced.data], [200, 4, 'new']);
      assert.equal(replaced.createdAt, created.createdAt);
      assert.ok(replaced.updatedAt >= created.updatedAt);
      assert.deepEqual(await get(), [200, replaced]);
    });

    test('delete: 200 with the document marked, 404 from then on, and created again its revisions go on', async () => {
      const { id, created, ...documents } = await document({ n: 1 });
      const [status, { updatedAt, ...deleted }] = await documents.delete();
      const { updatedAt: _, ...former } = created;
      assert.deepEqual([status, deleted], [200, { ...former, revision: 2, deleted: true }]);
      const gone = [404, { error: 'NotFoundError', message: `No document '${id}' in 's'.` }];
      assert.deepEqual(await documents.get(), gone);
      assert.deepEqual(await documents.delete(), gone);
      assert.deepEqual(await documents.replace({ data: 1 }), gone);
      assert.deepEqual(await documents.merge({ data: 1, expectedRevision: 2 }), gone);
      assert.deepEqual(await documents.mutate([]), gone);
      const [again, second] = await call(service, 'POST', '/s/documents', { id, data: 2 });
      assert.deepEqual([again, second.revision, second.data, second.deleted], [201, 3, 2, undefined]);
      assert.ok(second.createdAt >= updatedAt);
    });

    test('an id in use: 409 AlreadyExistsError', async () => {
      const { id, created, get } = await document(1);
      const [status, { error }] = await call(service, 'POST', '/s/documents', { id, data: 2 });
      assert.deepEqual([status, error], [409, 'AlreadyExistsError']);
      assert.deepEqual(await get(), [200, created]);
    });

    test('a stale expectedRevision: 409 with the current document, nothing written', async () => {
      const { id, get, replace, merge, mutate, ...documents } = await document({ n: 1 });
      const [, current] = await replace({ data: { n: 2 }, expectedRevision: 1 });
      assert.equal(current.revision, 2);
      for (const refused of [
        await replace({ data: 3, expectedRevision: 1 }),
        await merge({ data: 3, expectedRevision: 3 }),
        await mutate([{ op: 'remove', path: '/nothing' }], { expectedRevision: 0 }),
        await documents.delete('?expectedRevision=1'),
      ]) {
        const [status, { error, message, currentRevision, document }] = refused;
        assert.deepEqual([status, error, currentRevision, document], [409, 'ConflictError', 2, current]);
        assert.match(message, new RegExp(`'${id}' is at revision 2, not [013]`));
      }
      assert.deepEqual(await get(), [200, current]);
      assert.equal((await documents.delete('?expectedRevision=2'))[0], 200);
    });

    test('permissions: clients read, services write, others nothing', async () => {
      const { id } = await document(1);
      const at = `/s/documents/${id}`;
      const admin = { url: platform.url, token: platform.token({ permissions: ['admin'] }) };
      const nobody = { url: platform.url, token: platform.token({ permissions: [] }) };
      const writes = [
        ['POST', '/s/documents', { data: 1 }],
        ['PUT', at, { data: 1 }],
        ['PATCH', `${at}/merge`, { data: 1 }],
        ['POST', `${at}/mutate`, { mutations: [] }],
        ['DELETE', at],
      ];
      for (const write of writes) {
        assert.equal((await call(client, ...write))[1].error, 'ForbiddenError');
        assert.equal((await call({ url: platform.url, token: 'x' }, ...write))[0], 401);
        assert.ok([200, 201].includes((await call(admin, ...write))[0]));
      }
      for (const path of [at, '/s/documents']) {
        assert.equal((await call(nobody, 'GET', path))[0], 403);
        assert.equal((await call({ url: platform.url, token: '' }, 'GET', path))[0], 401);
      }
    });

    const MUTATIONS = [
      ['the whole', { a: 1 }, [{ op: 'set', path: '', value: null }], null],
      ['a new member', {}, [{ op: 'set', path: '/a', value: { b: 1 } }], { a: { b: 1 } }],
      ['a member of no name', {}, [{ op: 'set', path: '/', value: 1 }], { '': 1 }],
      ['escaped keys', {}, [{ op: 'set', path: '/~01~1', value: 1 }], { '~1/': 1 }],
      ['an element', [1, 2], [{ op: 'set', path: '/1', value: 3 }], [1, 3]],
      ['behind the last', [1], [{ op: 'set', path: '/1', value: 2 }], [1, 2]],
      ['append', [1], [{ op: 'set', path: '/-', value: 2 }], [1, 2]],
      ['a key that looks like an index', {}, [{ op: 'set', path: '/0', value: 1 }], { 0: 1 }],
      ['one after another', {}, ['/a', '/a/b'].map((path) => ({ op: 'set', path, value: {} })), { a: { b: {} } }],
      ['increment what is missing', {}, [{ op: 'increment', path: '/n', value: -2 }], { n: -2 }],
      ['increment by one', [0.5], [{ op: 'increment', path: '/0' }], [1.5]],
      ['increment the whole', 1, [{ op: 'increment', path: '' }], 2],
      ['remove a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
      ['remove an element', [1, 2, 3], [{ op: 'remove', path: '/1' }], [1, 3]],
      ['push', { a: [1] }, [{ op: 'push', path: '/a', value: [2] }], { a: [1, [2]] }],
      ['none', { a: 1 }, [], { a: 1 }],
    ];
    for (const [what, data, mutations, expected] of MUTATIONS) {
      test(`mutate: ${what}`, async () => {
        const [status, { data: result, revision }] = await (await document(data)).mutate(mutations);
        assert.deepEqual([status, result, revision], [200, expected, 2]);
      });
    }

    const BAD_MUTATIONS = [
      [{ op: 'set', path: '/x/y', value: 1 }, /path '\/x\/y' passes through/],
      [{ op: 'set', path: '/n/y', value: 1 }, /passes through/],
      [{ op: 'set', path: '/toString/y', value: 1 }, /passes through/],
      [{ op: 'set', path: '/n' }, /`value`/],
      [{ op: 'set', path: 'n', value: 1 }, /path: .*begins with/],
      [{ op: 'set', path: '/~2', value: 1 }, /path: write '~' as '~0'/],
      [{ op: 'set', path: ['n'], value: 1 }, /path: expected a JSON Pointer/],
      [{ op: 'set', path: '/a/3', value: 1 }, /'3', but the array takes 0 to 2/],
      [{ op: 'set', path: '/a/01', value: 1 }, /'01'/],
      [{ op: 'set', path: '/a/length', value: 1 }, /'length'/],
      [{ op: 'increment', path: '/t' }, /only a number/],
      [{ op: 'increment', path: '/nil' }, /only a number/],
      [{ op: 'increment', path: '/n', value: '1' }, /number as its `value`/],
      [{ op: 'increment', path: '/big', value: 1.7e308 }, /too large/],
      [{ op: 'remove', path: '/x' }, /nothing at '\/x'/],
      [{ op: 'remove', path: '/toString' }, /nothing/],
      [{ op: 'remove', path: '/a/-' }, /nothing/],
      [{ op: 'remove', path: '' }, /DELETE/],
      [{ op: 'push', path: '/n', value: 1 }, /no array at '\/n'/],
      [{ op: 'push', path: '/x', value: 1 }, /no array/],
      [{ op: 'push', path: '/a' }, /`value`/],
      [{ op: 'move', path: '/a' }, /op: expected one of set, increment, remove, push/],
      [{ op: 'toString', path: '/a' }, /op: expected/],
      [null, /op: expected/],
    ];
    test('mutate: all or nothing, and a refusal names the mutation and its path', async () => {
      const { created, get, mutate } = await document({ n: 1, t: 'x', nil: null, a: [1, 2], big: 1.7e308 });
      for (const [mutation, message] of BAD_MUTATIONS) {
        const [status, body] = await mutate([{ op: 'increment', path: '/n' }, mutation]);
        assert.deepEqual([status, body.error], [400, 'ValidationError'], JSON.stringify(mutation));
        assert.match(body.message, /^mutations\[1\]/);
        assert.match(body.message, message);
      }
      assert.deepEqual(await get(), [200, created]);
    });

    const long = 'x'.repeat(129);
    const REFUSALS = [
      ['POST', '/s/documents', {}, /data/],
      ['POST', '/s/documents', [], /JSON object/],
      ['POST', '/s/documents', undefined, /data/],
      ['POST', '/s/documents', '{"data":1e999}', /data.*too large/],
      ['POST', '/s/documents', `{"data":${'['.repeat(101)}${']'.repeat(101)}}`, /data.*100 levels/],
      ['POST', '/s/documents', `{"data":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, /data.*100 levels/],
      ['POST', '/s/documents', { data: 1, id: '' }, /id/],
      ['POST', '/s/documents', { data: 1, id: 7 }, /id/],
      ['POST', '/s/documents', { data: 1, id: long }, /id/],
      ['POST', '/s/documents', { data: 1, id: '\ud800' }, /id.*Unicode/],
      ['POST', '/s/documents', { data: 1, expiresAt: '2030-01-01' }, /expiresAt/],
      ['POST', '/s/documents', { data: 1, expiresAt: null }, /expiresAt/],
      ['POST', '/a%0Ab/documents', { data: 1 }, /service/],
      ['POST', `/${long}/documents`, { data: 1 }, /service/],
      ['PUT', '/s/documents/known', {}, /data/],
      ['PUT', '/s/documents/known', { data: 1, expectedRevision: '1' }, /expectedRevision/],
      ['PUT', '/s/documents/known', { data: 1, expectedRevision: 1.5 }, /expectedRevision/],
      ['PUT', '/s/documents/known', { data: 1, expiresAt: 1.5 }, /expiresAt/],
      ['PATCH', '/s/documents/known/merge', {}, /data/],
      ['POST', '/s/documents/known/mutate', {}, /mutations/],
      ['POST', '/s/documents/known/mutate', { mutations: {} }, /mutations/],
      ['DELETE', '/s/documents/known?expectedRevision=', undefined, /expectedRevision/],
      ['DELETE', '/s/documents/known?expectedRevision=-1', undefined, /expectedRevision/],
      ['DELETE', '/s/documents/known?expectedRevision=1&expectedRevision=1', undefined, /expectedRevision/],
      ['GET', '/s/documents?limit=0', undefined, /limit/],
      ['GET', '/s/documents?limit=1001', undefined, /limit/],
      ['GET', '/s/documents?limit=ten', undefined, /limit/],
      ['GET', '/s/documents?cursor=', undefined, /cursor/],
      ['GET', '/s/documents?cursor=a+b', undefined, /cursor/],
    ];
    test('what cannot be understood: 400 ValidationError, naming it', async () => {
      const known = { id: 'known', data: 1 };
      const [, created] = await call(service, 'POST', '/s/documents', known);
      for (const [method, path, body, message] of REFUSALS) {
        const [status, refusal] = await call(service, method, path, body);
        assert.deepEqual([status, refusal.error], [400, 'ValidationError'], `${method} ${path}`);
        assert.match(refusal.message, message);
      }
      assert.deepEqual(await call(client, 'GET', '/s/documents/known'), [200, created]);
    });

    test('a document may not outgrow maxPayload: 413', async () => {
      const { created, get, mutate } = await document({ text: 'x'.repeat(600_000) });
      const [status, { error }] = await mutate([{ op: 'set', path: '/more', value: 'y'.repeat(600_000) }]);
      assert.deepEqual([status, error], [413, 'PayloadTooLargeError']);
      assert.deepEqual(await get(), [200, created]);
    });

    test('data arrives as it was sent', async () => {
      const texts = [
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"":{"":0}}',
        '[9007199254740991,-9007199254740991,1e308,5e-324,0.1]',
        '{"lone":"\\ud800","nul":"\\u0000","other":"\u{1f600}\\ue000"}',
        `{"text":"${'x'.repeat(990_000)}"}`,
        'null',
      ];
      for (const text of texts) {
        const { created, get, merge } = await document(null);
        const [status, merged] = await merge(`{"data":${text}}`);
        assert.equal(status, 200);
        assert.equal(JSON.stringify(merged.data), JSON.stringify(JSON.parse(text)));
        assert.deepEqual(await get(), [200, merged]);
        assert.equal(created.polluted, undefined);
      }
      const { mutate } = await document({});
      const path = '/__proto__';
      const [, { data }] = await mutate([
        { op: 'set', path, value: {} },
        { op: 'set', path: `${path}/polluted`, value: 1 },
      ]);
      assert.equal(JSON.stringify(data), '{"__proto__":{"polluted":1}}');
      assert.equal({}.polluted, undefined);
    });

    test('an id may hold anything, also what an address cannot show', async () => {
      const ids = ['a/b', 'a?b#c', ' ', '%2F', '..', '.', 'a\u0000b', 'a', '\u{1f600}', '\u007f\n', '__proto__'];
      for (const id of ids) assert.equal((await call(service, 'POST', '/ids/documents', { id, data: id }))[0], 201);
      for (const id of ids) {
        // Not by fetch, which takes an encoded '..' for a step up.
        const path = `/api/sync/ids/documents/${encodeURIComponent(id).replaceAll('.', '%2E')}`;
        const options = { path, port: platform.port, headers: { authorization: `Bearer ${client.token}` } };
        const [response] = await once(request(options).end(), 'response');
        const body = JSON.parse((await response.toArray()).join(''));
        assert.deepEqual([response.statusCode, body.id, body.data], [200, id, id]);
      }
    });

    test('list: by the bytes of the ids, in pages, without the deleted and expired', async () => {
      const ids = ['b', 'a', '\u{1f600}', '\uffee', 'a\u0000', 'B', 'gone', 'past'];
      for (const id of ids) {
        const expiresAt = id === 'past' ? 1 : undefined;
        await call(service, 'POST', '/list/documents', { id, data: id, expiresAt });
      }
      await call(service, 'DELETE', '/list/documents/gone');
      const [status, { documents, ...rest }] = await call(client, 'GET', '/list/documents');
      assert.deepEqual([status, rest], [200, {}]);
      const expected = ['B', 'a', 'a\u0000', 'b', '\uffee', '\u{1f600}'];
      assert.deepEqual(
        documents.map(({ id }) => id),
        expected,
      );
      assert.deepEqual([200, documents[1]], await call(client, 'GET', '/list/documents/a'));
      for (const limit of [1, 2, 3, 5, 6, 1000]) {
        const listed = [];
        let query = '';
        do {
          const [, page] = await call(client, 'GET', `/list/documents?limit=${limit}${query}`);
          assert.ok(page.documents.length > 0 && page.documents.length <= limit);
          listed.push(...page.documents);
          query = page.cursor && `&cursor=${page.cursor}`;
        } while (query);
        assert.deepEqual(listed, documents);
      }
      assert.deepEqual(await call(client, 'GET', '/empty/documents'), [200, { documents: [] }]);
    });

    test('list: what stays is listed once while others come and go', async () => {
      const put = (id) => call(service, 'POST', '/moving/documents', { id, data: id });
      for (const id of ['b', 'd', 'f', 'h']) await put(id);
      const [, first] = await call(client, 'GET', '/moving/documents?limit=2');
      await call(service, 'DELETE', '/moving/documents/d');
      for (const id of ['a', 'c', 'e', 'i']) await put(id);
      const [, second] = await call(client, 'GET', `/moving/documents?cursor=${first.cursor}`);
      assert.deepEqual(
        [first, second].map(({ documents }) => documents.map(({ id }) => id)),
        [
          ['b', 'd'],
          ['e', 'f', 'h', 'i'],
        ],
      );
    });

    test('list: a page of large documents ends early', async () => {
      const data = 'x'.repeat(900_000);
      for (let n = 0; n < 6; n++) await call(service, 'POST', '/large/documents', { id: `${n}`, data });
      const [, first] = await call(client, 'GET', '/large/documents');
      const [, second] = await call(client, 'GET', `/large/documents?cursor=${first.cursor}`);
      assert.deepEqual([first.documents.length, second.documents.length, second.cursor], [4, 2, undefined]);
    });

    test('an expired document: 404, and its revisions go on', async () => {
      const { id, created, ...documents } = await document(1, { expiresAt: Date.now() - 1 });
      assert.equal((await documents.get())[0], 404);
      assert.equal((await documents.delete())[0], 404);
      const [status, again] = await call(service, 'POST', '/s/documents', { id, data: 2 });
      assert.deepEqual([status, again.revision, again.expiresAt], [201, created.revision + 2, undefined]);
    });

    test('expiresAt stays with the document, and a write can change it', async () => {
      const expiresAt = Date.now() + 60_000;
      const { created, replace, merge, get } = await document({}, { expiresAt });
      assert.equal(created.expiresAt, expiresAt);
      assert.equal((await replace({ data: {} }))[1].expiresAt, expiresAt);
      assert.equal((await merge({ data: {}, expiresAt: 1 }))[1].expiresAt, 1);
      assert.equal((await get())[0], 404);
    });

    test('Idempotency-Key: the first answer again, to the same caller for the same request', async () => {
      const headers = { 'idempotency-key': 'k1' };
      const create = (as) => call(as, 'POST', '/s/documents', { data: 1 }, headers);
      const [first, second] = await Promise.all([create(service), create(service)]);
      assert.equal(first[0], 201);
      assert.deepEqual(second, first);
      const other = { url: platform.url, token: platform.token({ sub: 'other', permissions: ['service'] }) };
      assert.notEqual((await create(other))[1].id, first[1].id);
      assert.equal((await create(client))[0], 403);

      const { id, get, merge, replace, ...documents } = await document({ n: 1 });
      const merged = await merge({ data: { n: 2 } }, headers);
      assert.deepEqual(await merge({ data: { n: 2 } }, headers), merged);
      assert.equal((await replace({ data: { n: 3 } }, headers))[1].revision, 3);
      assert.notEqual((await (await document(1)).merge({ data: 2 }, headers))[1].id, id);
      const refused = await documents.delete('?expectedRevision=1', headers);
      assert.equal(refused[0], 409);
      assert.deepEqual(await documents.delete('', headers), refused);
      assert.equal((await get())[1].revision, 3);

      const withKey = (key) => call(service, 'POST', '/s/documents', { data: 1 }, { 'idempotency-key': key });
      for (const key of ['', 'x'.repeat(256)]) assert.match((await withKey(key))[1].message, /Idempotency-Key/);
    });

    test('Idempotency-Key: forgotten after a day, or a thousand others', async (t) => {
      const own = await startPlatform(t, optionsOf());
      const caller = { url: own.url, token: own.token({ permissions: ['service'], expiresIn: 90_000 }) };
      const create = async (key) =>
        (await call(caller, 'POST', '/s/documents', { data: 1 }, { 'idempotency-key': key }))[1].id;
      const first = await create('first');
      for (let n = 0; n < 999; n++) await create(`other ${n}`);
      assert.equal(await create('first'), first);
      await create('one more');
      const second = await create('first');
      assert.notEqual(second, first);

      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      t.mock.timers.tick(24 * 3600 * 1000 - 60_000);
      assert.equal(await create('first'), second);
      t.mock.timers.tick(60_000);
      assert.notEqual(await create('first'), second);
    });

    test('documents outlive goAway and comeBack', async () => {
      const { created, get } = await document({ kept: true });
      await platform.faults.goAway();
      await assert.rejects(get());
      await platform.faults.comeBack();
      assert.deepEqual(await get(), [200, created]);
    });
  });
}

describe('a data file', () => {
  test('keeps documents, revisions and expiry over a restart', async (t) => {
    const data = newFile();
    const first = await startPlatform(t, { data });
    const kept = first.documents.create('s', { id: 'kept', data: { n: 1 } });
    const expiresAt = Date.now() + 100;
    first.documents.create('s', { id: 'expires', data: 1, expiresAt });
    first.documents.create('s', { id: 'deleted', data: 1 });
    first.documents.delete('s', 'deleted');
    await first.close();

    const copy = newFile();
    copyFileSync(data, copy); // the file alone, without SQLite's log
    const second = await startPlatform(t, { data: copy });
    assert.deepEqual(second.documents.get('s', 'kept'), kept);
    assert.equal(second.documents.create('s', { id: 'deleted', data: 2 }).revision, 3);
    while (Date.now() < expiresAt) await new Promise(setImmediate);
    assert.throws(() => second.documents.get('s', 'expires'), { name: 'NotFoundError' });
    assert.deepEqual(
      second.documents.list('s').documents.map(({ id }) => id),
      ['deleted', 'kept'],
    );
  });

  test('every write that was answered is there after kill -9', async () => {
    const file = newFile();
    const start = async () => {
      const bin = join(import.meta.dirname, '..', '..', 'local-platform', 'src', 'bin.js');
      const child = spawn(process.execPath, [bin, '--port', '0', '--data', file], { stdio: ['ignore', 'pipe', 2] });
      const printed = {};
      for await (const line of createInterface(child.stdout)) {
        const [, name, value] = /^ {2}(URL|TOKEN)=(\S+)$/.exec(line) ?? [];
        if (name) printed[name] = value;
        if (line.endsWith('Ctrl-C stops.')) break;
      }
      const kill = async () => {
        child.kill('SIGKILL');
        await once(child, 'exit');
      };
      return { url: printed.URL, token: printed.TOKEN, kill };
    };
    let answered = 0;
    for (const until of [10, 25]) {
      const platform = await start();
      if (answered === 0) answered = (await call(platform, 'POST', '/s/documents', { id: 'd', data: 1 }))[1].revision;
      else assert.equal((await call(platform, 'GET', '/s/documents/d'))[1].revision, answered);
      while (answered < until) {
        const mutations = [{ op: 'increment', path: '' }];
        const [, { revision, data }] = await call(platform, 'POST', '/s/documents/d/mutate', { mutations });
        assert.deepEqual([revision, data], [answered + 1, answered + 1]);
        answered = revision;
      }
      await platform.kill();
    }
    const platform = await start();
    assert.equal((await call(platform, 'GET', '/s/documents/d'))[1].data, answered);
    await platform.kill();
  });

  test('that cannot be used is refused by name', async (t) => {
    const garbage = join(folder, 'garbage');
    writeFileSync(garbage, 'no database '.repeat(1000));
    await assert.rejects(startPlatform(t, { data: garbage }), {
      name: 'ValidationError',
      message: /options\.data.*garbage/,
    });
    await assert.rejects(startPlatform(t, { data: join(folder, 'none', 'x.db') }), /options\.data/);
    await assert.rejects(startPlatform(t, { data: '' }), /options\.data: expected the path of a file/);
  });

  test('with two platforms: no revision is written twice', async (t) => {
    const data = newFile();
    const [one, other] = [await startPlatform(t, { data }), await startPlatform(t, { data })];
    one.documents.create('s', { id: 'd', data: 1 });
    assert.equal(other.documents.replace('s', 'd', { data: 2 }).revision, 2);
    const document = one.documents.replace('s', 'd', { data: 3, expectedRevision: 2 });
    assert.equal(document.revision, 3);

    // In one process nothing comes between a read and its write, so the store is asked for what
    // must not happen.
    const { SqliteStore } = await import('../../local-platform/src/documents/sqlite.js');
    const store = await SqliteStore.open(data);
    t.after(() => store.close());
    assert.throws(() => store.put({ ...document, data: 'lost' }), /Another platform/);
    assert.deepEqual(other.documents.get('s', 'd'), document);
  });
});

test('platform.documents works by value', async (t) => {
  const { documents } = await startPlatform(t);
  const value = { deep: [] };
  const created = documents.create('s', { id: 'd', data: { one: value, other: value } });
  value.deep.push('changed from outside');
  created.data.one.deep.push('too');
  const mutations = [{ op: 'push', path: '/one/deep', value: 1 }];
  assert.deepEqual(documents.mutate('s', 'd', { mutations }).data, { one: { deep: [1] }, other: { deep: [] } });
  assert.deepEqual(documents.merge('s', 'd', { data: { one: 1 } }).data, { one: 1, other: { deep: [] } });
  assert.equal(documents.delete('s', 'd', { expectedRevision: 3 }).deleted, true);
  assert.throws(() => documents.get('s', 'd'), { name: 'NotFoundError', status: 404 });
});
