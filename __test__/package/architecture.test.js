/**
 * Knowledge runs one way through the rooms of `lib/`: every import is held against the map below.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';

import { own } from '../../lib/own.js';

const LIB = join(import.meta.dirname, '..', '..', 'lib');
/** @type {{ imports: Record<string, Record<string, string>> }} */
const { imports: IMPORTS } = JSON.parse(readFileSync(join(LIB, 'package.json'), 'utf8'));
/** Names that `lib/package.json` resolves, and the rooms whose twins they choose between. */
const NAMES = {
  '#host': 'host',
  '#tracing': 'tracing',
  '#devtools': 'tracing',
  '#sha256': 'host',
  '#websocket': 'engines/javascript',
  '#no-answer': 'engines/javascript',
  '#pending-calls': 'calls',
  '#advice': 'errors',
  '#checks': 'schemas',
  '#secrets': 'redaction',
  '#habits': 'options',
  '#engine-options': 'options',
  '#recorder': 'recording',
  '#unknown-names': 'options',
  '#plain': 'engines/javascript',
  '#refusal': 'engines/javascript',
  '#waiting': 'waiting',
  '#rest': 'requests',
  '#document-sync': 'sync',
  '#update': 'sync',
  '#collection': 'collection',
  '#log': 'log',
  '#log-output': 'log',
  '#webhook-log': 'log',
};
/** What each room may import besides itself. Only the entry on Node imports `node/`. */
const MAP = {
  own: [],
  aborts: [],
  filter: ['own'],
  bytes: [],
  calls: [],
  host: [],
  redaction: ['own', 'bytes', 'host'],
  errors: ['own', 'redaction'],
  log: ['own', 'host', 'redaction', 'errors', 'options'],
  options: ['own', 'bytes', 'host', 'errors', 'recording', '#engine'],
  // The choice of engine on Node: the only room that sees both.
  'engines/node': ['host', 'errors', 'engines/native', 'engines/javascript', 'engines/hints'],
  'engines/hints': ['own', 'host'],
  'engines/native': ['own', 'bytes', 'calls', 'host', 'errors', '#place'],
  'engines/javascript': ['own', 'filter', 'bytes', 'host', 'errors'],
  auth: ['own', 'bytes', 'host', 'errors', 'options'],
  // Sees nothing of the clients that it observes: they hand it what it needs.
  tracing: ['own', 'host', 'errors'],
  requests: ['own', 'aborts', 'host', 'redaction', 'errors', 'options', 'auth', 'tracing', '#engine'],
  schemas: ['host', 'redaction', 'errors'],
  events: ['own', 'aborts', 'filter', 'host', 'redaction', 'errors', 'options', 'schemas'],
  waiting: ['own', 'aborts', 'host', 'errors', 'options', 'events'],
  sync: ['own', 'host', 'redaction', 'errors', 'options', 'requests', 'events', 'schemas'],
  socket: ['own', 'aborts', 'bytes', 'calls', 'host', 'errors', 'options', 'tracing', 'requests', 'events', 'waiting'],
  webhook: ['own', 'bytes', 'host', 'errors', 'options', 'log', 'tracing', '#engine'],
  'core-client': [
    'own',
    'host',
    'redaction',
    'errors',
    'options',
    'log',
    'auth',
    'tracing',
    'events',
    'waiting',
    'recording',
    '#engine',
  ],
  // Plays the JavaScript session, which is pure.
  recording: ['own', 'host', 'engines/javascript'],
  recorder: ['recording'],
  collection: ['own', 'aborts', 'filter', 'host', 'errors', 'options', 'events', 'requests', 'sync', 'core-client'],
  client: ['core-client', 'requests', 'sync', 'socket', 'collection', '#engine'],
  node: ['own', 'bytes', 'host', 'errors', 'options', 'webhook'],
  // Of the client, these know nothing but the public methods.
  react: ['filter'],
  prometheus: [],
  // Meets the clients in the seam alone.
  opentelemetry: ['own', 'tracing'],
  core: ['errors', 'auth', 'core-client'],
  'index.web': ['errors', 'auth', 'sync', 'socket', 'webhook', 'client', 'core-client'],
  index: ['errors', 'auth', 'sync', 'socket', 'webhook', 'client', 'core-client', 'node'],
};
/** The files that may use what only Node has. */
const NODE = /^(?:engines\/native\/|host\/(?:sha256\.)?node\.js$|log\/\w+\/node\.js$|tracing\/node\.js$|node\/)/;
/** What only Node has, in code without comments. */
const OF_NODE =
  /\bfrom 'node:|\bprocess\s*[.[]|\bBuffer\s*[.(]|\brequire\s*\(|\bNodeJS\.|\b__(?:dirname|filename)\b|\.node'/;
/**
 * Every room may know these types: the wall that an engine stands behind, the host, and the log.
 */
const SHARED_TYPES = /^(?:engines\/engine|host\/host|log\/log)\.js$/;

/**
 * The room of a file: its folder, or its name where it has none.
 *
 * @param {string} path below `lib/`
 */
function roomOf(path) {
  const depth = path.startsWith('engines/') ? 2 : 1;
  return path.split('/').slice(0, depth).join('/').replace(/\.js$/, '');
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
    const named = target.startsWith('#') ? (own(NAMES, target) ?? target) : roomOf(target);
    if (named !== room && !visible.includes(named)) found.push(`${path}: \`${room}\` must not import \`${named}\``);
  }
  const node = NODE.test(path) ? undefined : OF_NODE.exec(code)?.[0];
  if (node !== undefined) found.push(`${path}: only Node has \`${node}\``);
  return found;
}

/**
 * The files that an entry loads, directly or not.
 *
 * @param {string} entry
 * @param {string[]} conditions
 */
function filesBehind(entry, conditions) {
  const found = new Set([entry]);
  for (const path of found) {
    const code = readFileSync(join(LIB, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, specifier] of code.matchAll(/\bfrom '([.#][^']*)'/g)) {
      const place = specifier.startsWith('#') ? resolve(specifier, conditions) : join('.', dirname(path), specifier);
      found.add(posix.normalize(place.replaceAll('\\', '/')));
    }
  }
  return [...found];
}

/** @param {string} name of `lib/package.json` @param {string[]} conditions @returns {string} */
function resolve(name, conditions) {
  const [, path] = Object.entries(IMPORTS[name]).find(([condition]) => conditions.includes(condition)) ?? [];
  assert.ok(path, name);
  return path;
}

test('each name that package.json resolves has twins in one room', () => {
  for (const [name, room] of Object.entries(NAMES))
    for (const path of Object.values(IMPORTS[name])) assert.equal(roomOf(posix.normalize(path)), room, name);
});

test('what a page loads knows neither the addon nor Node', () => {
  const paths = filesBehind('index.web.js', ['default']);
  assert.ok(paths.includes('sync/client.js') && paths.includes('host/web.js'));
  assert.deepEqual(
    paths.filter((path) => /(?:^|[/.])node(?:\/|\.js$)|native\//.test(path)),
    [],
  );
});

test('the core has no documents, no messaging, no requests and no webhooks', () => {
  const rooms = new Set(filesBehind('core.js', ['default']).map(roomOf));
  assert.ok(rooms.has('core-client') && rooms.has('events') && rooms.has('engines/javascript'));
  assert.deepEqual(
    ['sync', 'socket', 'requests', 'webhook', 'client', 'node'].filter((room) => rooms.has(room)),
    [],
  );
});

test('on Node, both engines are behind the entry', () => {
  const rooms = new Set(filesBehind('index.js', ['node', 'default']).map(roomOf));
  assert.ok(rooms.has('engines/native') && rooms.has('engines/javascript') && rooms.has('engines/node'));
});

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
    ['engines/javascript/a.js', "import { variable } from '../native/environment.js';", true],
    ['engines/javascript/a.js', "import { selectEngine } from '../node.js';", true],
    ['engines/javascript/a.js', 'const variable = process.env.REALTIME_ENGINE;', true],
    ['engines/javascript/session/a.js', "import { later } from '#host';", false],
    ['engines/node.js', "import { createEngine } from './native/engine.js';", false],
    ['engines/node.js', "import { createEngine } from './javascript/index.js';", false],
    ['engines/node.js', "import { parseOptions } from '../options/client.js';", true],
    ['engines/node.js', 'const variable = process.env.REALTIME_ENGINE;', true],
    ['engines/native/a.js', "import { selectEngine } from '../node.js';", true],
    ['options/client.js', "import { chooseEngine } from '#engine-options';", false],
    ['options/engine/node.js', "import { addon } from '../../engines/native/addon.js';", true],
    ['auth/a.js', "import { remedy } from '#advice';", false],
    ['own.js', "import { remedy } from '#advice';", true],
    ['core-client.js', "import { SyncClient } from './sync/client.js';", true],
    ['core-client.js', "import { Rest } from './requests/rest.js';", true],
    ['core.js', "export { RealtimeClient } from './client.js';", true],
    ['react/events.js', "import { useClient } from './client.js';", false],
    ['react/events.js', "import { Filter } from '../engines/javascript/session/tables/filter.js';", true],
    ['react/client.js', "import { RealtimeError } from '../errors/errors.js';", true],
    ['client.js', "import { retain } from './react/shared.js';", true],
    ['react/shared.js', "import { later } from '#host';", true],
    ['opentelemetry/spans.js', "import { Tracer } from '../tracing/tracer.js';", false],
    ['opentelemetry/spans.js', "import { RealtimeClient } from '../client.js';", true],
    ['tracing/tracer.js', "import { RealtimeClient } from '../client.js';", true],
    ['tracing/node.js', "import { channel } from 'node:diagnostics_channel';", false],
    ['tracing/channels.js', "import { channel } from 'node:diagnostics_channel';", true],
    ['index.web.js', "export { nodeWebhook } from './node/webhook/node.js';", true],
    ['index.js', "export { nodeWebhook } from './node/webhook/node.js';", false],
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
