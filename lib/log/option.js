/** The option `log`: how verbose, and where the records go. */

import { environmentLevels, write } from '#log-output';
import { invalidArgument, invalidSecret } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { parseLevels, rankOf, ranksOf } from './levels.js';
import { isLogger, levelOf, writerOf } from './logger.js';

/** @import { LogHandler, Logger } from '../../index.js' */
/** @import { Ranks } from './levels.js' */

/** @typedef {{ ranks: Ranks, write: LogHandler }} Settings */

const OPTIONS = {
  level: optional(parseLevels),
  handler: optional(values.handler),
  logger: optional(parseLogger),
};
const EXPECTED =
  "false, a level such as 'debug', a logger with the methods error, warn, info and debug, or an object with level and " +
  'handler or logger';

/** The level where neither the program nor the environment says one. */
const USUAL = 'info';

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {Settings | undefined} undefined: nothing is logged
 */
function parseLog(value, path) {
  if (value === false) return undefined;
  if (value === undefined || value === true) return settings(undefined, write);
  if (typeof value === 'string') return settings(parseLevels(value, path), write);
  if (isLogger(value)) return settings(undefined, writerOf(value), levelOf(value));
  if (typeof value !== 'object') throw invalidSecret(path, EXPECTED, value);
  const { level, handler, logger } = parseBag(value, path, OPTIONS, EXPECTED);
  if (handler !== undefined && logger !== undefined)
    throw invalidArgument(path, 'either handler or logger, not both', value);
  if (logger !== undefined) return settings(level, writerOf(logger), levelOf(logger));
  return settings(level, /** @type {LogHandler | undefined} */ (handler) ?? write);
}

/**
 * @param {Ranks | undefined} ranks that the program says
 * @param {LogHandler} write
 * @param {string} [usual]
 * @returns {Settings | undefined}
 */
function settings(ranks = environmentLevels(), write, usual = USUAL) {
  const chosen = ranks ?? ranksOf(rankOf(usual));
  return Object.values(chosen).some((rank) => rank > 0) ? { ranks: chosen, write } : undefined;
}

/** @param {unknown} value @param {string} path @returns {Logger} */
function parseLogger(value, path) {
  if (!isLogger(value)) throw invalidSecret(path, 'an object with the methods error, warn, info and debug', value);
  return value;
}

export { parseLog };
