/**
 * How many bytes a web page loads: the smallest useful programs with this package, beside those
 * with others, bundled by esbuild. `npm run size` prints the table.
 *
 * The other packages are installed on demand: some of them bring a hundred more.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const OTHERS = join(ROOT, 'node_modules', '.cache', 'sizes');
const CLIENT = "new RealtimeClient({ url: location.origin, token: 'your-jwt-token' })";
const TOPIC = `const client = ${CLIENT};
client.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
client.on('event:session.status', (event) => console.log(event));
client.on('gap', (gap) => console.log(gap));`;

/** Programs with this package. */
export const PROGRAMS = {
  'core: topics, filters, tokens, gaps': `import { RealtimeClient } from '@smarterservices/realtime/core';\n${TOPIC}`,
  'core, as CoreClient of the main entry': `import { CoreClient as RealtimeClient } from '@smarterservices/realtime';\n${TOPIC}`,
  'everything: documents and messaging, too': `import { RealtimeClient } from '@smarterservices/realtime';\n${TOPIC}
client.sync.watch('notes', 'n1').on('change', ({ data }) => console.log(data));
client.socketClient.publish('notes', 'changed', {});`,
  'webhooks alone': `import { fetchWebhook, WebhookReceiver } from '@smarterservices/realtime';
export default { fetch: fetchWebhook(new WebhookReceiver('whsec_your_secret'), ({ event }) => console.log(event)) };`,
  'hooks of React, beside React and a client': "export * from '@smarterservices/realtime/react';",
};

/** Programs with others: connect, subscribe, print, publish. */
const RIVALS = {
  'socket.io-client@4': `import { io } from 'socket.io-client';
const socket = io(); socket.on('a', console.log); socket.emit('a', 1);`,
  'centrifuge@5': `import { Centrifuge } from 'centrifuge';
const client = new Centrifuge('wss://localhost'); const sub = client.newSubscription('a');
sub.on('publication', console.log); sub.subscribe(); client.connect(); sub.publish({});`,
  'ably@2': `import { Realtime } from 'ably';
const channel = new Realtime('key').channels.get('a'); channel.subscribe(console.log); channel.publish('a', 1);`,
  'ably@2, modular': `import { BaseRealtime, FetchRequest, WebSocketTransport } from 'ably/modular';
const channel = new BaseRealtime({ key: 'key', plugins: { FetchRequest, WebSocketTransport } }).channels.get('a');
channel.subscribe(console.log); channel.publish('a', 1);`,
};

/** The options of all bundles. */
const BUNDLE = /** @type {const} */ ({
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  metafile: true,
  // The page has it anyway.
  external: /** @type {string[]} */ (['react']),
  outdir: 'out',
  logLevel: 'silent',
});

/** What a client loads for itself, while it connects. */
const OF_EVERY_CLIENT = /\/(engine|messaging)\.js$/;

/**
 * Leaves out what is loaded later, if at all: long-polling and its parts, advice.
 *
 * @param {RegExp} [kept] files that are loaded nevertheless
 * @returns {import('esbuild').Plugin}
 */
function without(kept) {
  return {
    name: 'without-what-is-loaded-later',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ kind, path }) =>
        kind === 'dynamic-import' && !kept?.test(path) ? { path, external: true } : undefined,
      );
    },
  };
}

const FIRST_LOAD = without();
const CONNECTED = without(OF_EVERY_CLIENT);

/** @param {string} program @param {string} folder @param {import('esbuild').Plugin[]} plugins */
async function bundle(program, folder, plugins) {
  const stdin = { contents: program, resolveDir: folder };
  const { metafile, outputFiles } = await build({ ...BUNDLE, stdin, plugins });
  const [{ contents }] = outputFiles;
  return { contents, gzip: gzipSync(contents, { level: 9 }).length, metafile };
}

/**
 * The size of everything that a program may load, of what it loads at once (`first`, by gzip), and
 * of what it has loaded when it is connected (`connected`, by gzip).
 *
 * @param {string} program
 * @param {string} [folder] from which its packages are found
 */
export async function sizeOf(program, folder = ROOT) {
  const { contents, gzip } = await bundle(program, folder, []);
  const { gzip: first } = await bundle(program, folder, [FIRST_LOAD]);
  const { gzip: connected } = await bundle(program, folder, [CONNECTED]);
  return { first, connected, minified: contents.length, gzip, brotli: brotliCompressSync(contents).length };
}

/**
 * The files of the package that a program loads at once, or (`whenConnected`) has then loaded.
 *
 * @param {string} program
 * @param {boolean} [whenConnected]
 */
export async function filesOf(program, whenConnected = false) {
  const { metafile } = await bundle(program, ROOT, [whenConnected ? CONNECTED : FIRST_LOAD]);
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).map((path) => path.split('/').at(-1)),
  );
}

/**
 * The bytes that each module of `lib/` adds to a program, the largest first.
 *
 * @param {string} program
 */
async function modulesOf(program) {
  const contents = program.replace(/'@smarterservices\/realtime(?:\/(\w+))?'/, (_, entry) =>
    entry === 'react' ? "'./react/index.js'" : entry ? `'./${entry}.js'` : "'./index.web.js'",
  );
  const stdin = { contents, resolveDir: join(ROOT, 'lib') };
  const { metafile } = await build({ ...BUNDLE, conditions: ['default'], stdin });
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([path, { bytesInOutput }]) => /** @type {const} */ ([path, bytesInOutput]))
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a);
}

/** @param {string} name @param {Awaited<ReturnType<typeof sizeOf>>} size */
function row(name, { first, connected, minified, gzip, brotli }) {
  return `| ${name} | ${[first, connected, gzip, brotli, minified].map((bytes) => bytes.toLocaleString('en')).join(' | ')} |`;
}

function installRivals() {
  const packages = [...new Set(Object.keys(RIVALS).map((name) => name.split(',')[0]))];
  if (packages.every((name) => existsSync(join(OTHERS, 'node_modules', name.split('@')[0])))) return;
  mkdirSync(OTHERS, { recursive: true });
  writeFileSync(join(OTHERS, 'package.json'), '{ "private": true }\n');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], {
    cwd: OTHERS,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

if (process.argv[1] === import.meta.filename) {
  console.log('| program | gzip -9, at once | connected | all | brotli | minified |\n|---|---|---|---|---|---|');
  for (const [name, program] of Object.entries(PROGRAMS)) console.log(row(name, await sizeOf(program)));
  if (process.argv.includes('--modules')) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      console.log(`\n${name}, minified bytes by module:`);
      for (const [path, bytes] of await modulesOf(program)) console.log(String(bytes).padStart(7), path);
    }
  } else {
    installRivals();
    for (const [name, program] of Object.entries(RIVALS)) console.log(row(name, await sizeOf(program, OTHERS)));
  }
}
