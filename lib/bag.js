'use strict';

/**
 * The one way to read a bag of options: a table says which names there are, and how each is parsed.
 * Only what belongs to the bag itself is an option. What it inherits is not, not even from a class
 * of the user's: one rule, and prototype pollution elsewhere in the process sets no option.
 */

const { invalidSecret, refusePromise } = require('./errors.js');
const { member } = require('./own.js');

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @typedef {{ [Name in keyof Parsers]?: ReturnType<Parsers[Name]> }} Parsed
 */

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @param {unknown} options
 * @param {string} path of the bag in an error, e.g. `options.tls`
 * @param {Parsers} parsers
 * @param {string} [expected] what the bag is, for an error
 * @param {string} [kind] what a warning about an unknown name calls the bag
 * @returns {Parsed<Parsers>} without a prototype: what was not given, or is undefined, reads as undefined
 */
function parseBag(options, path, parsers, expected = 'an object', kind = path) {
  refusePromise(path, options);
  // An array or a Map would pass as an object without options, and what it holds would have no
  // effect.
  if (typeof options !== 'object' || options === null || member(options, Symbol.iterator) !== undefined)
    throw invalidSecret(path, expected, options);
  const names = Object.keys(parsers);
  if (!Object.keys(options).every((name) => names.includes(name)) || isInstance(options))
    // The start of a program need not wait for it.
    require('./did-you-mean.js').warnAboutUnknownNames(options, kind, names);

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

exports.parseBag = parseBag;
