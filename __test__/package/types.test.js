/** The public types, compiled: what shared ones may name, and the examples in their comments. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** Files with the types of every platform, relative to `types/`. */
const shared = readdirSync(join(root, 'types'), { recursive: true })
  .map((file) => String(file).replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.d.ts') && !file.startsWith('node/') && file !== 'shared-types.d.ts');

/** What a compiler is given that knows neither Node nor the DOM. */
const WEB = ['--lib', 'es2022', '--types', ''];

const exported = readFileSync(join(root, 'index.d.ts'), 'utf8').matchAll(/export (?:type )?\{([^}]+)\}/g);
const names = [...exported].flatMap(([, list]) => list.replaceAll(/\btype\b/g, '').match(/\w+/g));
const imports = `import { ${names.join(', ')} } from '@smarterservices/realtime';`;

/** What an example may use without declaring it. */
const scaffold = `${imports}
import type http from 'node:http';
declare global {
  var url: string, token: string, body: string, rawBody: string;
  var headers: Record<string, string>;
  var realtime: RealtimeClient;
  var receiver: WebhookReceiver;
  var fetchToken: TokenProvider;
  var handle: (event: RealtimeEvent) => Promise<void>;
  var handler: (delivery: WebhookEvent) => void;
  var createServer: typeof http.createServer;
  var app: { post(path: string, handler: ReturnType<typeof expressWebhook>): void;
    register<Options>(plugin: (app: object, options: Options) => Promise<void>, options: Options & { prefix: string }): void };
}
`;

test('shared types compile with the types of ECMAScript alone', async (t) => {
  const folder = copyTypes(t);
  assert.ok(shared.includes('client.d.ts') && shared.includes('sync/live-document.d.ts'));
  assert.equal(await compileWithoutPlatform(folder), '');
});

for (const entry of ['index.web', 'core']) {
  test(`the types of the entry ${entry} compile with the types of ECMAScript 2022 alone`, async (t) => {
    const folder = copyEntries(t);
    const use = `import { RealtimeClient, type RealtimeEvent, type TokenProvider } from './${entry}.js';
const token: TokenProvider = async (reason) => reason;
const client = new RealtimeClient<{ a: { n: number } }>({ url: 'http://localhost:3000', token, engine: 'javascript' });
client.on('event:a', ({ payload }: RealtimeEvent<{ n: number }>) => payload.n.toFixed());
export const engine: 'native' | 'javascript' = client.engine;
`;
    writeFileSync(join(folder, 'use.ts'), use);
    assert.equal(await compile(folder, [...WEB, 'use.ts']), '');
    const wrong = "import { nodeWebhook } from './index.web.js';\nimport { SyncClient } from './core.js';\n";
    writeFileSync(join(folder, 'wrong.ts'), `${wrong}export { nodeWebhook, SyncClient };\n`);
    const errors = await compile(folder, [...WEB, 'wrong.ts']);
    assert.deepEqual(
      [...errors.matchAll(/error (TS\d+): .*?'(\w+)'/g)].map(([, code, name]) => [code, name]).map(String),
      ['TS2305,nodeWebhook', 'TS2305,SyncClient'],
      errors,
    );
  });
}

test('the types of the main entry are those of the web entry, and what only Node has', () => {
  const names = (/** @type {string} */ file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/export (?:type )?\{([^}]+)\}/g)]
      .flatMap(([, list]) => list.replaceAll(/\btype\b|\w+ as /g, '').match(/\w+/g) ?? [])
      .sort();
  const main = names('index.d.ts');
  const ofNode = [
    'FastifyWebhookOptions',
    'NodeRequest',
    'NodeResponse',
    'expressWebhook',
    'fastifyWebhook',
    'nodeWebhook',
  ];
  assert.deepEqual(
    main.filter((name) => !ofNode.includes(name)),
    names('index.web.d.ts'),
  );
  const core = names('core.d.ts');
  assert.ok(core.includes('RealtimeClient') && !core.includes('SyncClient'));
  assert.deepEqual(
    core.filter((name) => !main.includes(name)),
    [],
  );
});

test('each entry declares the values that it exports', async () => {
  for (const entry of ['index', 'index.web', 'core']) {
    const declared = readFileSync(join(root, `${entry}.d.ts`), 'utf8')
      .replaceAll(/export type \{[^}]+\}/g, '')
      .matchAll(/export \{([^}]+)\}/g);
    const values = [...declared]
      .flatMap(([, list]) => list.split(','))
      .map((each) => each.trim().split(' as ').at(-1) ?? '')
      .filter((each) => each !== '' && !each.startsWith('type '));
    assert.deepEqual(values.sort(), Object.keys(await import(`../../lib/${entry}.js`)).sort(), entry);
  }
});

test('the entry react declares the values that it exports', async () => {
  const declarations = readFileSync(join(root, 'react.d.ts'), 'utf8');
  const declared = [...declarations.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(declared.sort(), Object.keys(await import('../../lib/react/index.js')).sort());
});

for (const [what, use] of [
  ['a module of Node', "import type { EventEmitter } from 'node:events';\nexport type Use = EventEmitter;\n"],
  ['the namespace NodeJS', 'export type Use = NodeJS.EventEmitter;\n'],
  ['Buffer', 'export type Use = Buffer;\n'],
  ['the folder for Node', "export type { NodeRequest } from './node/webhook.js';\n"],
]) {
  test(`shared types that name ${what} do not compile`, async (t) => {
    const folder = copyTypes(t);
    writeFileSync(join(folder, 'use.d.ts'), use);
    assert.match(await compileWithoutPlatform(folder, 'use.d.ts'), /^use\.d\.ts\(\d+,\d+\): error TS\d+/);
  });
}

test('the examples in the comments of the types compile', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'node_modules', '@smarterservices'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', '@smarterservices', 'realtime'), 'junction');
  symlinkSync(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'), 'junction');
  writeFileSync(join(folder, 'scaffold.d.mts'), scaffold);
  const examples = allExamples();
  assert.ok(examples.length >= 20, `found ${examples.length} examples`);
  const files = examples.map(({ code }, index) => {
    const file = `example-${index}.mts`;
    writeFileSync(join(folder, file), `${imports}\n${code}`);
    return file;
  });
  // Shows that the compiler checks calls in these modules.
  writeFileSync(join(folder, 'broken.mts'), "realtime.subscribe({ topik: 'a' });\nexport {};\n");
  const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
  const output = await compile(folder, [...lib, 'scaffold.d.mts', 'broken.mts', ...files]);
  const named = output.replaceAll(/example-(\d+)\.mts/g, (_, index) => examples[index].path);
  assert.match(named, /^broken\.mts\(1,22\): error TS2561: .*$/);
});

/** The example at the top of `index.d.ts`, and everything that follows an `@example`. */
function allExamples() {
  const files = readdirSync(join(root, 'types'), { recursive: true }).map((file) => join('types', String(file)));
  const declarations = ['index.d.ts', ...files].filter((path) => path.endsWith('.d.ts'));
  return declarations.flatMap((path) => {
    const comments = readFileSync(join(root, path), 'utf8').match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    return comments.flatMap((comment) => {
      const text = comment.replace(/\s*\*\/$/, '').replaceAll(/^\s*\* ?/gm, '');
      const found = text.matchAll(/@example\n([\s\S]*?)(?=\n@|$)|```js\n([\s\S]*?)```/g);
      return [...found].map(([, example, fenced]) => ({ path, code: example ?? fenced }));
    });
  });
}

/** @param {import('node:test').TestContext} t */
function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * The shared types in a folder from which no other type can be found.
 *
 * @param {import('node:test').TestContext} t
 */
function copyTypes(t) {
  const folder = temporaryFolder(t);
  for (const file of shared) cpSync(join(root, 'types', file), join(folder, file));
  return folder;
}

/**
 * The entries for the Web and all types that they may name.
 *
 * @param {import('node:test').TestContext} t
 */
function copyEntries(t) {
  const folder = temporaryFolder(t);
  for (const file of shared) cpSync(join(root, 'types', file), join(folder, 'types', file));
  for (const file of ['index.web.d.ts', 'core.d.ts']) cpSync(join(root, file), join(folder, file));
  return folder;
}

/** @param {string} folder @param {string[]} more */
function compileWithoutPlatform(folder, ...more) {
  return compile(folder, ['--lib', 'es2023', '--types', '', ...shared, ...more]);
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<string>} the compiler's errors
 */
function compile(folder, args) {
  const options = ['--strict', '--noEmit', '--pretty', 'false', '--target', 'es2023', '--module', 'nodenext'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, ...options, ...args], { cwd: folder }, (error, stdout, stderr) => {
      if (stderr !== '' || (error && stdout === '')) reject(error ?? new Error(stderr));
      else resolve(stdout.trim());
    });
  });
}
