/**
 * Certificates that are refused, or accepted by `rejectUnauthorized: false` alone: what sockets and
 * requests say.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { RealtimeClient } from '../../lib/index.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import * as certificates from '../support/odd-certificates.js';
import { start } from '../support/program.js';

/** OpenSSL serves weak keys and old hashes only when it is asked to. */
const CERTIFICATES = { ...certificates };
const WEAK = { ciphers: 'DEFAULT@SECLEVEL=0' };

/** An https server that no connection should come through to. */
async function serve(t, options) {
  const server = https.createServer({ ...WEAK, ...options }, () => assert.fail('it got a request'));
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `https://localhost:${server.address().port}`;
}

/** The errors of a socket and of a request. */
async function refusals(t, options) {
  const { client, seen } = observe(t, { token: 't', reconnection: false, ...options });
  return [await seen('error'), await client.sync.get('s', 'd').catch((error) => error)];
}

const { authority, nameless, p521, rsa1024, rsaPss, sha1, version1 } = certificates;
const trusting = ({ cert, key }) => ({ server: { cert, key }, tls: { ca: cert } });
const refused = [
  ['self-signed', { server: authority }, /: self-signed certificate that is not trusted[.;] .*options\.tls\.ca/],
  [
    'without an alternative name',
    trusting(nameless),
    /no subject alternative name; .*CN.* subjectAltName=DNS:localhost/,
  ],
  ['of X.509 version 1', trusting(version1), /: certificate is of X\.509 version 1 .* version 3/],
  [
    'with an RSA key of 1024 bits',
    trusting(rsa1024),
    /an RSA key of 1024 bits, .*not supported\. .* 2048 to 8192 bits/,
  ],
  ['signed with SHA-1', trusting(sha1), /signed by RSA with SHA-1, which is not supported\. .*SHA-256 or better/],
  [
    'with a P-521 key',
    trusting(p521),
    /accepts no option that this client offers: .*P-256 or P-384.*P-521, Ed448 or RSA-PSS is not/,
  ],
  ['with a key for RSA-PSS only', trusting(rsaPss), /accepts no option .*RSA-PSS is not supported/],
];
for (const [name, { server, tls }, words] of refused) {
  nativeTest('tls')(`a certificate ${name} is refused in words, with advice for that`, async (t) => {
    const url = await serve(t, server);
    for (const error of await refusals(t, { url, tls })) {
      assert.equal(error.code, 'TLS_ERROR');
      assert.match(error.message, words);
      assert.ok(error.message.endsWith(error.remediation));
      const trusts = name === 'self-signed';
      assert.equal(error.remediation.includes('options.tls.ca'), trusts, error.remediation);
      assert.doesNotMatch(inspect(error), /Other|Error\(|CaUsed|Unsupported[A-Z]|HandshakeFailure/);
    }
  });
}

const OLD = [
  ['cipher suites without ECDHE', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:@SECLEVEL=0' }, /ECDHE and AES-GCM/],
  ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, /neither TLS 1\.2 nor TLS 1\.3 .*Enable TLS 1\.2/],
];
for (const [name, options, words] of OLD) {
  nativeTest('tls')(`a server that knows only ${name}: the error says what this client offers`, async (t) => {
    const url = await serve(t, { ...authority, ...options });
    for (const error of await refusals(t, { url, tls: { ca: authority.cert } })) {
      assert.equal(error.code, 'TLS_ERROR');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /tls\.ca/);
    }
  });
}

for (const name of ['authority', 'nameless', 'p521', 'rsa1024', 'rsaPss', 'sha1', 'version1']) {
  nativeTest('tls')(`rejectUnauthorized: false accepts the certificate '${name}', as Node does`, async (t) => {
    const platform = await startPlatform(t, { tls: { ...WEAK, ...CERTIFICATES[name] } });
    const options = { url: platform.url, token: platform.token({ permissions: ['service'] }) };
    const { client, reached } = observe(t, { ...options, tls: { rejectUnauthorized: false } });
    await reached('connected');
    assert.equal((await client.sync.create('s', { n: 1 })).data.n, 1);
  });
}

test('NODE_EXTRA_CA_CERTS trusts a certificate that is server and authority in one', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificates-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'extra.pem');
  fs.writeFileSync(file, authority.cert);
  const platform = await startPlatform(t, { tls: authority });
  setEnvironment(t, { NODE_EXTRA_CA_CERTS: file });
  const program = start(t, report, [platform.url, platform.token()]);
  assert.deepEqual((await program.ended).stdout, ['connecting', 'connected']);
});

nativeTest('tls')('SSL_CERT_FILE without a certificate trusts nobody, and the error names it', async (t) => {
  const platform = await startPlatform(t, { tls: authority });
  const SSL_CERT_FILE = path.join(os.tmpdir(), 'no-such-file.pem');
  setEnvironment(t, { SSL_CERT_FILE, SSL_CERT_DIR: undefined, NODE_EXTRA_CA_CERTS: undefined });
  const program = start(t, report, [platform.url, platform.token()]);
  const { stdout } = await program.ended;
  assert.match(stdout.join(), /^connecting,TLS_ERROR .*no authority is trusted, because SSL_CERT_FILE names no file/);
});

/** Sets environment variables for a test's programs. `undefined` removes a variable. */
function setEnvironment(t, variables) {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    const set = (to) => {
      if (to === undefined) delete process.env[name];
      else process.env[name] = to;
    };
    set(value);
    t.after(() => set(before));
  }
}

/** Prints states, and an error with its cause. */
function report(RealtimeClient, url, token) {
  const client = new RealtimeClient({ url, token, reconnection: false });
  client.on('error', ({ code, cause }) => console.log(code, cause.message));
  client.on('connection', ({ state }) => {
    console.log(state);
    if (state !== 'connecting') client.destroy();
  });
}

const nothing = [
  [],
  '',
  [''],
  [Buffer.alloc(0)],
  Buffer.alloc(0),
  authority.key,
  [authority.cert, authority.key],
  null,
];
nativeTest('tls')('options.tls.ca without a certificate is refused: it would trust nobody, and not everybody', () => {
  for (const ca of nothing) {
    for (const rejectUnauthorized of [undefined, true, false]) {
      assert.throws(
        () =>
          new RealtimeClient({
            url: 'https://a.test',
            token: 't',
            autoConnect: false,
            tls: { ca, rejectUnauthorized },
          }),
        ({ code, message }) => code === 'INVALID_ARGUMENT' && message.startsWith('RealtimeClient(): options.tls.ca'),
        inspect(ca),
      );
    }
  }
  const client = new RealtimeClient({ url: 'https://a.test', token: 't', autoConnect: false, tls: { ca: undefined } });
  client.destroy();
});
