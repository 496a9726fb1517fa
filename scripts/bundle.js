'use strict';

/**
 * Makes `dist/`, the JavaScript that is published, from `index.js` and `lib/`.
 *
 * What a first event needs is one file there, `dist/index.js`: to read two dozen takes longer than to connect. In their places
 * are files that hand out its parts, so that what is read later finds the same ones. Everything else is a copy.
 *
 * It relies on how files are written here: what a file needs from the beginning it requires in a statement at the beginning of a
 * line. `dist/` is as deep as `lib/`, so that what lies outside is found from both.
 */

const { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join, posix, relative } = require('node:path');

const ROOT = join(__dirname, '..');
const LIB = join(ROOT, 'lib');
const DIST = join(ROOT, 'dist');
const NEEDED = /^(?:const .*|\}) = require\('(\..+?)'\)/gm;
const REQUIRE = /\brequire\('(\..+?)'\)/g;
/** Under which the entry hands out the parts of its file. */
const PARTS = "Symbol.for('@smarterservices/realtime: parts')";

/** The names of the files in the bundle, in `lib/`, each behind those that it needs. @type {string[]} */
const bundled = [];

/** @param {string} name in `lib/` */
function gather(name) {
  if (bundled.includes(name)) return;
  for (const [, path] of read(name).matchAll(NEEDED)) gather(resolve(path, name));
  bundled.push(name);
}

/** @param {string} name */
function read(name) {
  return readFileSync(join(LIB, name), 'utf8').replace(/^'use strict';\n+/, '');
}

/** What a file calls another one, as a name in `lib/`. @param {string} path @param {string} from */
function resolve(path, from) {
  return posix.join(posix.dirname(from), path);
}

/** What a file of `dist/` calls another one there. @param {string} name @param {string} from */
function pathTo(name, from) {
  const path = posix.relative(posix.dirname(from), name);
  return path.startsWith('.') ? path : `./${path}`;
}

/** The text of a file, as it may stand in `dist/index.js`. @param {string} text @param {string} from */
function inlined(text, from) {
  const named = (/** @type {string} */ _, /** @type {string} */ path) => handOut(resolve(path, from));
  return text.replaceAll(REQUIRE, named).trim();
}

/** @param {string} name */
function handOut(name) {
  return bundled.includes(name) ? `$lib['${name}']` : `require('${pathTo(name, 'index.js')}')`;
}

/** A function that is written in parentheses is compiled at once, not looked through first. @param {string} name */
function part(name) {
  // Node takes the names that an ES module can import from assignments to `exports`, wherever they are: those of a part are none.
  const text = inlined(read(name), name).replaceAll(/\bmodule\.exports\b|^exports\b/gm, 'part.value');
  return `// lib/${name}\n(function (part) {\n${text}\n$lib['${name}'] = part.value;\n})({ value: {} });\n`;
}

/** The names of the files of a folder, of those in it as well. @param {string} folder */
function list(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'));
}

const entry = read('../index.js').replaceAll("'./lib/", "'./");
for (const [, path] of entry.matchAll(NEEDED)) gather(resolve(path, 'index.js'));

const texts = new Map();
for (const name of list(LIB).filter((name) => name.endsWith('.js'))) {
  const door = `module.exports = require('${pathTo('index.js', name)}')[${PARTS}]['${name}'];\n`;
  texts.set(name, bundled.includes(name) ? door : read(name));
}
texts.set(
  'index.js',
  `// Made by scripts/bundle.js of index.js and lib/.

const $lib = {};

${bundled.map(part).join('\n')}
${inlined(entry, 'index.js')}

Object.defineProperty(entry, ${PARTS}, { value: $lib });
`,
);

// What is there already stays untouched: somebody may be reading it.
for (const name of list(DIST).filter((name) => !texts.has(name))) rmSync(join(DIST, name));
for (const [name, text] of texts) {
  const file = join(DIST, name);
  const content = `'use strict';\n\n${text}`;
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
