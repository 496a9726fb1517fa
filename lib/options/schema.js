/**
 * The one parser of option bags: a table has a parser for each name. Only own properties are
 * options. Inherited ones are not, not even those of a user's class: one rule, and prototype
 * pollution elsewhere in the process sets no option.
 */

import { warnAboutUnknownNames } from '#unknown-names';
import { invalidSecret, refusePromise } from '../errors/errors.js';
import { member, own } from '../own.js';

/**
 * Parses the value of an option: undefined where the option is missing. An option with a `usual`
 * value may be missing.
 *
 * @typedef {((value: unknown, path: string) => unknown) & { usual?: unknown }} Parser
 * @typedef {Record<string, Parser>} Parsers
 */
/**
 * @template {Parsers} Table
 * @typedef {{ [Name in keyof Table]: ReturnType<Table[Name]> }} Parsed
 */

/**
 * @template {Parsers} Table
 * @param {unknown} options
 * @param {string} path of the bag in an error, e.g. `RealtimeClient(): options.tls`
 * @param {Table} parsers
 * @param {string} [expected] describes the bag in an error
 * @returns {Parsed<Table>} with all names of the table
 */
function parseBag(options, path, parsers, expected = 'an object') {
  refusePromise(path, options);
  // An array or a Map would pass as an object without options, and its content would have no
  // effect.
  if (typeof options !== 'object' || options === null || member(options, Symbol.iterator) !== undefined)
    throw invalidSecret(path, expected, options);
  const names = Object.keys(parsers);
  if (!Object.keys(options).every((name) => names.includes(name)) || isInstance(options))
    // Loaded late: the start of a program does not wait for it.
    warnAboutUnknownNames(options, path, names);
  // As a copy of the table, it has the hidden class of all bags of this table. An object that grows
  // name by name would have one of its own, which takes more memory than its values.
  const parsed = /** @type {Record<string, unknown>} */ ({ ...parsers });
  for (const name of names) {
    const value = own(options, name);
    const parse = parsers[name];
    parsed[name] = value === undefined && Object.hasOwn(parse, 'usual') ? parse.usual : parse(value, `${path}.${name}`);
  }
  return /** @type {Parsed<Table>} */ (parsed);
}

/**
 * A parser for an option that may be missing.
 *
 * @template Value
 * @template [Usual=undefined]
 * @param {(value: unknown, path: string) => Value} parse
 * @param {Usual} [usual] its default
 * @returns {(value: unknown, path: string) => Value | Usual}
 */
function optional(parse, usual) {
  return Object.assign((/** @type {unknown} */ value, /** @type {string} */ path) => parse(value, path), { usual });
}

/** Whether an object has a class. @param {object} value */
function isInstance(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

export { optional, parseBag };
