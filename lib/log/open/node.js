/** Opens logs on Node: at once, so that the first record of a client is there and in its place. */

import { own } from '../../own.js';
import { createLog } from '../create.js';

/** @import { Log, Redaction } from '../log.js' */

/**
 * @param {unknown} option
 * @param {Redaction} [redaction] of the client that the log belongs to
 * @returns {Log | undefined} undefined where nothing is logged
 */
function openLog(option, redaction = undefined) {
  if (option === undefined && !isAsked()) return undefined;
  // Loaded with the first log.
  return createLog(option, redaction);
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
