/**
 * Loggers of the application as a place for records.
 *
 * Two conventions exist: pino takes `(fields, message)`, and so do its children such as
 * `request.log` of Fastify; console, winston and most others take `(message, fields)`. A method
 * `bindings` tells a pino.
 */

import { member } from '../own.js';
import { rankOf } from './levels.js';

/** @import { LogHandler, LogRecord, Logger } from '../../index.js' */

const METHODS = /** @type {const} */ (['error', 'warn', 'info', 'debug']);

/** @param {unknown} value @returns {value is Logger} */
function isLogger(value) {
  return METHODS.every((name) => typeof member(value, name) === 'function');
}

/**
 * The logger's own level: it would drop more verbose records; undefined where it is not one
 * of ours.
 *
 * @param {Logger} logger
 */
function levelOf(logger) {
  const level = member(logger, 'level');
  if (level === 'silent') return 'off';
  if (level === 'fatal') return 'error';
  return typeof level === 'string' && rankOf(level) >= 0 ? level : undefined;
}

/** @param {Logger} logger @returns {LogHandler} */
function writerOf(logger) {
  const takesFieldsFirst = typeof member(logger, 'bindings') === 'function';
  return ({ level, message, time, part, client, fields }) => {
    const more = {
      at: new Date(time).toISOString(),
      part,
      ...(client === undefined ? undefined : { client }),
      ...fields,
    };
    if (takesFieldsFirst) logger[level === 'trace' && !logger.trace ? 'debug' : level]?.(more, message);
    // `console.trace` prints a stack.
    else logger[level === 'trace' ? 'debug' : level]?.(message, more);
  };
}

export { isLogger, levelOf, writerOf };
