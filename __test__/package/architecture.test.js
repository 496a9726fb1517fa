/**
 * Knowledge runs one way through the rooms of `lib/`: every import is held against the map below.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';

const LIB = join(import.meta.dirname, '..', '..', 'lib');
/** What each room may import besides itself. Only the entries import `node/`. */
const MAP = {
  own: [],
  bytes: [],
  host: [],
  redaction: ['own', 'bytes', 'host'],
  errors: ['own', 'redaction'],
  options: ['own', 'bytes', 'host', 'errors', '#engine'],
  'engines/native': ['own', 'bytes', 'host', 'errors', '#place'],
  'engines/javascript': ['own', 'bytes', 'host', 'errors', '#sha256', '#no-answer'],
  auth: ['own', 'bytes', 'host', 'errors', 'options'],
  requests: ['own', 'host', 'redaction', 'errors', 'options', 'auth', '#engine'],
  events: ['own', 'host', 'redaction', 'errors', 'options'],
  sync: ['own', 'host', 'errors', 'options', 'requests', 'events'],
  socket: ['own', 'bytes', 'host', 'errors', 'options', 'requests', 'events'],
  webhook: ['own', 'bytes', 'host', 'errors', 'options', '#engine'],
  client: ['own', 'host', 'redaction', 'errors', 'options', 'auth', 'requests', 'events', 'sync', 'socket', '#engine'],
  node: ['own', 'bytes', 'host', 'errors', 'options', 'webhook'],
  index: ['errors', 'auth', 'sync', 'socket', 'webhook', 'client', 'node'],
};
/** The files that may use what only Node has. */
const NODE = /^(?:engines\/native\/|host\/(?:sha256\.)?node\.js$|node\/)/;
/** What only Node has, in code without comments. */
const OF_NODE =
  /\bfrom 'node:|\bprocess\s*[.[]|\bBuffer\s*[.(]|\brequire\s*\(|\bNodeJS\.|\b__(?:dirname|filename)\b|\.node'/;
/** Every room may know these types: the wall that an engine stands behind, and the host. */
const SHARED_TYPES = /^(?:engines\/engine|host\/host)\.js$/;

/**
 * The room of a file: its folder, or its name where it has none.
 *
 * @param {string} path below `lib/`
 */
function roomOf(path) {
  if (path.startsWith('engines/')) return path.split('/').slice(0, 2).join('/');
  return path.split('/')[0].replace(/\.js$/, '');
}

/** @param {string} path below `lib/` @param {string} text */
function violations(path, text) {
  const room = roomOf(path);
  const visible = /** @type {Record<string, string[]>} */ (MAP)[room];
  if (visible === undefined) return [`${path}: no rule says what this room may import`];
  const found = [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const specifiers = [...text.matchAll(/\bfrom '([.#][^']*)'|\bimport\('([.#][^']*)'\)/g)].map(
    (match) => match[1] ?? match[2],
  );
  for (const specifier of specifiers) {
    const target = specifier.startsWith('#') ? specifier : posix.join(posix.dirname(path), specifier);
    if (SHARED_TYPES.test(target) || target.startsWith('..')) continue;
    const named = target === '#host' ? 'host' : target.startsWith('#') ? target : roomOf(target);
    if (named !== room && !visible.includes(named)) found.push(`${path}: \`${room}\` must not import \`${named}\``);
  }
  const node = NODE.test(path) ? undefined : OF_NODE.exec(code)?.[0];
  if (node !== undefined) found.push(`${path}: only Node has \`${node}\``);
  return found;
}

test('knowledge runs one way, and shared code runs everywhere', () => {
  const paths = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  const sources = paths.filter((path) => path.endsWith('.js'));
  assert.ok(sources.length > 60, `found only ${sources.length} files`);
  assert.deepEqual(
    sources.flatMap((path) => violations(path, readFileSync(join(LIB, path), 'utf8'))),
    [],
  );
});

test('each rule can fail', () => {
  for (const [path, text, breaks] of /** @type {const} */ ([
    ['sync/a.js', "import { readFileSync } from 'node:fs';", true],
    ['sync/a.js', "const fs = require('node:fs');", true],
    ['sync/a.js', 'const home = process.env.HOME;', true],
    ['sync/a.js', "const bytes = Buffer.from('a');", true],
    ['sync/a.js', '// process.env of the user\n/** Buffer.from() */', false],
    ['sync/a.js', "import { later } from '#host';", false],
    ['sync/a.js', "import { later } from '../host/node.js';", false],
    ['sync/a.js', "import { createEngine } from '#engine';", true],
    ['sync/a.js', "import { Emitter } from '../events/emitter.js';", false],
    ['sync/a.js', "import { RealtimeClient } from '../client.js';", true],
    ['sync/a.js', "/** @import { SocketClient } from '../socket/client.js' */", true],
    ['sync/a.js', "/** @import { Engine } from '../engines/engine.js' */", false],
    ['events/dispatch.js', "import { Reader } from '../engines/native/batch/reader.js';", true],
    ['engines/native/a.js', "import { existsSync } from 'node:fs';", false],
    ['engines/native/a.js', "import { Session } from '../javascript/session.js';", true],
    ['engines/javascript/a.js', "import { addon } from '../native/addon.js';", true],
    ['engines/javascript/a.js', "import { createHmac } from 'node:crypto';", true],
    ['host/node.js', "import timers from 'node:timers';", false],
    ['host/web.js', "import timers from 'node:timers';", true],
    ['host/sha256.node.js', "import { createHmac } from 'node:crypto';", false],
    ['host/sha256.web.js', "import { createHmac } from 'node:crypto';", true],
    ['node/webhook/body.js', "import { finished } from 'node:stream';", false],
    ['webhook/endpoint.js', "import { readBody } from '../node/webhook/body.js';", true],
    ['attic/a.js', '', true],
  ]))
    assert.equal(violations(path, text).length > 0, breaks, `${path}: ${text}`);
});
