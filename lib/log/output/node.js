/**
 * Where records go on Node unless the program says: standard error. A person at a terminal gets
 * lines to read, and everything else gets JSON lines.
 */

import { warn } from '#host';
import { own } from '../../own.js';
import { parseLevels } from '../levels.js';
import { textOf } from '../text.js';

/** @import { LogRecord } from '../../../index.js' */
/** @import { Ranks } from '../levels.js' */

const VARIABLE = 'REALTIME_LOG';
/** Control sequences of a terminal. @type {Record<LogRecord['level'], number>} */
const COLOUR = { error: 31, warn: 33, info: 32, debug: 36, trace: 90 };

/** What the variable said when it was refused. @type {string | undefined} */
let refused;

/** What the environment asks for; undefined where it says nothing. @returns {Ranks | undefined} */
function environmentLevels() {
  const text = variable(VARIABLE);
  if (!text) return undefined;
  try {
    return parseLevels(text, `The environment variable ${VARIABLE}`);
  } catch (error) {
    // A typing error in the environment must not end a program that runs well without logs.
    if (refused !== text) warn(/** @type {Error} */ (error).message, { code: 'INVALID_ARGUMENT' });
    refused = text;
    return undefined;
  }
}

/** @param {LogRecord} record */
function write(record) {
  const { stderr } = process;
  const line = stderr.isTTY
    ? textOf(record, variable('NO_COLOR') ? plain : coloured)
    : JSON.stringify({ ...record, time: new Date(record.time).toISOString() });
  stderr.write(`${line}\n`);
}

/** Undefined where the program may not read it, as in Deno without `--allow-env`. @param {string} name */
function variable(name) {
  try {
    return own(process.env, name);
  } catch {
    return undefined;
  }
}

/** @param {LogRecord['level']} level @param {string} text */
function coloured(level, text) {
  return `\u001b[${COLOUR[level]}m${text}\u001b[0m`;
}

/** @param {LogRecord['level']} _level @param {string} text */
function plain(_level, text) {
  return text;
}

export { environmentLevels, write };
