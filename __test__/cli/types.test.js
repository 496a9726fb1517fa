/** `realtime types`: the types of the payloads, from the schemas of a platform. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { compile, temporaryFolder } from '../support/compiler.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, runCommand, settingsOf, startCommand } from '../support/realtime-command.js';

const LIMIT = { timeout: 300_000 };
const topic = (name, more) => ({ name, description: `About ${name}`, owner: 'shop', ...more });
const ORDER = {
  type: 'object',
  required: ['orderId'],
  properties: { orderId: { type: 'integer' } },
  additionalProperties: false,
};
const SEED = {
  topics: [topic('session.status'), topic('order.updated', { activeSchemaVersion: 1 })],
  schemas: { 'order.updated': [{ schema: ORDER }] },
};

/** A server that answers as a platform with these topics, each with its schema. */
async function startServer(t, answers) {
  const server = createServer((request, response) => {
    const answer = answers[request.url];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'NotFoundError', message: 'No such thing.' }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { REALTIME_URL: `http://127.0.0.1:${server.address().port}`, REALTIME_TOKEN: 'token' };
}

const withSchema = (schema, more) => ({
  '/api/topics': [{ ...topic('a.b'), activeSchemaVersion: 1, ...more }],
  '/api/schemas/a.b/versions/1': { topic: 'a.b', version: 1, schema },
});

test('prints the types in a pipe; the order of registration makes no difference', LIMIT, async (t) => {
  const one = await startPlatform(t, { seed: SEED });
  const other = await startPlatform(t, { seed: { ...SEED, topics: [...SEED.topics].reverse() } });
  const [first, second] = [
    await runCommand(t, ['types'], { env: settingsOf(one, ['client']) }),
    await runCommand(t, ['types'], { env: settingsOf(other, ['client']) }),
  ];
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(first.lines, second.lines);
  const text = first.lines.join('\n');
  assert.match(
    text,
    /^\/\* eslint-disable \*\/\n\/\*\*\n \* The topics of the Realtime Platform\. `realtime types` wrote this file/,
  );
  assert.match(
    text,
    /About order\.updated\n {3}\*\n {3}\* Owner: shop\.\n {3}\*\n {3}\* Schema version 1\.\n {3}\*\/\n {2}'order\.updated': OrderUpdated;/,
  );
  assert.match(text, /export interface OrderUpdated \{\n {2}orderId: number;\n\}/);
  assert.match(text, /It has no schema\.\n {3}\*\/\n {2}'session\.status': SessionStatus;/);
  assert.match(text, /export interface SessionStatus \{\n {2}\[k: string\]: unknown;\n\}/);
});

test('writes the file once, and --check finds what is out of date', LIMIT, async (t) => {
  const platform = await startPlatform(t, { seed: SEED });
  const cwd = emptyDirectory(t);
  const env = settingsOf(platform);
  const run = (...args) => runCommand(t, ['types', '--out', 'topics.d.ts', ...args], { env, cwd });
  const missing = await run('--check');
  assert.deepEqual([missing.code, missing.records()[0].isCurrent, readdirSync(cwd)], [1, false, []]);
  assert.deepEqual((await run()).records(), [{ kind: 'types', path: 'topics.d.ts', topics: 2, isCurrent: false }]);
  assert.deepEqual(readdirSync(cwd), ['topics.d.ts']);
  const file = join(cwd, 'topics.d.ts');
  const { ino, mtimeMs } = statSync(file);
  assert.equal((await run('--check')).code, 0);
  assert.equal((await run()).records()[0].isCurrent, true);
  assert.deepEqual([statSync(file).ino, statSync(file).mtimeMs], [ino, mtimeMs]);
  // As a clone on Windows may have it.
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
  assert.equal((await run('--check')).code, 0);
  platform.schemas.register('order.updated', { schema: { ...ORDER, properties: { ...ORDER.properties, note: {} } } });
  assert.equal((await run('--check')).code, 0);
  platform.topics.update('order.updated', { activeSchemaVersion: 2 });
  const changed = await runCommand(t, ['types', '--out', 'topics.d.ts', '--check', '--no-json'], { env, cwd });
  assert.equal(changed.code, 1);
  assert.match(changed.lines[0], /^out of date topics\.d\.ts: run `realtime types --out topics\.d\.ts` and commit it$/);
  await run();
  assert.match(readFileSync(file, 'utf8'), /note\?: unknown;/);
  platform.topics.update('order.updated', { activeSchemaVersion: null });
  assert.equal((await run('--check')).code, 0, 'without an active version, the latest counts');
});

test('--watch writes again when a schema changes, and ends with Ctrl-C', LIMIT, async (t) => {
  const platform = await startPlatform(t, { seed: SEED });
  const cwd = emptyDirectory(t);
  const command = startCommand(t, ['types', '--out', 'topics.d.ts', '--watch'], { env: settingsOf(platform), cwd });
  await command.record(({ topics }) => topics === 2);
  platform.topics.create(topic('third.topic'));
  await command.record(({ topics }) => topics === 3);
  assert.match(readFileSync(join(cwd, 'topics.d.ts'), 'utf8'), /'third\.topic': ThirdTopic;/);
  command.kill('SIGINT');
  assert.equal((await command.ended).code, 0);
});

test('wrong usage and platforms without topics say what to do', LIMIT, async (t) => {
  const platform = await startPlatform(t, { seed: SEED });
  const env = settingsOf(platform);
  for (const [args, code, message] of [
    [['--check'], 2, /--check: name the file with --out/],
    [['--watch'], 2, /--watch: name the file with --out/],
    [['--out', 'x.d.ts', '--check', '--watch'], 2, /exclude each other/],
    [['--out', 'missing/x.d.ts'], 2, /--out: missing\/x\.d\.ts cannot be written: ENOENT/],
    [['--out', '.'], 2, /--out: the file cannot be read/],
  ]) {
    const result = await runCommand(t, ['types', ...args], { env });
    assert.deepEqual([result.code, result.lines], [code, []], result.stderr);
    assert.match(result.stderr, message);
  }
  const refused = await runCommand(t, ['types'], { env: settingsOf(platform, []) });
  assert.equal(refused.code, 4);
  const older = await runCommand(t, ['types'], { env: await startServer(t, {}) });
  assert.deepEqual([older.code, /GET \/api\/topics was refused with HTTP 404/.test(older.stderr)], [5, true]);
  const odd = await runCommand(t, ['types'], { env: await startServer(t, { '/api/topics': { a: 1 } }) });
  assert.match(odd.stderr, /the answer is not a list of topics/);
});

test('schemas of a server cannot put text into the file, nor read anything', LIMIT, async (t) => {
  const evil = '*/ declare const evil: 1; export const x = 1; /*\u2028`{1}\'"';
  const schema = {
    type: 'object',
    title: evil,
    description: evil,
    tsType: 'import("node:fs").Stats',
    tsEnumNames: [evil],
    default: evil,
    properties: {
      [evil]: { type: 'string', description: evil, tsType: 'evil' },
      a: { const: evil },
      b: { enum: [evil, { [evil]: evil }, null], tsEnumNames: [evil, evil, evil] },
      c: { $ref: '#/$defs/x' },
      d: { type: 'array', prefixItems: [{ const: evil }], minItems: 1, items: false },
      e: false,
    },
    patternProperties: { [evil]: { type: 'number' } },
    $defs: { x: { title: evil, type: 'object', properties: { y: { title: evil, enum: ['y'] } } } },
  };
  const env = await startServer(t, withSchema(schema, { description: evil, owner: evil }));
  const { code, lines, stderr } = await runCommand(t, ['types'], { env });
  assert.equal(code, 0, stderr);
  const folder = temporaryFolder(t);
  const text = lines.join('\n');
  writeFileSync(join(folder, 'topics.d.ts'), text);
  // It declares what it should, and nothing else.
  writeFileSync(
    join(folder, 'usage.ts'),
    `import * as file from './topics.js';
     type Names = keyof typeof file;
     export const none: Names extends never ? true : false = true;
     declare const evil: 2;
     export const two: 2 = evil;
     export const payload: file.Topics['a.b'] = { e: undefined as never };\n`,
  );
  assert.equal(await compile(folder, ['--skipLibCheck', 'false', 'topics.d.ts', 'usage.ts']), '');
  assert.doesNotMatch(text, /node:fs/);
  for (const $ref of ['file:///etc/passwd', 'http://127.0.0.1:1/', '/etc/passwd', 'other.json', '#anchor', 7]) {
    const refused = await runCommand(t, ['types'], {
      env: await startServer(t, withSchema({ properties: { a: { $ref } } })),
    });
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /The schema of 'a\.b' refers to '.*', outside of itself/);
  }
  let deep = {};
  for (let n = 0; n < 1_000; n++) deep = { not: deep };
  const nested = await runCommand(t, ['types'], { env: await startServer(t, withSchema(deep)) });
  assert.match(nested.stderr, /nests deeper than 100 levels/);
});
