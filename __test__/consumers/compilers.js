'use strict';

/** Compilers over the documentation, character by character, and over types that must hold. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { basename, join } = require('node:path');
const { test } = require('node:test');

const { scaffolds } = require('./scaffolds.js');
const { workspace } = require('./workspace.js');

test('every code block of the documentation has its scaffolds', () => {
  const blocks = fs.readdirSync(join(__dirname, 'typescript', 'blocks')).map((file) => basename(file, '.ts'));
  assert.deepEqual(blocks.sort(), Object.keys(scaffolds));
});

for (const compiler of ['typescript', 'typescript-7']) {
  for (const resolution of ['nodenext', 'bundler']) {
    test(`strict ${compiler}, ${resolution} resolution, compiles the documentation`, async () => {
      const project = workspace.project('typescript');
      const modules = Object.keys(scaffolds).map((name) => writeModule(project, name));
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
      const flags = ['--module', module, '--moduleResolution', resolution];
      const { stdout } = await compile(project, compiler, [...flags, 'usage.ts', ...modules]).catch(
        (failure) => failure,
      );
      const expected = Object.entries(scaffolds).flatMap(([name, { errors = [] }]) =>
        errors.map((code) => `${name}.ts ${code}`),
      );
      const found = [...stdout.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+)/gm)].map(
        ([, file, code]) => `${file} ${code}`,
      );
      assert.deepEqual(found, expected, stdout);
    });
  }
}

for (const compiler of ['typescript', 'typescript-7']) {
  // With --module node16, a CommonJS module cannot import types that belong to an ES module.
  test(`strict ${compiler} compiles a CommonJS module`, () => {
    return compile(workspace.project('typescript'), compiler, ['--module', 'node16', 'commonjs.cts']);
  });

  for (const lib of ['es2022', 'es2022,dom']) {
    test(`strict ${compiler} compiles a program without the types of Node, with --lib ${lib}`, async () => {
      const project = workspace.project('typescript');
      const flags = ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', lib, '--typeRoots', 'none'];
      await compile(project, compiler, [...flags, 'without-node.ts'], []);
    });
  }
}

for (const compiler of ['typescript', 'typescript-7']) {
  test(`strict ${compiler} finds the types of the entries for the Web by their conditions`, async () => {
    const project = workspace.project('typescript');
    const flags = ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022', '--typeRoots', 'none'];
    for (const conditions of [[], ['--customConditions', 'browser'], ['--customConditions', 'workerd']])
      await compile(project, compiler, [...flags, ...conditions, 'web.ts'], []);
    // A page has no middleware for Node.
    const onWeb = [...flags, '--customConditions', 'browser', 'of-node.ts'];
    await assert.rejects(compile(project, compiler, onWeb, []), { stdout: /^of-node\.ts\(3,10\): error TS2305/ });
    await compile(project, compiler, [...flags, 'of-node.ts'], []);
  });

  for (const module of ['node16', 'nodenext'])
    test(`strict ${compiler} finds the types of the entry core, ${module}`, async () => {
      const project = workspace.project('typescript');
      for (const file of ['core.cts', 'core.ts']) await compile(project, compiler, ['--module', module, file]);
    });
}

for (const compiler of ['typescript', 'typescript-7'])
  for (const flags of [
    [],
    ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noPropertyAccessFromIndexSignature'],
  ])
    test(`strict ${[compiler, ...flags].join(' ')} finds the mistakes in typed programs, and no others`, async () => {
      const { ExpectedErrors } = await import('../support/expected-errors.js');
      const expected = new ExpectedErrors();
      const project = workspace.project('typescript');
      const sources = join(__dirname, 'typescript', 'typed');
      const files = fs.readdirSync(sources).map((name) => {
        const file = `typed/${name}`;
        fs.writeFileSync(join(project, file), expected.take(file, fs.readFileSync(join(sources, name), 'utf8')));
        return file;
      });
      const { stdout } = await compile(project, compiler, ['--module', 'nodenext', ...flags, ...files]).catch(
        (failure) => failure,
      );
      assert.deepEqual(expected.differences(stdout), []);
      assert.ok(expected.count >= 60, `${expected.count} errors are expected`);
    });

for (const compiler of ['typescript', 'typescript-7'])
  test(`strict ${compiler} compiles the TypeScript of the guides`, async () => {
    const { documentedPrograms, GENERATED } = await import('../support/documented-programs.js');
    const project = workspace.project('typescript');
    fs.writeFileSync(join(project, GENERATED.file), GENERATED.code);
    const files = documentedPrograms('ts').map(({ file, code }) => {
      fs.writeFileSync(join(project, file), code);
      return file;
    });
    await compile(project, compiler, ['--module', 'nodenext', '--exactOptionalPropertyTypes', ...files]);
  });

for (const compiler of ['typescript', 'typescript-7'])
  test(`strict ${compiler} takes types from schemas of three libraries, and finds mistakes`, async () => {
    const { ExpectedErrors } = await import('../support/expected-errors.js');
    const expected = new ExpectedErrors();
    const project = workspace.project('typescript');
    const source = fs.readFileSync(join(__dirname, '..', 'schemas', 'types', 'libraries.ts'), 'utf8');
    fs.writeFileSync(join(project, 'libraries.ts'), expected.take('libraries.ts', source));
    const flags = ['--module', 'nodenext', '--skipLibCheck', 'libraries.ts'];
    const { stdout } = await compile(project, compiler, flags).catch((failure) => failure);
    assert.deepEqual(expected.differences(stdout), []);
    assert.ok(expected.count >= 14, `${expected.count} errors are expected`);
  });

test('an editor completes the names of events, topics and paths, and shows what they do', async () => {
  const { Editor } = await import('../support/editor.js');
  const editor = new Editor(require(workspace.tool('typescript/lib/typescript.js')), workspace.project('typescript'));
  const prelude = "import { client } from './typed/client.js';\n";
  const completes = (code, ...names) => {
    const found = editor.completions(`${prelude}${code}`);
    assert.deepEqual(
      names.filter((name) => !found.includes(name)),
      [],
      `${code}: ${found.join(', ')}`,
    );
  };
  completes("client.on('|', () => {});", 'event', 'event:order.updated', 'event:session.status', 'connection', 'gap');
  completes("client.on('event:|', () => {});", 'event:order.updated', 'event:sync.notes.updated');
  completes("client.subscribe({ topic: '|' });", 'order.updated', 'sync.notes.deleted');
  completes("client.subscribe({ topic: 'order.updated', filter: { | } });", 'orderId', '"customer.address.city"');
  completes("client.subscribe({ topic: 'order.updated', filter: { status: '|' } });", 'open', 'paid');
  completes("client.sync.get('|', 'n1');", 'notes', 'counters');
  completes("client.socketClient.on('|', () => {});", 'message', 'message:lobby', 'direct', 'presence');
  completes("client.socketClient.publish('lobby', '|', {});", 'greeting', 'left');
  completes("client.on('connection', ({ state }) => state === '|');", 'reconnecting', 'disconnected');
  for (const call of [
    "client.|on('event', () => {});",
    "client.|once('error', () => {});",
    "client.|off('gap', () => {});",
    "client.|subscribe({ topic: 'order.updated' });",
    "client.socketClient.|on('message:lobby', () => {});",
    "client.socketClient.|presence('lobby');",
    "client.sync.|get('notes', 'n1');",
    "client.sync.|update('counters', 'visits', (data) => data);",
    "client.sync.|watch('notes', 'n1');",
  ])
    assert.match(editor.hover(`${prelude}${call}`), /\n@example\n.+/s, call);
});
for (const compiler of ['typescript', 'typescript-7']) {
  for (const types of ['@types/react', 'types-react-18'])
    test(`strict ${compiler} compiles the hooks and their guide with ${types}`, async () => {
      const project = workspace.project('typescript');
      const guide = fs.readFileSync(join(__dirname, '..', '..', 'docs', 'react.md'), 'utf8');
      const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block);
      assert.equal(blocks.length, 1);
      fs.writeFileSync(join(project, 'react-guide.ts'), blocks[0]);
      const paths = { react: [workspace.tool(types)], 'react/*': [workspace.tool(`${types}/*`)] };
      const options = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2022', types: [] };
      const compilerOptions = { ...options, module: 'nodenext', jsx: 'react-jsx', paths };
      // Each is a program of its own: the clients that they register differ.
      for (const file of ['react.tsx', 'react-loose.tsx', 'react-guide.ts']) {
        const config = `tsconfig.${types.replace('/', '-')}.${file}.json`;
        fs.writeFileSync(join(project, config), JSON.stringify({ compilerOptions, files: [file] }));
        const args = [workspace.tool(`${compiler}/bin/tsc`), '--pretty', 'false', '--project', config];
        await workspace.run(process.execPath, args, project);
      }
    });
}

test("the platform's own @realtime/shared-types, where it is installed, is not hidden", async () => {
  const project = workspace.project('platform-types');
  const installed = join(project, 'node_modules', '@realtime', 'shared-types');
  fs.mkdirSync(installed, { recursive: true });
  fs.writeFileSync(join(installed, 'package.json'), '{ "name": "@realtime/shared-types", "types": "index.d.ts" }');
  fs.writeFileSync(join(installed, 'index.d.ts'), "export interface PlatformOnly { only: 'theirs' }\n");
  for (const file of ['package.json', 'platform-types.ts'])
    fs.cpSync(join(__dirname, 'typescript', file), join(project, file));
  await compile(project, 'typescript-7', ['--module', 'nodenext', 'platform-types.ts']);
});

/** Rejects with what the compiler says. */
function compile(project, compiler, args, types = ['--types', 'node']) {
  const options = ['--strict', '--noEmit', '--pretty', 'false', '--target', 'es2022', ...types];
  return workspace.run(process.execPath, [workspace.tool(`${compiler}/bin/tsc`), ...options, ...args], project);
}

/** Makes a block of the documentation a module, and returns its file's name. */
function writeModule(project, name) {
  const { before: start = '', after: end = '', replace: [from, to] = ['', ''] } = scaffolds[name];
  const block = fs.readFileSync(join(project, 'blocks', `${name}.ts`), 'utf8');
  fs.writeFileSync(join(project, `${name}.ts`), `${start}\n${block.replace(from, () => to)}\n${end}\nexport {};\n`);
  return `${name}.ts`;
}
