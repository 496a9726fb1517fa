/** The flags of `realtime-local`: what each does, and what a wrong one is answered with. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { BIN, call, newFolder, outcome, PUBLISHED_BIN, startCommand, startReady } from '../support/command.js';
import { startPlatform } from '../support/local-platform.js';

/** @param {string} token */
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
const HINT = 'Usage: realtime-local [options]. --help lists them.\n';

describe('a wrong flag', () => {
  for (const [flags, message] of [
    [['--env-fil', 'x'], "--env-fil is not an option. Did you mean '--env-file'?"],
    [['--qiet'], "--qiet is not an option. Did you mean '--quiet'?"],
    [['--tl'], "--tl is not an option. Did you mean '--tls'?"],
    [['-p', 'http'], "--port: expected a port, or 0 for a free one, got 'http'."],
    [['-p'], '--port: expected a value after it.'],
    [['--host', '--port', '0'], '--host: expected a value after it.'],
    [['--host='], '--host: expected a value after it.'],
    [['--json=yes'], '--json: expected no value.'],
  ]) {
    test(`${flags.join(' ')} is refused with what to write instead, and the usage`, async () => {
      assert.deepEqual(await outcome(flags), { code: 1, stdout: '', stderr: `${message}\n${HINT}` });
    });
  }

  test('an unknown one that resembles none lists them all', async () => {
    const { stderr } = await outcome(['--zzzzzzzzzz']);
    assert.match(stderr, /^--zzzzzzzzzz is not an option\. Known: --port, .*--record, .*--help\.\n/);
  });

  test('a refused value names the flag, never an option of the API', async (t) => {
    const file = join(newFolder(t), 'garbage');
    writeFileSync(file, 'no database '.repeat(1000));
    for (const [flag, ...values] of [
      ['--data', file],
      ['--cors-origin', 'nowhere'],
      ['--host', '192.0.2.1'],
      // Node reads the long one itself, and ends if it cannot.
      ['--env-file', undefined, '-e', newFolder(t)],
      ['--record', newFolder(t)],
      ['--replay', join(newFolder(t), 'missing')],
    ]) {
      const flags = values[0] === undefined ? values.slice(1) : [flag, ...values];
      const { code, stderr } = await outcome(['-p', '0', ...flags]);
      assert.equal(code, 1, flag);
      assert.match(stderr, new RegExp(`^${flag}: .*\n$`), flag);
      assert.doesNotMatch(stderr, /options\./, flag);
    }
  });
});

test('-h and -v are short for --help and --version', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../local-platform/package.json'), 'utf8'));
  assert.deepEqual(await outcome(['-v']), { code: 0, stdout: `${version}\n`, stderr: '' });
  assert.match((await outcome(['-h'])).stdout, /^Usage: realtime-local \[options\]\n/);
});

test('a port in use is named, and what to use instead', async (t) => {
  const { port } = await startPlatform(t);
  const stderr = `Port ${port} on 127.0.0.1 is in use. Use --port 0 for a free one.\n`;
  assert.deepEqual(await outcome(['-p', String(port)]), { code: 1, stdout: '', stderr });
});

describe('--env-file', () => {
  test('writes an address and a token that work, for nobody else to read', async (t) => {
    const file = join(newFolder(t), '.env');
    const command = await startReady(t, ['-e', file]);
    const text = readFileSync(file, 'utf8');
    assert.equal(text, `REALTIME_URL=${command.url}\nREALTIME_TOKEN=${command.token}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await call(command, 'POST', '/api/topics/t/events', {})).status, 201);
  });

  test('keeps the other lines, and sets each variable once', async (t) => {
    const file = join(newFolder(t), '.env');
    writeFileSync(file, '# ours\nexport REALTIME_URL="old"\nOTHER=REALTIME_URL=1\nREALTIME_URL=older\n\nLAST=1');
    const { url, token } = await startReady(t, ['--env-file', file]);
    assert.equal(
      readFileSync(file, 'utf8'),
      `# ours\nexport REALTIME_URL=${url}\nOTHER=REALTIME_URL=1\n\nLAST=1\nREALTIME_TOKEN=${token}\n`,
    );
  });

  test('the file keeps its line ends', async (t) => {
    const file = join(newFolder(t), '.env');
    writeFileSync(file, 'A=1\r\nB=2\r\n');
    const { url, token } = await startReady(t, ['--env-file', file]);
    assert.equal(readFileSync(file, 'utf8'), `A=1\r\nB=2\r\nREALTIME_URL=${url}\r\nREALTIME_TOKEN=${token}\r\n`);
  });
});

test('--quiet prints the address, and nothing of what happens', async (t) => {
  const command = await startReady(t, ['--quiet']);
  await call(command, 'POST', '/api/topics/t/events', {});
  await call(command, 'GET', '/nowhere');
  const before = command.seen.length;
  assert.equal(await command.stop(), 0);
  assert.equal(command.seen.length, before);
});

test('--json prints one object a line, without a token', async (t) => {
  const file = join(newFolder(t), '.env');
  const command = startCommand(t, ['--json', '-e', file]);
  const [line] = await command.line(/^.*"listening".*$/);
  assert.equal(command.seen.length, 1);
  const { url, ...listening } = JSON.parse(line);
  assert.deepEqual({ ...listening, time: undefined }, { time: undefined, type: 'listening', sub: 'developer' });
  const [, token] = /^REALTIME_TOKEN=(.*)$/m.exec(readFileSync(file, 'utf8'));
  const client = new RealtimeClient({ url, token });
  t.after(() => client.destroy());
  client.on('event', () => {});
  client.subscribe({ topic: 'order.updated', filter: { a: 1 } });
  await command.line(/"subscribed"/);
  await call({ url, token }, 'POST', '/api/topics/order.updated/events', { payload: { a: 2, secret: 'payload' } });
  await command.line(/"published"/);
  client.destroy();
  await command.line(/"disconnected"/);
  const records = command.seen.map((each) => JSON.parse(each));
  assert.deepEqual(
    records.map(({ type }) => type),
    ['listening', 'connected', 'subscribed', 'published', 'unsubscribed', 'disconnected'],
  );
  const [{ id }, sub] = [records[1].connection, claimsOf(token).sub];
  assert.deepEqual(records[3].receivers, []);
  assert.deepEqual(
    records[3].filtered.map((each) => ({ ...each, subscriptionId: '' })),
    [{ id, sub, subscriptionId: '', filter: { a: 1 } }],
  );
  assert.doesNotMatch(command.seen.join('\n'), /eyJ|payload/);
});

describe('the configuration file', () => {
  const seed = {
    documents: { orders: { 'order-1': { status: 'open' } } },
    endpoints: [{ url: 'http://127.0.0.1:1/', secret: 'whsec_a', events: ['socket.message'] }],
    channels: { lobby: 2 },
    samples: [{ every: 20, topic: 'order.updated', payload: { status: 'open' } }],
  };

  for (const [name, text] of [
    ['realtime-local.config.json', JSON.stringify({ applicationId: 'shop', seed })],
    ['realtime-local.config.mjs', `export default ${JSON.stringify({ applicationId: 'shop', seed })};`],
    ['realtime-local.config.cjs', `module.exports = ${JSON.stringify({ applicationId: 'shop', seed })};`],
    ['realtime-local.config.js', `module.exports = ${JSON.stringify({ applicationId: 'shop', seed })};`],
  ]) {
    test(`${name} of the folder has options and the seed`, async (t) => {
      const cwd = newFolder(t);
      writeFileSync(join(cwd, name), text);
      const command = await startReady(t, [], { cwd });
      assert.equal(claimsOf(command.token).aud, 'shop');
      const { body } = await call(command, 'GET', '/api/sync/orders/documents/order-1');
      assert.deepEqual(body.data, { status: 'open' });
      const channels = await call(command, 'GET', '/api/socket/channels');
      assert.deepEqual(channels.body, [{ name: 'lobby', memberCount: 2 }]);
      const [endpoint] = (await call(command, 'GET', '/api/webhooks')).body;
      assert.equal(endpoint.url, seed.endpoints[0].url);
      await command.line(/published +order\.updated/);
      await command.line(/published +order\.updated/);
    });
  }

  test('the published command loads an ES module and makes a certificate, too', async (t) => {
    const cwd = newFolder(t);
    writeFileSync(join(cwd, 'realtime-local.config.mjs'), "export default { applicationId: 'shop' };");
    const env = { XDG_CACHE_HOME: cwd, LOCALAPPDATA: cwd, HOME: cwd };
    const { token, url } = await startReady(t, ['--tls'], { cwd, env, bin: PUBLISHED_BIN });
    assert.equal(claimsOf(token).aud, 'shop');
    assert.match(url, /^https:/);
  });

  test('the one of the guide works as it stands', async (t) => {
    const cwd = newFolder(t);
    const guide = readFileSync(join(import.meta.dirname, '../../docs/local-platform.md'), 'utf8');
    const [example] = /^\/\*\* @type .*LocalPlatformOptions.*\nexport default [^`]*/m.exec(guide) ?? [];
    assert(example !== undefined);
    writeFileSync(join(cwd, 'realtime-local.config.mjs'), example);
    const command = await startReady(t, [], { cwd });
    const { body } = await call(command, 'GET', '/api/sync/orders/documents/order-1');
    assert.equal(body.data.status, 'open');
    await command.line(/published +order\.updated/);
  });

  test('--config names another one, and a flag wins over it', async (t) => {
    const cwd = newFolder(t);
    mkdirSync(join(cwd, 'etc'));
    writeFileSync(join(cwd, 'realtime-local.config.json'), '{ "applicationId": "unread" }');
    writeFileSync(join(cwd, 'etc/shop.json'), '{ "applicationId": "shop", "prefix": "/rt", "data": "shop.db" }');
    const { token, url } = await startReady(t, ['--config', 'etc/shop.json', '--application-id', 'flag'], { cwd });
    assert.equal(claimsOf(token).aud, 'flag');
    assert.match(url, /\/rt$/);
    assert.ok(statSync(join(cwd, 'etc/shop.db')).isFile());
  });

  for (const [text, message] of [
    ['{ "ports": 1 }', "FILE: ports is not an option. Did you mean 'port'?"],
    ['{ "port": "x" }', 'FILE: port: expected a port, or 0 for a free one, got a string.'],
    ['{ "pingInterval": 0 }', 'FILE: pingInterval: expected milliseconds, at least 1, got the number 0.'],
    ['{ "seed": { "document": {} } }', "FILE: seed.document is not known. Did you mean 'documents'?"],
    [
      '{ "seed": { "channels": { "lobby": 0 } } }',
      'FILE: seed.channels: expected 1 to 1000 members by channel, such as { lobby: 2 }.',
    ],
    ['{ "seed": { "samples": [{ "every": 20 }] } }', 'FILE: seed.samples[0]: topic: expected'],
    [
      '{ "seed": { "samples": [{ "every": 1, "topic": "a" }] } }',
      'FILE: seed.samples[0]: every: expected milliseconds, at least 10, got the number 1.',
    ],
    ['{ "seed": { "endpoints": [{ "url": "x" }] } }', 'FILE: seed.endpoints[0]: url: expected an http or https URL.'],
    ['[]', 'FILE: expected an object, such as { seed: { documents: {} } }, got an array.'],
    ['{', 'FILE: it cannot be loaded: '],
  ]) {
    test(`${text} is refused with its place`, async (t) => {
      const cwd = newFolder(t);
      const file = 'realtime-local.config.json';
      writeFileSync(join(cwd, file), text);
      const { code, stderr } = await outcome(text.includes('port') ? [] : ['-p', '0'], { cwd });
      assert.equal(code, 1);
      assert.ok(stderr.startsWith(message.replace('FILE', file)), stderr);
    });
  }
});

describe('a terminal', () => {
  /** Where `CI` is set, Node sees no colours in a terminal. */
  const terminal = { TERM: 'xterm-256color', NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined };
  const isMissing = spawnSync('script', ['--version']).status !== 0 && 'this system has no script(1)';

  /** Runs the command in a pseudo-terminal, until its log has a line. @param {NodeJS.ProcessEnv} env */
  async function firstLine(env) {
    const program = `"${process.execPath}" "${BIN}" --port 0`;
    const child = spawn('script', ['--quiet', '--command', program, '/dev/null'], { env: { ...process.env, ...env } });
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      const [, url] = /^ {2}URL=(\S+)\r$/m.exec(text) ?? [];
      if (text.includes('Ctrl-C stops.') && !text.includes('refused')) await fetch(`${url}/nowhere`);
      if (/refused.*\r\n/.test(text)) break;
    }
    const exit = once(child, 'exit');
    child.stdin.write('\x03'); // Ctrl-C
    child.stdin.end();
    await exit;
    return text.split('\r\n').find((line) => line.includes('refused'));
  }

  test('gets colours', { skip: isMissing }, async () => {
    const line = await firstLine(terminal);
    const escaped = (line ?? '').replaceAll('\u001b', 'ESC');
    assert.match(escaped, /^ESC\[90m\d\d:\d\d:\d\d\.\d{3}ESC\[39m ESC\[31mrefused/);
  });

  test('gets none where NO_COLOR says so', { skip: isMissing }, async () => {
    const line = await firstLine({ ...terminal, NO_COLOR: '1' });
    assert.match(line ?? '', /^\d\d:\d\d:\d\d\.\d{3} refused/);
  });
});

test('a reader of the log that ends early is no failure', async (t) => {
  const child = spawn(process.execPath, [BIN, '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const [chunk] = await once(child.stdout, 'data');
  const [, url] = /URL=(\S+)/.exec(String(chunk)) ?? [];
  const exit = once(child, 'exit');
  child.stdout.destroy();
  await fetch(`${url}/nowhere`).catch(() => {}); // it may be gone before it answers
  assert.deepEqual(await exit, [0, null]);
  assert.equal((await child.stderr.toArray()).join(''), '');
});
