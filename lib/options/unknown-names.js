/**
 * Warnings about option names that do not exist. A misspelled option would have no effect without
 * any sign, so each unknown name is reported once per process, with the
 * name that was meant.
 */

import { optionAdvice } from '#habits';
import * as host from '#host';
import { SECRET_FORM } from '../errors/errors.js';
import { member } from '../own.js';

/** The usual form of a name. Anything else may be a misplaced value, and is not shown. */
const USUAL_NAME = /^[\w$]{1,32}$/;
/** Names that were reported already. */
const reported = new Set();
/** A program that passes on options that it received gets no endless warnings. */
const MAX_REPORTED = 1000;

/**
 * @param {object} options
 * @param {string} path the argument to name, e.g. `options.tls`
 * @param {readonly string[]} known
 */
function warnAboutUnknownNames(options, path, known) {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const advice = optionAdvice(name, known) ?? `Known: ${known.join(', ')}.`;
    const isShown = USUAL_NAME.test(name) && !SECRET_FORM.test(name);
    warn(isShown ? `${path}.${name}` : `${path}: a name`, `is not an option and has no effect. ${advice}`);
  }
  for (const name of known) {
    if (Object.hasOwn(options, name) || member(options, name) === undefined) continue;
    warn(`${path}.${name}`, 'is inherited and has no effect. Options are own properties.');
  }
}

/** Warns once about each name. @param {string} name @param {string} what */
function warn(name, what) {
  if (reported.has(name) || reported.size >= MAX_REPORTED) return;
  reported.add(name);
  host.warn(`${name} ${what}`, { code: 'UNKNOWN_OPTION' });
}

export { warnAboutUnknownNames };
