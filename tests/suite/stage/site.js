/** The files of the site: the package as it is published for the web, the suite, and pages. */

import { readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
};
/** The folders whose files a page may load. */
const SERVED = /^\/(dist\/(?:web|umd)|tests\/suite|tests\/browsers\/pages|examples\/browser)\//;

/**
 * What the package's `exports` say, as a path of the site.
 *
 * @param {string[]} conditions
 * @param {string} [name] of the entry
 */
export function entryFor(conditions, name = '.') {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  let target = exports[name];
  while (typeof target === 'object') {
    const match = Object.keys(target).find((name) => conditions.includes(name));
    if (match === undefined) throw new Error(`package.json exports nothing for ${conditions.join(', ')}.`);
    target = target[match];
  }
  return target.slice(1);
}

/** A path of the site as a path of this machine. @param {string} path */
export const fileOf = (path) => join(ROOT, path);

/** @param {string} path @returns {{ body: Buffer, type: string } | undefined} */
export function readSite(path) {
  if (normalize(path) !== path || !SERVED.test(path)) return undefined;
  try {
    return { body: readFileSync(fileOf(path)), type: TYPES[extname(path)] ?? 'application/octet-stream' };
  } catch {
    return undefined;
  }
}

/**
 * A page with the package under its name.
 *
 * @param {string} script of a module
 */
export function pageWith(script, title = 'Suite') {
  const conditions = ['browser', 'import', 'default'];
  const imports = {
    '@smarterservices/realtime': entryFor(conditions),
    '@smarterservices/realtime/core': entryFor(conditions, './core'),
  };
  return `<!doctype html>
<meta charset="utf-8">
<title>${title}</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<body>
<script type="module">
${script}
</script>
`;
}
