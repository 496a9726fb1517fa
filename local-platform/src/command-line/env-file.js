/** The file for `--env-file`: `REALTIME_URL` and `REALTIME_TOKEN` among whatever else it has. */

import { readFileSync, writeFileSync } from 'node:fs';
import { invalid } from '../error.js';

/**
 * Sets the variables in a file of `NAME=value` lines. Its other lines stay as they are; a new file
 * can be read by its owner only, since it has a token.
 *
 * @param {string} path
 * @param {Record<string, string>} variables
 * @throws {PlatformError} naming the flag
 */
export function writeEnvFile(path, variables) {
  try {
    writeFileSync(path, withVariables(readIfThere(path), variables), { mode: 0o600 });
  } catch (error) {
    throw invalid(`--env-file: '${path}' cannot be written: ${/** @type {Error} */ (error).message}.`);
  }
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return '';
    throw error;
  }
}

/** @param {string} text @param {Record<string, string>} variables */
function withVariables(text, variables) {
  const rest = new Map(Object.entries(variables));
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  const kept = lines.flatMap((line) => {
    const [, start, name] = /^(\s*(?:export\s+)?)([A-Za-z_]\w*)\s*=/.exec(line) ?? [];
    if (name === undefined || !Object.hasOwn(variables, name)) return [line];
    // The first line of a name is replaced; a repeated one would win over it.
    const value = rest.get(name);
    rest.delete(name);
    return value === undefined ? [] : [`${start}${name}=${value}`];
  });
  return [...kept, ...Array.from(rest, ([name, value]) => `${name}=${value}`), ''].join(end);
}
