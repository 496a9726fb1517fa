/**
 * Makes `dist/`, the JavaScript that is published, from the ES modules in `lib/`, and
 * `local-platform/dist/`.
 *
 * | folder | for | format |
 * |---|---|---|
 * | `dist/` | Node | CommonJS, which `require` and `import` load alike, so that every class exists once |
 * | `dist/web/` | bundlers, browsers, workers | ES modules in chunks, so that bundlers leave out what is not used |
 * | `dist/umd/` | `<script>`, and `require` in bundles for browsers | one minified file for each entry |
 *
 * On Node, a program's first event needs one file, `dist/main.js`: reading two dozen takes longer
 * than connecting. Everything else is in chunks that load on first use.
 */

import { join, normalize } from 'node:path';

import { rolldown } from 'rolldown';

import { bundleInspector } from './bundle/inspector.mjs';
import { bundleLocalPlatform } from './bundle/local-platform.mjs';
import { shortenNames, shortNames } from './bundle/short-names.mjs';
import { shortTexts } from './bundle/short-texts.mjs';
import { writeFolder } from './bundle/write-folder.mjs';

const ROOT = join(import.meta.dirname, '..');
const LIB = join(ROOT, 'lib');
const DIST = join(ROOT, 'dist');
/** What a program may never need, by chunk. */
const CHUNKS = {
  requests: /\/lib\/requests\/|\/engines\/native\/requests\.js/,
  socket: /\/lib\/socket\//,
  schemas: /\/lib\/schemas\/(?!load\/)/,
  sync: /\/lib\/sync\//,
  waiting: /\/lib\/waiting\/(?!inlet|late-iterator|load)/,
  collection: /\/lib\/collection\/(?!load)/,
  webhook: /\/lib\/(node\/)?webhook\/|\/engines\/native\/webhooks\.js/,
  token: /\/lib\/auth\/token\.js/,
  'token-provider': /\/lib\/auth\/token-provider\.js/,
  secrets: /\/lib\/redaction\/secrets\//,
  proxy: /\/engines\/native\/proxy\.js/,
  recording: /\/lib\/recording\//,
  log: /\/lib\/log\/(?!open\/)|\/engines\/native\/log\.js/,
  advice: /\/lib\/options\/(unknown-names|habits\/.*)\.js|\/addon-advice\.js/,
  devtools: /\/lib\/tracing\/devtools\.js/,
  tracing: /\/lib\/tracing\/(?!(seam|node|loading\.node)\.js)/,
  polling: /\/transport\/polling[./]/,
  javascript: /\/engines\/javascript\/|\/host\/sha256/,
};
/** The chunks of the web build: what a page leaves out as a whole. */
const WEB_CHUNKS = {
  // Long-polling and requests share these: in chunks of their own, no page loads them at first.
  cors: /\/javascript\/requests\/cors\.js/,
  redirect: /\/javascript\/requests\/redirect\.js/,
  retry: /\/javascript\/requests\/retry\.js/,
  refusal: /\/transport\/refusal\.js/,
  cookies: /\/polling\/cookies\.js/,
  polling: /\/transport\/polling[./]|\/protocol\/payload\.js/,
  workerd: /\/socket\/workerd\.js/,
  // With the option `worker`.
  worker: /\/socket\/worker(-program)?\.js/,
  meter: /\/javascript\/session\/meter\//,
  plain: /\/session\/codec\/plain\.js/,
  'refusal-words': /\/session\/codec\/(refusal|wording)\.js/,
  'unknown-names': /\/lib\/options\/unknown-names\.js/,
  token: /\/lib\/auth\/token\.js/,
  schemas: /\/lib\/schemas\/(?!load\/)/,
  waiting: /\/lib\/waiting\/(?!inlet|late-iterator|load)/,
  collection: /\/lib\/collection\/(?!load)/,
  webhook: /\/lib\/webhook\/|\/engines\/javascript\/webhooks|\/host\/sha256|\/node_modules\//,
  // What sends them is loaded with the first one.
  rest: /\/lib\/requests\/rest\.js/,
  requests: /\/lib\/requests\//,
  fetch: /\/engines\/javascript\/requests[./]/,
  log: /\/lib\/log\/(?!open\/)/,
  socket: /\/lib\/socket\//,
  // Loaded with the first live document.
  following: /\/lib\/sync\/(document-sync|replica|announcement|apply-mutations|same-json)\.js/,
  update: /\/lib\/sync\/update\.js/,
  sync: /\/lib\/sync\//,
  // A page that records imports it.
  recording: /\/lib\/recording\/(?!web)/,
  devtools: /\/lib\/tracing\/(?!(seam|web|loading\.web)\.js)/,
  base: /\/lib\/((own|bytes|aborts|filter|log\/open\/(web|none))\.js|(host|errors|events)\/|tracing\/(seam|web)\.js|redaction\/printable|schemas\/load\/|options\/(schemas?|values|(unknown|habits)\/web)\.js)/,
  // Loaded while the WebSocket of the first dial is being opened.
  messaging: /\/session\/(messaging|tables\/(channels|outbox))\.js/,
  engine: /\/engines\/javascript\/(?!(web|late-engine|transport\/(ahead|server))\.js)/,
  client: /\/lib\/(?!(client|core|index\.web|recorder)\.js)/,
};
/** The name of the global of `dist/umd/`. */
const GLOBAL = 'Realtime';
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
      if (path === './main.js') return `const ${name} = require("${path}")[${PARTS}];`;
      return path.includes('runtime') ? whole : `const ${name} = () => require("${path}");`;
    });
    const chunks = [...text.matchAll(/^const (\w+) = \(\) => require/gm)].map(([, name]) => name);
    // In parentheses, so that `new` applies to the member.
    if (chunks.length > 0) text = text.replace(new RegExp(`\\b(${chunks.join('|')})\\.`, 'g'), '($1()).');
    // A user who bundles the package need not have `ws`.
    text = text.replace('import("ws")', 'import(/* webpackIgnore: true */ /* turbopackIgnore: true */ "ws")');
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
  return `const $parts = {}; ${get} ${text}\nObject.defineProperty(exports, ${PARTS}, { value: $parts });\n`;
}

/**
 * A chunk imports others for their side effects, and none has any. An empty line stays, so the
 * source map stays right.
 *
 * @type {import('rolldown').Plugin}
 */
const withoutBareImports = {
  name: 'without-bare-imports',
  renderChunk: (code) => ({ code: code.replace(/^import "[^"]+";$/gm, ''), map: null }),
};

/** What makes the web build smaller than its sources. */
const SHORTER = [shortTexts(LIB), shortenNames(LIB, shortNames(ROOT))];

/** @param {Record<string, RegExp>} chunks */
function groups(chunks) {
  return Object.entries(chunks).map(([name, test], index, { length }) => ({ name, test, priority: length - index }));
}

/**
 * The entry on Node. Before an ES module imports it, Node searches its whole text for the names of
 * its exports, which takes five times as long as running it: so they are in a file of their own. A
 * plain `module.exports = require(...)` would send Node on to the other file.
 *
 * @param {readonly string[]} names
 */
function indexForNode(names) {
  return `const main = require('./main.js');\nmodule.exports = main;\n0 && (module.exports = { ${names.join(', ')} });\n`;
}

async function forNode() {
  /** @type {string[]} */
  let names = [];
  /** @type {import('rolldown').Plugin} */
  const exportsOfEntry = {
    name: 'exports-of-entry',
    moduleParsed({ isEntry, exports }) {
      if (isEntry) names = exports;
    },
  };
  const bundle = await rolldown({
    input: join(LIB, 'index.js'),
    platform: 'node',
    // The application may have `ws`.
    external: [/^node:/, '#native', 'ws'],
    resolve: { conditionNames: ['bundle', 'node', 'import'] },
    plugins: [loadOnFirstUse, exportsOfEntry],
    checks: { ineffectiveDynamicImport: false },
    preserveEntrySignatures: 'allow-extension',
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    minify: false,
    sourcemap: true,
    comments: false,
    entryFileNames: 'main.js',
    chunkFileNames: '[name].js',
    codeSplitting: { includeDependenciesRecursively: false, groups: groups(CHUNKS) },
  });
  await bundle.close();
  return { output, names };
}

/**
 * The entry `core` on Node. It has no code of its own: every class exists once. Node finds getters
 * of this form without running them.
 *
 * @param {readonly string[]} names
 */
function coreForNode(names) {
  const getters = names.map((name) => {
    const source = name === 'RealtimeClient' ? 'CoreClient' : name;
    return `Object.defineProperty(exports, '${name}', { enumerable: true, get: function () { return index.${source}; } });\n`;
  });
  return `const index = require('./index.js');\n${getters.join('')}`;
}

async function forWeb() {
  const bundle = await rolldown({
    input: { index: join(LIB, 'index.web.js'), core: join(LIB, 'core.js'), recorder: join(LIB, 'recorder.js') },
    platform: 'browser',
    resolve: { conditionNames: ['import', 'default'] },
    // The groups decide which module is in which chunk.
    checks: { ineffectiveDynamicImport: false },
    preserveEntrySignatures: 'allow-extension',
    plugins: [...SHORTER, withoutBareImports],
  });
  const { output } = await bundle.generate({
    format: 'esm',
    // Compresses better than bundlers do. They shorten the names.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    sourcemap: true,
    comments: false,
    entryFileNames: 'web/[name].js',
    chunkFileNames: 'web/[name].js',
    codeSplitting: { includeDependenciesRecursively: false, groups: groups(WEB_CHUNKS) },
  });
  await bundle.close();
  return output;
}

/**
 * An entry that gets its clients as values: it imports nothing of the package.
 *
 * @param {string} name
 * @param {'cjs' | 'esm'} format
 * @param {string} folder of `dist/`
 */
async function forValues(name, format, folder) {
  const bundle = await rolldown({ input: { [name]: join(LIB, name, 'index.js') }, external: ['react'] });
  const { output } = await bundle.generate({
    format,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    sourcemap: true,
    comments: false,
    // Frameworks with server components read it in the first line.
    banner: name === 'react' ? "'use client';" : '',
    entryFileNames: `${folder}[name].js`,
  });
  await bundle.close();
  return output;
}

/**
 * The entry `opentelemetry`, which imports nothing but OpenTelemetry's API: it meets the clients in
 * a global, see `lib/tracing/seam.js`.
 *
 * @param {'cjs' | 'esm'} format
 * @param {string} folder of `dist/`
 */
async function forOpenTelemetry(format, folder) {
  const bundle = await rolldown({
    input: { opentelemetry: join(LIB, 'opentelemetry', 'index.js') },
    platform: format === 'cjs' ? 'node' : 'browser',
    external: ['@opentelemetry/api', /^node:/],
    resolve: { conditionNames: format === 'cjs' ? ['node', 'import'] : ['import', 'default'] },
  });
  const { output } = await bundle.generate({
    format,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    sourcemap: true,
    comments: false,
    entryFileNames: `${folder}[name].js`,
  });
  await bundle.close();
  return output;
}

/** @param {string} entry @param {string} name */
async function asOneFile(entry, name) {
  const bundle = await rolldown({
    input: join(LIB, entry),
    platform: 'browser',
    resolve: { conditionNames: ['import', 'default'] },
    plugins: SHORTER,
  });
  const { output } = await bundle.generate({
    format: 'umd',
    name: GLOBAL,
    minify: true,
    sourcemap: true,
    entryFileNames: `umd/${name}.js`,
  });
  await bundle.close();
  return output;
}

const web = await forWeb();
const core = web.find((file) => file.fileName === 'web/core.js');
const names = core?.type === 'chunk' ? core.exports : [];
const { output: ofNode, names: nodeNames } = await forNode();
const output = [
  ...ofNode,
  ...web,
  ...(await forValues('react', 'cjs', '')),
  ...(await forValues('react', 'esm', 'web/')),
  ...(await forValues('prometheus', 'cjs', '')),
  ...(await forValues('prometheus', 'esm', 'web/')),
  ...(await forOpenTelemetry('cjs', '')),
  ...(await forOpenTelemetry('esm', 'web/')),
  ...(await asOneFile('index.web.js', 'index')),
  ...(await asOneFile('core.js', 'core')),
];
const files = new Map(
  output.map((file) => [normalize(file.fileName), file.type === 'chunk' ? file.code : String(file.source)]),
);
files.set('index.js', indexForNode(nodeNames));
files.set('core.js', coreForNode(names));
// The chunk is there once, however it is loaded.
files.set('recorder.js', "exports.recorder = require('./recording.js').recorder;\n");
// The package itself is CommonJS.
files.set(join('web', 'package.json'), '{ "type": "module", "sideEffects": false }\n');

writeFolder(DIST, files);
const platform = await bundleLocalPlatform();
for (const [path, text] of await bundleInspector()) platform.set(normalize(path), text);
writeFolder(join(ROOT, 'local-platform', 'dist'), platform);
