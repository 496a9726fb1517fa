/**
 * Makes `dist/`, the JavaScript that is published, from the ES modules in `lib/`: CommonJS for
 * Node, which `require` and
 * `import` load alike, so that every class exists once.
 *
 * A program's first event needs one file, `dist/index.js`: reading two dozen takes longer than
 * connecting. Everything else is in chunks that load on first use.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** What a program may never need, by chunk. */
const CHUNKS = {
  requests: /\/lib\/requests\/|\/engines\/native\/requests\.js/,
  socket: /\/lib\/socket\//,
  sync: /\/lib\/sync\//,
  webhook: /\/lib\/(node\/)?webhook\/|\/engines\/native\/webhooks\.js/,
  token: /\/lib\/auth\/token\.js/,
  'token-provider': /\/lib\/auth\/token-provider\.js/,
  secrets: /\/lib\/redaction\/secrets\.js/,
  proxy: /\/engines\/native\/proxy\.js/,
  advice: /\/lib\/options\/did-you-mean\.js|\/addon-advice\.js/,
};
/**
 * Chunks share the parts of the first file under this name; they are not exports of the package.
 */
const PARTS = "Symbol.for('@smarterservices/realtime: parts')";

/** @type {import('rolldown').Plugin} */
const loadOnFirstUse = {
  name: 'load-on-first-use',
  // The replacements keep every line where it is, so the source map stays right.
  renderChunk(code, { isEntry, facadeModuleId }) {
    let text = code.replace(/^const (\w+) = require\("(\.\/[\w-]+\.js)"\);$/gm, (whole, name, path) => {
      if (path === './index.js') return `const ${name} = require("${path}")[${PARTS}];`;
      return path.includes('runtime') ? whole : `const ${name} = () => require("${path}");`;
    });
    const chunks = [...text.matchAll(/^const (\w+) = \(\) => require/gm)].map(([, name]) => name);
    // In parentheses, so that `new` applies to the member.
    if (chunks.length > 0) text = text.replace(new RegExp(`\\b(${chunks.join('|')})\\.`, 'g'), '($1()).');
    if (isEntry) text = separateParts(text, new Set(this.getModuleInfo(facadeModuleId ?? '')?.exports));
    return { code: text, map: null };
  },
};

/**
 * The entry's chunk exports what other chunks use of it, too: only the package's own names stay
 * exports. A name whose value is in another chunk becomes a getter, so that loading the package
 * does not load that chunk.
 *
 * @param {string} code
 * @param {Set<string>} names
 */
function separateParts(code, names) {
  const text = code.replace(/^exports\.([\w$]+) = (.+);$/gm, (whole, name, value) => {
    if (!names.has(name)) return `$parts.${name} = ${value};`;
    return value.startsWith('(') ? `$get("${name}", () => ${value});` : whole;
  });
  const get = 'const $get = (name, get) => Object.defineProperty(exports, name, { enumerable: true, get });';
  // Node finds the names that an ES module can import in an assignment, without running it.
  const hint = `0 && (module.exports = { ${[...names].join(', ')} });`;
  return `const $parts = {}; ${get} ${text}\nObject.defineProperty(exports, ${PARTS}, { value: $parts });\n${hint}\n`;
}

const bundle = await rolldown({
  input: join(ROOT, 'lib', 'index.js'),
  platform: 'node',
  external: [/^node:/, '#native'],
  resolve: { conditionNames: ['bundle', 'node', 'import'] },
  plugins: [loadOnFirstUse],
  preserveEntrySignatures: 'allow-extension',
});
const { output } = await bundle.generate({
  format: 'cjs',
  minify: false,
  sourcemap: true,
  comments: false,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: Object.entries(CHUNKS).map(([name, test]) => ({ name, test })),
  },
});
await bundle.close();

const files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]));
const present = existsSync(DIST) ? readdirSync(DIST) : [];
for (const name of present.filter((name) => !files.has(name))) rmSync(join(DIST, name), { recursive: true });
mkdirSync(DIST, { recursive: true });
for (const [name, text] of files) {
  // A file that did not change stays untouched: another process may be reading it.
  const path = join(DIST, name);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
