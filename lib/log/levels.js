/**
 * The levels and parts of logs, and the texts that choose them, such as `session=debug,rest=info`.
 */

import { invalidSecret } from '../errors/errors.js';

/** @import { LogLevel, LogPart } from './log.js' */

/** From silent to verbose: the index is the rank. */
const LEVELS = /** @type {const} */ (['off', 'error', 'warn', 'info', 'debug', 'trace']);
const PARTS = /** @type {const} */ (['client', 'session', 'transport', 'auth', 'rest', 'webhook']);

/** @typedef {Record<LogPart, number>} Ranks the most verbose level of each part */

const EXPECTED =
  `a level (${LEVELS.join(', ')}), or levels by part such as 'session=debug,rest=info' ` +
  `(parts: ${PARTS.join(', ')})`;

/** @param {string} level */
function rankOf(level) {
  return LEVELS.indexOf(/** @type {LogLevel} */ (level));
}

/**
 * Without a level that stands alone, parts that are not named are silent.
 *
 * @param {unknown} value
 * @param {string} path
 * @returns {Ranks}
 */
function parseLevels(value, path) {
  const settings = typeof value === 'string' ? value.toLowerCase().split(',') : [''];
  const ranks = ranksOf(0);
  /** @type {[part: string, rank: number][]} */
  const named = [];
  for (const setting of settings) {
    const [first, second, ...more] = setting.split('=').map((text) => text.trim());
    const rank = rankOf(second ?? first);
    const isPart = second === undefined || PARTS.some((part) => part === first);
    if (rank < 0 || !isPart || more.length > 0) throw invalidSecret(path, EXPECTED, value);
    if (second === undefined) Object.assign(ranks, ranksOf(rank));
    else named.push([first, rank]);
  }
  return Object.assign(ranks, Object.fromEntries(named));
}

/** The same level for all parts. @param {number} rank @returns {Ranks} */
function ranksOf(rank) {
  return /** @type {Ranks} */ (Object.fromEntries(PARTS.map((part) => [part, rank])));
}

export { LEVELS, parseLevels, rankOf, ranksOf };
