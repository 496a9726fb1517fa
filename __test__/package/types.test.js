/** The public types, compiled: what shared ones may name, and the examples in their comments. */

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { errorCodes } from '../../lib/errors/error-codes.js';
import { compile, project, temporaryFolder } from '../support/compiler.js';
import { ExpectedErrors } from '../support/expected-errors.js';

const root = join(import.meta.dirname, '..', '..');

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
  var pino: () => Logger;
  var sessionStatus: StandardSchema<unknown, { sessionId: string; campusId: number }>;
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

for (const entry of ['react', 'prometheus', 'opentelemetry']) {
  test(`the entry ${entry} declares the values that it exports`, async () => {
    const declarations = readFileSync(join(root, `${entry}.d.ts`), 'utf8');
    const declared = [...declarations.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(declared.sort(), Object.keys(await import(`../../lib/${entry}/index.js`)).sort());
  });
}

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

// The consumers compile the same programs with the former version of TypeScript.
test('programs with type maps compile, and their mistakes are errors', async (t) => {
  const folder = project(t);
  const expected = new ExpectedErrors();
  const sources = join(root, '__test__', 'consumers', 'typescript', 'typed');
  const files = readdirSync(sources);
  for (const file of files)
    writeFileSync(join(folder, file), expected.take(file, readFileSync(join(sources, file), 'utf8')));
  assert.ok(expected.count >= 60, `${expected.count} errors are expected`);
  const output = await compile(folder, ['--types', 'node', ...files]);
  assert.deepEqual(expected.differences(output), []);
});

test('an error that is not there, another error and one too many are differences', () => {
  const expected = new ExpectedErrors();
  const program = expected.take('a.ts', '// @ts-expect-error TS1: one\na;\n// @ts-expect-error TS2|TS3: two\nb;\nc;\n');
  assert.equal(program, '// expected TS1: one\na;\n// expected TS2|TS3: two\nb;\nc;\n');
  const [one, two] = ['a.ts(2,1): error TS1: x\n  one', 'a.ts(4,1): error TS3: two'];
  assert.deepEqual(expected.differences(`${one}\n${two}`), []);
  for (const output of ['', one, two, `${one}\n${two}\na.ts(5,1): error TS1: one`, `${one}\na.ts(4,1): error TS1: two`])
    assert.equal(expected.differences(output).length, output === '' ? 2 : 1, output);
  assert.throws(() => expected.take('a.ts', '// @ts-expect-error\na;\n'), /^Error: a\.ts\(1\): say which error/);
});

test('RealtimeErrorCode is every code of the table, not one less and not one more', async (t) => {
  const folder = project(t);
  const codes = Object.keys(errorCodes);
  for (const [file, names] of /** @type {[string, string[]][]} */ ([
    ['equal.ts', codes],
    ['less.ts', codes.slice(1)],
    ['more.ts', [...codes, 'SURPRISE']],
  ])) {
    const program = `import type { RealtimeErrorCode } from '@smarterservices/realtime';
type Codes = ${names.map((code) => `'${code}'`).join(' | ')};
type Same<A, B> = [A, B] extends [B, A] ? true : false;
export const same: Same<RealtimeErrorCode, Codes> = true;
`;
    writeFileSync(join(folder, file), program);
  }
  const output = await compile(folder, ['--types', 'node', 'equal.ts', 'less.ts', 'more.ts']);
  assert.match(output, /^less\.ts\(4,14\): error TS2322: .*\nmore\.ts\(4,14\): error TS2322: .*$/);
});

test('the examples in the comments of the types compile', async (t) => {
  const folder = project(t);
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
