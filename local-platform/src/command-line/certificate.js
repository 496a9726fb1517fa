/**
 * The certificate for `--tls`: made once, kept below the user's cache folder and used again. It is
 * signed by an authority of this user, so that trusting one file is enough, however often the
 * certificate itself is renewed. For development only: the key of the authority lies beside it.
 */

import { X509Certificate } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '../error.js';

/** @import { SelfsignedOptions } from 'selfsigned' */

/** @typedef {{ key: string, cert: string }} Pair */

const DAY = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
/** Apple's systems refuse certificates that last longer than 825 days. */
const CERTIFICATE_DAYS = 397;
/** A certificate with less time left is made again, so that none expires during a day of work. */
const RENEWAL_DAYS = 30;
const NAMES = ['localhost', '127.0.0.1', '::1'];

/**
 * @param {string[]} names further names and addresses that clients use
 * @param {string} [folder]
 * @returns {Promise<Pair & { authority: string }>} `authority`: the path of the authority's
 *   certificate
 */
export async function developmentCertificate(names, folder = cacheFolder()) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const authority = await authorityIn(folder);
    const path = join(folder, 'authority.pem');
    if (readIfThere(path) !== authority.cert) replace(path, authority.cert, 0o644);
    const wanted = [...new Set([...NAMES, ...names])];
    return { ...(await certificateIn(folder, authority, wanted)), authority: path };
  } catch (error) {
    throw invalid(`--tls: no certificate in '${folder}': ${/** @type {Error} */ (error).message}.`);
  }
}

/** Where a user's programs keep what they can make again. */
export function cacheFolder({ env, platform } = process) {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'realtime-local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'realtime-local');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'realtime-local');
}

/** @param {string} folder */
async function authorityIn(folder) {
  const path = join(folder, 'authority-with-key.pem');
  const kept = pairIn(path);
  if (kept && isCurrent(kept.cert)) return kept;
  const made = await generate('realtime-local development authority', AUTHORITY_DAYS, {
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  if (kept) rmSync(path, { force: true });
  // Of two platforms that start at once, one makes the authority and the other reads that.
  return addOnce(path, made) ? made : (pairIn(path) ?? made);
}

/** @param {string} folder @param {Pair} authority @param {string[]} names */
async function certificateIn(folder, authority, names) {
  const path = join(folder, 'certificate-with-key.pem');
  const kept = pairIn(path);
  if (kept && isCurrent(kept.cert) && isFor(kept.cert, names, authority.cert)) return kept;
  const made = await generate('localhost', CERTIFICATE_DAYS, {
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  replace(path, made.key + made.cert, 0o600);
  return made;
}

/**
 * @param {string} name
 * @param {number} days
 * @param {SelfsignedOptions} options
 * @returns {Promise<Pair>}
 */
async function generate(name, days, options) {
  // Loaded here: it takes longer to load than a platform to start.
  const { generate: make } = await import('selfsigned');
  // Some clients' clocks are a little behind.
  const notBeforeDate = new Date(Date.now() - DAY);
  const made = await make([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + days * DAY),
    ...options,
  });
  return { key: ending(made.private), cert: ending(made.cert) };
}

/** @param {string} pem */
const ending = (pem) => `${pem.replaceAll('\r\n', '\n').trimEnd()}\n`;

/** @param {string} cert */
const isCurrent = (cert) => Date.parse(new X509Certificate(cert).validTo) > Date.now() + RENEWAL_DAYS * DAY;

/** @param {string} cert @param {string[]} names @param {string} authority */
function isFor(cert, names, authority) {
  const parsed = new X509Certificate(cert);
  return (
    parsed.verify(new X509Certificate(authority).publicKey) &&
    names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)))
  );
}

/** A key and its certificate, if the file has both. @param {string} path @returns {Pair | undefined} */
function pairIn(path) {
  const [key, cert] = readIfThere(path)?.split(/(?=-----BEGIN CERTIFICATE-----)/) ?? [];
  return key && cert ? { key, cert } : undefined;
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a whole file unless there is one. @param {string} path @param {Pair} pair @returns {boolean} */
function addOnce(path, { key, cert }) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, key + cert, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Replaces a whole file in one step. @param {string} path @param {string} text @param {number} mode */
function replace(path, text, mode) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, path);
}
