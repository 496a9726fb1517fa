/** `--tls`: a certificate that clients verify, made once and used again. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect } from 'node:tls';

import { RealtimeClient } from '../../lib/index.js';
import { cacheFolder, developmentCertificate } from '../../local-platform/src/command-line/certificate.js';
import { newFolder, startReady } from '../support/command.js';

/** @param {import('node:test').TestContext} t @param {string} cache */
async function startSecure(t, cache) {
  const env = { XDG_CACHE_HOME: cache, LOCALAPPDATA: cache, HOME: cache };
  const command = await startReady(t, ['--tls'], { env });
  const authority = command.seen.map((line) => /^ {2}AUTHORITY=(.*)$/.exec(line)?.[1]).find(Boolean);
  assert(authority !== undefined);
  return { ...command, authority };
}

test('the SDK connects once it trusts the authority that is printed', async (t) => {
  const { url, token, authority, line } = await startSecure(t, newFolder(t));
  assert.match(url, /^https:/);
  const client = new RealtimeClient({ url, token, tls: { ca: readFileSync(authority, 'utf8') } });
  t.after(() => client.destroy());
  client.on('event', () => {});
  client.subscribe({ topic: 'order.updated' });
  await line(/ subscribed /);
  const stranger = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  const [{ code }] = await once(stranger, 'error');
  assert.equal(code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  for (const servername of ['localhost', '127.0.0.1']) {
    const options = { port: Number(new URL(url).port), host: '127.0.0.1', ca: readFileSync(authority) };
    const socket = connect({ ...options, ...(servername === 'localhost' && { servername }) });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    socket.destroy();
  }
});

test('the next run uses the same certificate, and keys are for their owner alone', async (t) => {
  const cache = newFolder(t);
  const first = await startSecure(t, cache);
  const folder = join(first.authority, '..');
  const read = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  const made = read();
  const second = await startSecure(t, cache);
  assert.equal(second.authority, first.authority);
  assert.deepEqual(read(), made);
  for (const [name, text] of made) {
    const isPublic = name === 'authority.pem';
    assert.equal(text.includes('PRIVATE KEY'), !isPublic, name);
    if (!isPublic) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  }
});

describe('a development certificate', () => {
  const authorityOf = (/** @type {{ authority: string }} */ { authority }) =>
    new X509Certificate(readFileSync(authority));

  test('is made again by the same authority where a client uses another name', async (t) => {
    const folder = newFolder(t);
    const first = await developmentCertificate([], folder);
    const second = await developmentCertificate(['realtime', '192.168.1.20'], folder);
    const [before, after] = [first, second].map(({ cert }) => new X509Certificate(cert));
    assert.equal(before.checkHost('realtime'), undefined);
    assert.equal(after.checkHost('realtime'), 'realtime');
    assert.equal(after.checkIP('192.168.1.20'), '192.168.1.20');
    for (const name of ['127.0.0.1', '::1']) assert.equal(after.checkIP(name), name);
    assert.ok(after.verify(authorityOf(first).publicKey));
    assert.deepEqual(await developmentCertificate(['realtime'], folder), second);
  });

  test('cannot sign others, and lasts no longer than systems accept', async (t) => {
    const made = await developmentCertificate([], newFolder(t));
    const certificate = new X509Certificate(made.cert);
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / (24 * 3600 * 1000);
    assert.deepEqual([certificate.ca, authorityOf(made).ca], [false, true]);
    assert.ok(days <= 398, String(days));
    assert.ok(certificate.checkIssued(authorityOf(made)));
  });

  test('two that are made at once have one authority', async (t) => {
    const folder = newFolder(t);
    const made = await Promise.all([developmentCertificate([], folder), developmentCertificate([], folder)]);
    for (const each of made) assert.ok(new X509Certificate(each.cert).verify(authorityOf(each).publicKey));
  });

  test('is made again near its end', async (t) => {
    const folder = newFolder(t);
    const first = await developmentCertificate([], folder);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 380 * 24 * 3600 * 1000 });
    const second = await developmentCertificate([], folder);
    assert.notEqual(second.cert, first.cert);
    assert.ok(new X509Certificate(second.cert).verify(authorityOf(first).publicKey));
  });

  test('is kept where the system keeps such things', () => {
    const at = (/** @type {object} */ system) => cacheFolder(/** @type {any} */ (system));
    assert.equal(at({ platform: 'linux', env: { XDG_CACHE_HOME: '/c' } }), join('/c', 'realtime-local'));
    assert.match(at({ platform: 'linux', env: {} }), /[/\\]\.cache[/\\]realtime-local$/);
    assert.match(at({ platform: 'darwin', env: {} }), /[/\\]Library[/\\]Caches[/\\]realtime-local$/);
    assert.equal(at({ platform: 'win32', env: { LOCALAPPDATA: '/l' } }), join('/l', 'realtime-local'));
  });
});
