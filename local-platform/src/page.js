/** The files of the inspector page. They are read when somebody opens it. */

import { readFileSync } from 'node:fs';

/** @type {Record<string, string>} */
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'inspector.css': 'text/css; charset=utf-8',
  'inspector.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** @param {string} name @returns {{ type: string, content: Buffer } | undefined} */
export function readPage(name) {
  if (!Object.hasOwn(TYPES, name)) return undefined;
  // The same address from `src/page.js` and from `dist/platform.js`.
  return { type: TYPES[name], content: readFileSync(new URL(`../dist/inspector/${name}`, import.meta.url)) };
}
