/**
 * The one parser of option bags: a table has a parser for each name. Only own properties are
 * options. Inherited ones are not, not even those of a user's class: one rule, and prototype
 * pollution elsewhere in the process sets no option.
 */

import { invalidSecret, refusePromise } from '../errors/errors.js';
import { member } from '../own.js';
import { warnAboutUnknownNames } from './unknown-names.js';

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @typedef {{ [Name in keyof Parsers]?: ReturnType<Parsers[Name]> }} Parsed
 */

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @param {unknown} options
 * @param {string} path of the bag in an error, e.g. `options.tls`
 * @param {Parsers} parsers
 * @param {string} [expected] describes the bag in an error
 * @param {string} [kind] the name of the bag in warnings about unknown names
 * @returns {Parsed<Parsers>} without a prototype: missing options read as undefined
 */
function parseBag(options, path, parsers, expected = 'an object', kind = path) {
  refusePromise(path, options);
  // An array or a Map would pass as an object without options, and its content would have no
  // effect.
  if (typeof options !== 'object' || options === null || member(options, Symbol.iterator) !== undefined)
    throw invalidSecret(path, expected, options);
  const names = Object.keys(parsers);
  if (!Object.keys(options).every((name) => names.includes(name)) || isInstance(options))
    // Loaded late: the start of a program does not wait for it.
    warnAboutUnknownNames(options, kind, names);

  const parsed = Object.create(null);
  for (const name of names) {
    if (!Object.hasOwn(options, name)) continue;
    const value = /** @type {Record<string, unknown>} */ (options)[name];
    if (value !== undefined) parsed[name] = parsers[name](value, `${path}.${name}`);
  }
  return parsed;
}

/** Whether an object has a class. @param {object} value */
function isInstance(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

export { parseBag };
