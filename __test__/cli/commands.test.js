/** Documents, channels, tokens, webhooks, recordings and `dev`, with pipes. */

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { signWebhook } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, runCommand, settingsOf, startCommand } from '../support/realtime-command.js';

const root = join(import.meta.dirname, '..', '..');
const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==';
const isKind = (kind) => (record) => record.kind === kind;

test('documents are created, read, merged, listed and deleted; a stale revision is a conflict', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const run = (...args) => runCommand(t, ['doc', ...args], { env });
  const [created] = (await run('set', 'notes', 'n1', '{"title":"first"}')).records();
  assert.deepEqual([created.revision, created.data], [1, { title: 'first' }]);
  const [replaced] = (await run('set', 'notes', 'n1', '{"title":"second"}', '--revision', '1')).records();
  assert.equal(replaced.revision, 2);
  const merged = await runCommand(t, ['doc', 'merge', 'notes', 'n1', '-'], { env, input: '{"read":true}' });
  assert.deepEqual(merged.records()[0].data, { title: 'second', read: true });
  const stale = await run('merge', 'notes', 'n1', '{}', '--revision', '1');
  assert.equal(stale.code, 6);
  assert.match(stale.stderr, /revision 3, not 1/);
  assert.equal((await run('set', 'notes', 'n2', '{}', '--revision', '4')).code, 5);
  platform.documents.create('notes', { id: 'n3', data: { n: 3 } });
  const ids = (await run('list', 'notes')).records().map(({ id }) => id);
  assert.deepEqual(ids.sort(), ['n1', 'n3']);
  assert.equal((await run('list', 'notes', '--limit', '1')).records().length, 1);
  assert.equal((await run('get', 'notes', 'n3')).records()[0].data.n, 3);
  assert.equal((await run('delete', 'notes', 'n3')).records()[0].deleted, true);
  const missing = await run('get', 'notes', 'n3');
  assert.deepEqual([missing.code, missing.lines], [5, []]);
  const people = await run('get', 'notes', 'n1', '--no-json');
  assert.match(people.lines.join('\n'), /^notes\/n1 revision 3 .*\n\{\n {2}"title": "second",/);
});

test('watch prints each change and the deletion of a document', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  platform.documents.create('notes', { id: 'n1', data: { n: 1 } });
  const watcher = startCommand(t, ['doc', 'watch', 'notes', 'n1', '--count', '3'], { env });
  await watcher.record((record) => record.kind === 'change' && record.revision === 1);
  platform.documents.merge('notes', 'n1', { data: { n: 2 } });
  await watcher.record((record) => record.kind === 'change' && record.revision === 2);
  platform.documents.delete('notes', 'n1');
  const { code, lines } = await watcher.ended;
  assert.equal(code, 0);
  const changes = lines.map((line) => JSON.parse(line)).filter(isKind('change'));
  assert.deepEqual(
    changes.map(({ revision, data, deleted }) => [revision, data?.n, deleted]),
    [
      [1, 1, false],
      [2, 2, false],
      [3, undefined, true],
    ],
  );
});

test('a member sees messages and who comes and goes; send and members find it', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const member = startCommand(t, ['channel', 'join', 'lobby'], { env });
  await member.record(isKind('joined'));
  const [{ socketId }] = (await runCommand(t, ['channel', 'members', 'lobby'], { env })).records();
  assert.equal(typeof socketId, 'string');
  const other = startCommand(t, ['channel', 'join', 'lobby', '--count', '1'], { env });
  const { memberCount } = await other.record(isKind('joined'));
  assert.equal(memberCount, 2);
  await member.record((record) => record.kind === 'presence' && record.type === 'join' && record.socketId !== socketId);
  const sent = await runCommand(t, ['channel', 'send', 'lobby', 'greeting', '{"text":"hello"}'], { env });
  const { id, event, data } = await member.record(isKind('message'));
  assert.deepEqual({ id, event, data }, { id: sent.records()[0].id, event: 'greeting', data: { text: 'hello' } });
  assert.equal((await other.ended).code, 0);
  await member.record((record) => record.kind === 'presence' && record.type === 'leave');
  const broadcast = ['channel', 'send', 'lobby', 'notice', '["closing"]', '--broadcast'];
  const [{ id: notice }] = (await runCommand(t, broadcast, { env })).records();
  const heard = await member.record((record) => record.kind === 'message' && record.event === 'notice');
  assert.deepEqual([heard.id, heard.data, heard.from], [notice, ['closing'], undefined]);
  member.kill('SIGTERM');
  const { code, lines } = await member.ended;
  assert.deepEqual([code, JSON.parse(lines.at(-1)).received], [0, 2]);
});

test('a token comes from the platform or from a secret, can be read, and is checked', async (t) => {
  const platform = await startPlatform(t, { secret: 'a secret of the test' });
  const env = { REALTIME_URL: platform.url };
  const run = (...args) => runCommand(t, ['token', ...args], { env });
  const granted = await run('mint', '--permission', 'service', '--permission', 'client');
  const signed = await runCommand(t, ['token', 'mint', '--sub', 'ada', '--permission', 'admin'], {
    env: { ...env, REALTIME_SECRET: 'a secret of the test' },
  });
  const other = await run('mint', '--secret', 'another secret');
  for (const { lines } of [granted, signed]) {
    assert.equal(lines.length, 1);
    assert.equal((await run('check', lines[0])).code, 0);
  }
  const refused = await run('check', other.lines[0]);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /signature verification failed/);
  const [{ claims }] = (await run('decode', signed.lines[0])).records();
  assert.deepEqual([claims.sub, claims.permissions, claims.exp - claims.iat], ['ada', ['admin'], 3600]);
  const decoded = await runCommand(t, ['token', 'decode', '-'], { env, input: `${granted.lines[0]}\n` });
  assert.deepEqual(decoded.records()[0].claims.permissions, ['service', 'client']);
  assert.equal((await run('decode', 'no-token')).code, 4);
  assert.equal((await run('mint', '--permission', 'everything')).code, 1);
  const [minted] = (await run('mint', '--json')).records();
  assert.ok(minted.expiresAt > Date.now());
});

test('a signed delivery verifies; a changed, an old and a foreign one do not', async (t) => {
  const body = '{"id":"evt_1","topic":"a","source":"socket","type":"t","payload":{},"metadata":{"timestamp":1}}';
  const cwd = emptyDirectory(t);
  writeFileSync(join(cwd, 'body.json'), body);
  const env = { REALTIME_WEBHOOK_SECRET: SECRET };
  const headersOf = (headers) => Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  for (const scheme of ['realtime', 'standard-webhooks', 't-v1']) {
    const sign = await runCommand(t, ['webhook', 'sign', '-', '--scheme', scheme], { env, input: body });
    const [headers] = sign.records();
    const verify = ['webhook', 'verify', 'body.json', ...headersOf(headers)];
    const verified = await runCommand(t, verify, { cwd, env });
    assert.equal(verified.code, 0, verified.stderr);
    assert.equal(verified.records()[0].scheme, scheme);
    const other = await runCommand(t, [...verify, '--secret', 'another'], { cwd, env });
    assert.deepEqual([other.code, /SIGNATURE_MISMATCH/.test(other.stderr)], [4, true]);
  }
  const old = signWebhook(body, SECRET, { timestamp: Date.now() - 600_000 });
  const verify = ['webhook', 'verify', 'body.json', ...headersOf(old)];
  const late = await runCommand(t, verify, { cwd, env });
  assert.deepEqual([late.code, /TIMESTAMP_EXPIRED/.test(late.stderr)], [4, true]);
  assert.equal((await runCommand(t, [...verify, '--tolerance', '700000'], { cwd, env })).code, 0);
  assert.equal((await runCommand(t, ['webhook', 'sign', 'missing'], { cwd, env })).code, 2);
  assert.match((await runCommand(t, ['webhook', 'sign', 'body.json'], { cwd })).stderr, /There is no secret/);
});

test('a recording is replayed, and where the session differs is shown', async (t) => {
  const platform = await startPlatform(t);
  const { RealtimeClient } = await import('../../lib/index.js');
  const client = new RealtimeClient({ url: platform.url, token: platform.token(), record: {} });
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  client.destroy();
  const recording = client.recording();
  const cwd = emptyDirectory(t);
  writeFileSync(join(cwd, 'whole.jsonl'), recording);
  const whole = await runCommand(t, ['replay', 'whole.jsonl', '--step'], { cwd });
  assert.equal(whole.code, 0, whole.stderr);
  const records = whole.records();
  assert.equal(records.at(-1).calls, records.filter(isKind('step')).length);
  writeFileSync(join(cwd, 'other.jsonl'), recording.replace('"sub_1"', '"sub_9"'));
  const other = await runCommand(t, ['replay', 'other.jsonl'], { cwd });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /Line \d+: \w+ differs in/);
  assert.equal((await runCommand(t, ['replay', 'missing.jsonl'], { cwd })).code, 2);
});

test('dev starts the local platform with its own options', async (t) => {
  const help = await runCommand(t, ['dev', '--help']);
  assert.equal(help.code, 0);
  assert.match(help.lines[0], /realtime-local/);
  assert.notEqual((await runCommand(t, ['dev', '--prot', '0'])).code, 0);
});

test('a command loads what it needs: no help and no publish load the SDK', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const report = join(cwd, 'report.cjs');
  writeFileSync(
    report,
    "process.on('exit', () => { for (const file in require.cache) process.stderr.write('loaded ' + file + '\\n'); });\n",
  );
  const loaded = async (args) => {
    const { stderr } = await runCommand(t, args, { cwd, env: settingsOf(platform), flags: ['--require', report] });
    return stderr.split('\n').filter((line) => line.startsWith('loaded '));
  };
  const isSdk = (line) => line.includes(join(root, 'dist'));
  for (const args of [['--help'], ['listen', '--help'], ['publish', 'a', '{}']]) {
    const files = await loaded(args);
    assert.ok(files.some((file) => file.includes('commander')));
    assert.deepEqual(files.filter(isSdk), [], args.join(' '));
  }
  // The same report shows the SDK where a command needs it, and no part that it does not need.
  const files = (await loaded(['doc', 'list', 'notes'])).filter(isSdk);
  const names = files.map((file) => basename(file));
  assert.ok(names.includes('main.js') && names.includes('sync.js'), names.join(', '));
  assert.ok(!names.includes('webhook.js') && !names.includes('socket.js'), names.join(', '));
});

test('every command file is a command of the program', async () => {
  const { createProgram } = await import('../../cli/src/program.js');
  const names = createProgram().commands.map((command) => command.name());
  const files = readdirSync(join(root, 'cli', 'src', 'commands')).map((file) => file.replace('.js', ''));
  assert.deepEqual(
    files.map((file) => (file === 'document' ? 'doc' : file)).filter((file) => !names.includes(file)),
    [],
  );
});
