/** Opens logs on Node: at once, so that the first record of a client is there and in its place. */

import { own } from '../../own.js';
import { createLog } from '../create.js';

/** @import { About, Log } from '../log.js' */

/**
 * @param {unknown} option
 * @param {string} path of the option, for errors
 * @param {About} [about]
 * @returns {Log | undefined} undefined where nothing is logged
 */
function openLog(option, path, about = {}) {
  if (option === undefined && !isAsked()) return undefined;
  // Loaded with the first log.
  return createLog(option, path, about);
}

/** Deno refuses to read the environment without `--allow-env`. */
function isAsked() {
  try {
    return own(process.env, 'REALTIME_LOG');
  } catch {
    return undefined;
  }
}

export { openLog };
