/**
 * Warnings about option names that do not exist. A misspelled option would have no effect without
 * any sign, so each unknown name is reported once per process, with the most similar known name.
 */

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
    const nearest = nearestName(name, known);
    const advice = nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean '${nearest}'?`;
    const isShown = USUAL_NAME.test(name) && !SECRET_FORM.test(name);
    warn(isShown ? `${path}.${name}` : `a name in ${path}`, `is not an option and has no effect. ${advice}`);
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

/**
 * @param {string} name
 * @param {readonly string[]} known
 * @returns {string | undefined} undefined when no name is similar
 */
function nearestName(name, known) {
  const lower = name.toLowerCase();
  const candidates = known.map((candidate) => ({
    candidate,
    distance: editDistance(lower, candidate.toLowerCase()),
  }));
  const best = candidates.reduce((a, b) => (b.distance < a.distance ? b : a));
  if (best.distance <= Math.max(1, Math.floor(lower.length / 3))) return best.candidate;
  // 'timeout' means 'connectTimeout', 'extraHeaders' means 'headers'.
  return known.find(
    (each) => lower.endsWith(each.toLowerCase()) || (lower.length > 3 && each.toLowerCase().endsWith(lower)),
  );
}

/**
 * How many characters to insert, delete or replace (Levenshtein).
 *
 * @param {string} from
 * @param {string} to
 */
function editDistance(from, to) {
  if (Math.abs(from.length - to.length) > 8) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[to.length];
}

export { nearestName, warnAboutUnknownNames };
