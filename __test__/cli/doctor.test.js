/** `realtime doctor`: each check finds what it is for. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { cert, key } from '../support/certificate.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, runCommand, settingsOf } from '../support/realtime-command.js';

/** Outcomes and advice by the name of the check. */
async function diagnose(t, env) {
  const { code, records, stderr } = await runCommand(t, ['doctor'], { env });
  assert.equal(stderr, '');
  const all = records();
  const checks = Object.fromEntries(all.filter(({ kind }) => kind === 'check').map((check) => [check.check, check]));
  return { code, checks, summary: all.at(-1) };
}

const outcomes = (checks) => Object.fromEntries(Object.entries(checks).map(([name, { outcome }]) => [name, outcome]));

/** @param {import('node:test').TestContext} t @param {import('node:http').RequestListener} answer */
async function startServer(t, answer) {
  const server = createServer(answer);
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

test('a healthy platform passes every check', async (t) => {
  const platform = await startPlatform(t);
  const { code, checks, summary } = await diagnose(t, settingsOf(platform));
  assert.deepEqual(outcomes(checks), {
    proxy: 'ok',
    dns: 'ok',
    tcp: 'ok',
    tls: 'skipped',
    health: 'ok',
    upgrade: 'ok',
    polling: 'ok',
    token: 'ok',
    clock: 'ok',
    session: 'ok',
  });
  assert.deepEqual([code, summary.failed], [0, 0]);
  for (const { ms } of Object.values(checks)) assert.ok(ms >= 0);
});

test('a certificate that nobody knows, and one whose authority is known', async (t) => {
  const platform = await startPlatform(t, { tls: { key, cert } });
  const env = { ...settingsOf(platform), REALTIME_URL: platform.url.replace('127.0.0.1', 'localhost') };
  const unknown = await diagnose(t, env);
  assert.equal(unknown.code, 1);
  assert.equal(unknown.checks.tls.outcome, 'failed');
  assert.match(unknown.checks.tls.advice, /NODE_EXTRA_CA_CERTS/);
  assert.equal(unknown.checks.session.outcome, 'skipped');
  const file = join(emptyDirectory(t), 'authority.pem');
  writeFileSync(file, cert);
  const known = await diagnose(t, { ...env, NODE_EXTRA_CA_CERTS: file });
  assert.match(known.checks.tls.detail, /TLSv1\.[23], the certificate ends in \d+ days/);
  assert.equal(known.checks.upgrade.outcome, 'ok');
  assert.equal(known.checks.session.outcome, 'ok', known.checks.session.detail);
});

test('nothing listens: what follows is skipped', async (t) => {
  const { code, checks } = await diagnose(t, { REALTIME_URL: 'http://127.0.0.1:1', REALTIME_TOKEN: 'x' });
  assert.equal(code, 1);
  assert.equal(checks.tcp.outcome, 'failed');
  assert.match(checks.tcp.advice, /realtime dev/);
  assert.equal(checks.session.outcome, 'skipped');
  assert.equal(checks.session.detail, 'it needs tcp');
});

test('a name that does not exist', async (t) => {
  const { code, checks } = await diagnose(t, { REALTIME_URL: 'http://nowhere.invalid', REALTIME_TOKEN: 'x' });
  assert.equal(code, 1);
  assert.equal(checks.dns.outcome, 'failed');
  assert.equal(checks.tcp.outcome, 'skipped');
});

test('tokens: none, no JWT, expired, of another platform', async (t) => {
  const platform = await startPlatform(t);
  const other = await startPlatform(t);
  const { REALTIME_URL } = settingsOf(platform);
  const cases = [
    [{ REALTIME_URL }, /token mint/, 'skipped'],
    [{ REALTIME_URL, REALTIME_TOKEN: 'an-api-key' }, /API key/, 'failed'],
    [{ REALTIME_URL, REALTIME_TOKEN: platform.token({ expiresIn: -60 }) }, /token mint/, 'failed'],
    [{ REALTIME_URL, REALTIME_TOKEN: other.token() }, /signature verification failed/, 'failed'],
  ];
  for (const [env, advice, session] of cases) {
    const { code, checks } = await diagnose(t, env);
    assert.equal(code, 1);
    assert.equal(checks.token.outcome, 'failed');
    assert.match(checks.token.advice, advice);
    assert.equal(checks.session.outcome, session);
  }
});

test('another server: redirects, refused upgrades, a clock that is an hour ahead', async (t) => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const url = await startServer(t, (request, response) => {
    if (request.url === '/health') response.writeHead(308, { location: 'https://elsewhere.example/', date }).end();
    else response.writeHead(404).end();
  });
  const { code, checks } = await diagnose(t, { REALTIME_URL: url });
  assert.equal(code, 1);
  assert.match(checks.health.detail, /HTTP 308 to https:\/\/elsewhere\.example\//);
  assert.match(checks.upgrade.detail, /HTTP 502/);
  assert.match(checks.upgrade.advice, /Upgrade and Connection/);
  assert.match(checks.polling.advice, /\/socket\.io\//);
  assert.equal(checks.clock.outcome, 'failed');
  assert.match(checks.clock.detail, /behind/);
});
