/**
 * Shortens the names of internal members in the web build. Bundlers shorten variables and private
 * members, but cannot know which other members are the package's own.
 *
 * A name is internal if an object of the JavaScript engine or an inner class declares it, and
 * nobody else may know it:
 *
 * | who may know a name | read from |
 * |---|---|
 * | users, and other engines | the declarations of the package, `lib/engines/engine.d.ts` |
 * | the language and the runtimes | the declarations of TypeScript |
 * | servers, and what takes a name as a text | texts of `lib/`, of the native engine, of the local platform |
 * | recordings, logs and observers, which other copies of the package read | all words of these rooms |
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { transform } from 'esbuild';
import { parseAst } from 'rolldown/parseAst';

/** Rooms whose objects other copies of the package, or other builds, may read. */
const SHARED_ROOMS = /^(recording|tracing|log|opentelemetry|react|prometheus|node|engines\/native)\//;
const MEMBER = /^(Method|Property)Definition$|^Property$/;
/** The room whose objects nobody but the package sees. */
const ENGINE = /^engines\/javascript\/(?!.*node\.js$)/;
/** Rooms of whose classes users know the documented members alone. */
const INNER_ROOMS = /^(engines\/javascript|events|waiting|redaction|auth|socket|sync|requests)\//;

/**
 * @param {string} root of the package
 * @returns {Record<string, string>} the short name of each internal name
 */
export function shortNames(root) {
  const lib = join(root, 'lib');
  const known = new Set(['constructor', 'default']);
  /** @param {string} text */
  const learn = (text) => {
    for (const [word] of text.matchAll(/[\w$]+/g)) known.add(word);
  };
  const declarations = [
    'index.d.ts',
    'index.web.d.ts',
    'core.d.ts',
    'lib/engines/engine.d.ts',
    // Recordings have what a session takes and returns.
    'lib/engines/javascript/session/contract.d.ts',
    ...under(root, 'types', '.ts'),
  ];
  for (const path of declarations) learn(readFileSync(join(root, path), 'utf8'));
  const compiler = readdirSync(join(root, 'node_modules', '@typescript')).find((name) =>
    name.startsWith('typescript-'),
  );
  const runtimes = join(root, 'node_modules', '@typescript', String(compiler), 'lib');
  for (const path of under(runtimes, '', '.d.ts')) learn(readFileSync(join(runtimes, path), 'utf8'));
  for (const path of [...under(root, 'src', '.rs'), ...under(root, 'local-platform/src', '.js')])
    for (const [, text] of readFileSync(join(root, path), 'utf8').matchAll(/["'`]([^\s"'`]*)["'`]/g)) learn(text);
  /** How often each name stands in the engine. @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Set<string>} */
  const declared = new Set();
  for (const path of under(lib, '', '.js')) {
    const code = readFileSync(join(lib, path), 'utf8');
    visit(parseAst(code), (node) => {
      const isShared = SHARED_ROOMS.test(path);
      const text = node.type === 'TemplateElement' ? node.value.raw : node.type === 'Literal' && node.value;
      // A sentence names no member.
      if (typeof text === 'string' && (isShared || !/[a-z] [a-z]/.test(text))) learn(text);
      if (isShared && node.type === 'Identifier') learn(node.name);
      const isMember = (node.type === 'Property' ? ENGINE : INNER_ROOMS).test(path) && MEMBER.test(node.type);
      if (isMember && !node.computed && node.key.type === 'Identifier') declared.add(node.key.name);
      // A module that is loaded later is an object, too.
      if (node.type === 'ExportSpecifier') learn(node.exported.name);
      if (node.type === 'ExportNamedDeclaration' && node.declaration?.id) learn(node.declaration.id.name);
      const name = node.computed ? undefined : (node.key ?? node.property)?.name;
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    });
  }
  const free = [...shortestNames()].filter((name) => !known.has(name) && !counts.has(name));
  const internal = [...declared].filter((name) => name.length > 2 && !known.has(name));
  internal.sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1));
  return Object.fromEntries(internal.map((name, index) => [name, free[index]]));
}

/**
 * @param {string} lib the folder of the sources
 * @param {Record<string, string>} names
 * @returns {import('rolldown').Plugin}
 */
export function shortenNames(lib, names) {
  const mangleProps = new RegExp(`^(${Object.keys(names).join('|')})$`);
  return {
    name: 'short-names',
    async transform(code, id) {
      if (!id.startsWith(lib)) return undefined;
      const options = { mangleProps, mangleCache: { ...names }, target: 'es2022', sourcemap: true, sourcefile: id };
      const { code: text, map } = await transform(code, /** @type {import('esbuild').TransformOptions} */ (options));
      return { code: text, map };
    },
  };
}

function* shortestNames() {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'];
  yield* letters;
  for (const first of letters) for (const second of letters) yield first + second;
}

/** @param {string} root @param {string} folder @param {string} end */
function under(root, folder, end) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .sort();
}

/** @param {any} node @param {(node: any) => void} see */
function visit(node, see) {
  if (typeof node !== 'object' || node === null) return;
  if (typeof node.type === 'string') see(node);
  for (const each of Object.values(node)) visit(each, see);
}
