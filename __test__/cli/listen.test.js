/** `realtime listen` and `publish`, with pipes. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, runCommand, settingsOf, startCommand } from '../support/realtime-command.js';

const isKind = (kind) => (record) => record.kind === kind;

test('listen prints the events that fit the filter, and Ctrl-C ends it with a summary', async (t) => {
  const platform = await startPlatform(t);
  const filter = '{"campusId":{"in":[12,13]}}';
  const listener = startCommand(t, ['listen', 'session.status', '--filter', filter], { env: settingsOf(platform) });
  await listener.record(isKind('subscribed'));
  platform.publish({ topic: 'session.status', payload: { campusId: 11 } });
  const { id } = platform.publish({ topic: 'session.status', payload: { campusId: 12 } });
  const { event } = await listener.record(isKind('event'));
  assert.equal(event.id, id);
  assert.deepEqual(event.payload, { campusId: 12 });
  listener.kill('SIGINT');
  const { code, lines } = await listener.ended;
  assert.equal(code, 0);
  const { kind, received } = JSON.parse(lines.at(-1));
  assert.deepEqual({ kind, received }, { kind: 'summary', received: 1 });
});

test('reconnects and gaps are lines of their own', async (t) => {
  const platform = await startPlatform(t);
  const listener = startCommand(t, ['listen', 'a'], { env: settingsOf(platform) });
  await listener.record(isKind('subscribed'));
  await platform.faults.goAway();
  const { reason } = await listener.record(isKind('reconnecting'));
  assert.notEqual(reason, '');
  await platform.faults.comeBack();
  const gap = await listener.record(isKind('gap'));
  assert.deepEqual(
    gap.subscriptions.map(({ topic }) => topic),
    ['a'],
  );
  platform.publish({ topic: 'a', payload: { n: 1 } });
  await listener.record(isKind('event'));
  listener.kill('SIGINT');
  const { code, lines } = await listener.ended;
  assert.equal(code, 0);
  const { gaps, reconnects } = JSON.parse(lines.at(-1));
  assert.deepEqual({ gaps, reconnects }, { gaps: 1, reconnects: 1 });
});

test('publish takes a payload as argument, from standard input, and one from each line', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const listener = startCommand(t, ['listen', 'a', 'b.c', '--count', '4'], { env });
  for (const topic of ['a', 'b.c'])
    await listener.record((record) => record.kind === 'subscribed' && record.topic === topic);
  const first = await runCommand(t, ['publish', 'a', '{"n":1}', '--type', 'test.one'], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.equal((await runCommand(t, ['publish', 'b.c', '-'], { env, input: '{\n"n": 2\n}' })).code, 0);
  const lines = await runCommand(t, ['publish', 'a', '-', '--lines'], { env, input: '{"n":3}\n\n{"n":4}\n' });
  assert.equal(lines.records().length, 2);
  const { code, lines: printed } = await listener.ended;
  assert.equal(code, 0);
  const events = printed.map((line) => JSON.parse(line)).filter(isKind('event'));
  assert.deepEqual(
    events.map(({ event }) => event.payload.n),
    [1, 2, 3, 4],
  );
  assert.equal(events[0].event.type, 'test.one');
  assert.equal(first.records()[0].id, events[0].event.id);
});

test('each failure has its exit code and says what to do', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const cases = [
    [['listen', 'a', '--filter', '{a:1}'], env, 2, /--filter: expected JSON: .* single quotes/],
    [['listen', 'a', '--count', '0'], env, 2, /--count: expected a whole number of at least 1/],
    [['listen', 'a', '--forward-to', 'localhost:80'], env, 2, /--forward-to: expected an address/],
    [['listen', 'a', '--forward-to', 'b=http://localhost'], env, 2, /'b' is not among those you listen to/],
    [['listen', 'a', '--dead-letters', '/nowhere/x', '--forward-to', 'http://localhost'], env, 2, /--dead-letters: /],
    [['publish', 'a', '[1]'], env, 2, /expected a JSON object/],
    [['publish', 'a', '{}', '--url', 'ws://x'], env, 2, /--url: expected an address that begins with http/],
    [['publish', 'a', '{}', '--dotenv', 'missing'], env, 2, /--dotenv: the file cannot be read/],
    [['publish', 'a', '{}'], { REALTIME_URL: platform.url }, 2, /There is no token/],
    [
      ['publish', 'a', '{}'],
      { ...env, REALTIME_URL: 'http://127.0.0.1:1' },
      3,
      /Is the platform at http:\/\/127\.0\.0\.1:1 up\?/,
    ],
    [['publish', 'a', '{}'], settingsOf(platform, ['client']), 4, /HTTP 403/],
    [['listen', 'a'], { ...env, REALTIME_TOKEN: 'no.such.token' }, 4, /AUTH_FAILED|refused|token/i],
    [['listen', 'a', '--filter', '{"n":{"gt":1}}'], env, 2, /There is no operator 'gt'/],
    [['listen', 'a'], settingsOf(platform, []), 4, /refused|permission/i],
    [['listen'], env, 2, /missing required argument/],
    [['lisen', 'a'], env, 2, /Did you mean listen\?/],
  ];
  for (const [args, variables, code, message] of cases) {
    const end = await runCommand(t, args, { env: variables });
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`);
    assert.match(end.stderr, message);
    assert.doesNotMatch(end.stderr + end.lines.join(''), /eyJ/, 'no token in the output');
  }
});

test('flags go before the environment, and that before .env, of which other names are ignored', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const { REALTIME_URL, REALTIME_TOKEN } = settingsOf(platform);
  writeFileSync(
    join(cwd, '.env'),
    `# settings\nNODE_EXTRA_CA_CERTS=/nowhere\nexport REALTIME_URL="${REALTIME_URL}"\nREALTIME_TOKEN=${REALTIME_TOKEN}\n`,
  );
  const publish = ['publish', 'a', '{}'];
  assert.equal((await runCommand(t, publish, { cwd })).code, 0);
  const env = { REALTIME_URL: 'http://127.0.0.1:1' };
  assert.equal((await runCommand(t, publish, { cwd, env })).code, 3);
  assert.equal((await runCommand(t, [...publish, '--url', REALTIME_URL], { cwd, env })).code, 0);
});

test('a reader that closes the pipe ends the command without an error', async (t) => {
  const platform = await startPlatform(t);
  const { spawn } = await import('node:child_process');
  const { PROGRAM } = await import('../support/realtime-command.js');
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${PROGRAM}" listen a | head -n 1; echo done`], {
    env: { ...process.env, ...settingsOf(platform) },
  });
  t.after(() => shell.kill());
  let errors = '';
  shell.stderr.on('data', (text) => {
    errors += text;
  });
  // The reader has gone when the command writes again: events keep coming, as anywhere.
  const events = setInterval(() => platform.publish({ topic: 'a', payload: {} }), 50);
  t.after(() => clearInterval(events));
  await new Promise((resolve) => shell.once('close', resolve));
  assert.equal(errors, '');
});
