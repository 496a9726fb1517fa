/**
 * Validates payloads with ajv, which is loaded with the first schema: a platform without schemas
 * starts as fast as before.
 *
 * A schema and a payload can be made for each other so that validation takes hours, with references
 * that double from level to level, large lists of values, or regular expressions. So each schema
 * counts its steps, regular expressions take linear time, and a payload that takes too many steps
 * is refused.
 */

import { createRequire } from 'node:module';
import { SCHEMA_LIMITS } from '../vocabulary.js';
import { canonical, textsOf } from './canonical.js';
import { explain } from './errors.js';
import { hasKeywords, inner } from './keywords.js';
import { Pattern } from './pattern/pattern.js';

/** @import { PayloadError } from '../../index.js' */
/** @import { Schema } from './keywords.js' */

const STEP = 'x-realtime-step';
/** To find all errors of a payload, not the first one alone. */
const REPORT_STEPS = 100_000;

class TooManySteps extends Error {}

/** Counts what the validation of a payload costs. */
class Budget {
  #left = 0;

  /** @param {number} steps */
  open(steps) {
    this.#left = steps;
  }

  spend = (/** @type {number} */ steps) => {
    this.#left -= steps;
    if (this.#left < 0) throw new TooManySteps();
  };
}

/** Runs one after the other, so one budget is enough. */
const budget = new Budget();
/** The class of ajv. @type {any} */
let Ajv;

export class Validator {
  #schema;
  #first;
  /** @type {any} */
  #all;

  /** @param {Schema} schema that `requireSchema` has accepted */
  constructor(schema) {
    this.#schema = withSteps(schema);
    this.#first = compile(this.#schema, false);
  }

  /**
   * What does not fit, or undefined if all does.
   *
   * @param {unknown} payload
   * @returns {PayloadError[] | undefined}
   */
  validate(payload) {
    try {
      budget.open(SCHEMA_LIMITS.steps);
      if (this.#first(payload)) return undefined;
    } catch (error) {
      return [{ path: '', message: reasonOf(error) }];
    }
    return explain(this.#allErrors(payload) ?? this.#first.errors);
  }

  /** @param {unknown} payload */
  #allErrors(payload) {
    this.#all ??= compile(this.#schema, true);
    try {
      budget.open(REPORT_STEPS);
      this.#all(payload);
      return this.#all.errors;
    } catch (error) {
      reasonOf(error);
      return undefined;
    }
  }
}

/** Why a payload could not be validated to the end. Throws any other error. @param {unknown} error */
function reasonOf(error) {
  if (error instanceof TooManySteps) {
    return `takes more than ${SCHEMA_LIMITS.steps} steps to validate: simplify the schema, or send less`;
  }
  // The schema follows the payload with several calls for each of its levels.
  if (error instanceof RangeError) return 'nests too deeply for the schema';
  throw error;
}

/**
 * With an ajv of its own, as each of them keeps what it has compiled.
 *
 * @param {Schema} schema
 * @param {boolean} allErrors
 */
function compile(schema, allErrors) {
  Ajv ??= createRequire(import.meta.url)('ajv/dist/2020.js').Ajv2020;
  const regExp = (/** @type {string} */ source) => {
    const pattern = new Pattern(source);
    return {
      test: (/** @type {string} */ text) => pattern.test(text, budget.spend),
      // ajv takes equal texts for equal expressions.
      toString: () => `/${source}/u`,
    };
  };
  regExp.code = 'unused: no code is generated for a file';
  const ajv = new Ajv({
    allErrors,
    // Errors have the schema that was not met.
    verbose: true,
    // The structure was checked, with better messages.
    strict: false,
    validateSchema: false,
    meta: false,
    logger: false,
    // Formats are annotations, as the draft says.
    validateFormats: false,
    // A payload has only its own members: `toString` is none.
    ownProperties: true,
    inlineRefs: false,
    code: { regExp },
  });
  ajv.addKeyword({ keyword: STEP, schemaType: 'number', errors: false, validate: step });
  // Those of ajv compare each value with each, and call methods that a payload may have replaced.
  for (const [keyword, type, validate] of [
    ['enum', undefined, isListed],
    ['const', undefined, isEqual],
    ['uniqueItems', 'array', isUnique],
  ]) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({ keyword, ...(type && { type }), validate });
  }
  return ajv.compile(schema);
}

/** @param {number} weight @param {unknown} data */
function step(weight, data) {
  // Its length is counted in characters, not in code units.
  budget.spend(typeof data === 'string' ? weight + (data.length >>> 5) : weight);
  return true;
}

/** @param {unknown[]} list @param {unknown} data */
const isListed = (list, data) => textsOf(list).has(textOf(data));

/** @param {unknown} value @param {unknown} data */
const isEqual = (value, data) => canonical(value) === textOf(data);

/** @param {boolean} wanted @param {unknown[]} items */
const isUnique = (wanted, items) => !wanted || new Set(items.map(textOf)).size === items.length;

/** @param {unknown} data */
function textOf(data) {
  const text = canonical(data);
  budget.spend(1 + (text.length >>> 5));
  return text;
}

/**
 * A copy whose schemas count their steps, without names that ajv would keep.
 *
 * @param {Schema} schema
 * @returns {Schema}
 */
function withSteps(schema) {
  if (!hasKeywords(schema)) return schema;
  const { $id: _id, $schema: _dialect, ...copy } = /** @type {Record<string, any>} */ (schema);
  for (const { tokens, schema: child } of inner(copy)) {
    const [keyword, key] = tokens;
    if (key === undefined) copy[keyword] = withSteps(child);
    else {
      // The first schema of a list or an object copies it.
      if (copy[keyword] === schema[keyword]) {
        copy[keyword] = Array.isArray(copy[keyword]) ? [...copy[keyword]] : { ...copy[keyword] };
      }
      copy[keyword][key] = withSteps(child);
    }
  }
  copy[STEP] = 1 + (copy.required?.length ?? 0);
  return copy.prefixItems ? withItemsApart(copy) : copy;
}

/**
 * After `prefixItems`, ajv skips the other keywords of arrays if none of its schemas was needed, as
 * for an empty array. So they are in a schema of their own.
 *
 * @param {Record<string, any>} schema
 */
function withItemsApart({ contains, minContains, maxContains, uniqueItems, ...schema }) {
  const apart = Object.entries({ contains, minContains, maxContains, uniqueItems });
  const given = Object.fromEntries(apart.filter(([, value]) => value !== undefined));
  return { ...schema, allOf: [...(schema.allOf ?? []), given] };
}
