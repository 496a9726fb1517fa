/** The configuration file of `realtime-local`: options of the platform, above all its `seed`. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kindOf } from '../arguments.js';
import { invalid } from '../error.js';
import { isObject } from '../json.js';
import { importModule } from './import-module.js';

/** @import { LocalPlatformOptions } from '../../index.js' */

const NAMES = ['js', 'mjs', 'cjs', 'json'].map((extension) => `realtime-local.config.${extension}`);

/**
 * @param {string | undefined} path as `--config` names it
 * @param {string} [folder]
 * @returns {Promise<{ path: string, options: LocalPlatformOptions } | undefined>} undefined if there
 *   is no file
 * @throws {PlatformError} naming the file
 */
export async function loadConfig(path, folder = process.cwd()) {
  const name = path ?? NAMES.find((each) => existsSync(resolve(folder, each)));
  if (name === undefined) return undefined;
  const options = await read(resolve(folder, name), name);
  if (!isObject(options)) {
    const what = name.endsWith('.json') ? 'an object' : 'an object as its default export';
    throw invalid(`${name}: expected ${what}, such as { seed: { documents: {} } }, got ${kindOf(options)}.`);
  }
  return { path: name, options: /** @type {LocalPlatformOptions} */ (options) };
}

/** @param {string} path @param {string} name */
async function read(path, name) {
  try {
    if (name.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8'));
    return (await importModule(pathToFileURL(path).href)).default;
  } catch (error) {
    throw invalid(`${name}: it cannot be loaded: ${/** @type {Error} */ (error).message}`);
  }
}
