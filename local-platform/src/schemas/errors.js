/**
 * What ajv found, as the publisher reads it: where, and what is wrong. It never shows the payload's
 * values.
 */

import { SCHEMA_LIMITS } from '../vocabulary.js';
import { escapeToken } from './keywords.js';

/** @import { PayloadError } from '../../index.js' */

/** @typedef {{ instancePath: string, keyword: string, params: Record<string, any>, schema?: any,
 *   message?: string, propertyName?: string }} Found */

const MAX_TEXT = 200;
/** Errors that say only that others, which are listed, hold. */
const SUMMARIES = ['if', 'propertyNames'];

/**
 * By keyword, from what ajv says and from the keyword's value.
 *
 * @type {Record<string, (params: Record<string, any>, value: any) => { below?: string, message: string }>}
 */
const TEXTS = {
  required: ({ missingProperty }) => ({ below: missingProperty, message: 'is missing' }),
  dependentRequired: ({ missingProperty, property }) => ({
    below: missingProperty,
    message: `is missing, which '${property}' requires`,
  }),
  additionalProperties: ({ additionalProperty }) => ({ below: additionalProperty, message: 'is not allowed' }),
  unevaluatedProperties: ({ unevaluatedProperty }) => ({ below: unevaluatedProperty, message: 'is not allowed' }),
  enum: (_, values) => ({ message: `must be one of ${values.slice(0, MAX_TEXT).map(inJson).join(', ')}` }),
  const: (_, value) => ({ message: `must be ${inJson(value)}` }),
  uniqueItems: () => ({ message: 'must not have equal items' }),
  'false schema': () => ({ message: 'is not allowed' }),
};

/** @param {Found[]} found @returns {PayloadError[]} */
export function explain(found) {
  const telling = found.filter(({ keyword }) => !SUMMARIES.includes(keyword));
  const errors = (telling.length > 0 ? telling : found).map(
    ({ instancePath, keyword, params, schema, message, propertyName }) => {
      const { below, message: text } = TEXTS[keyword]?.(params, schema) ?? {
        message: message ?? `does not fit ${keyword}`,
      };
      const member = propertyName ?? below;
      const path = member === undefined ? instancePath : `${instancePath}/${escapeToken(member)}`;
      return { path: shorten(path), message: shorten(propertyName === undefined ? text : `its name ${text}`) };
    },
  );
  /** The alternatives of a schema may say the same. */
  const distinct = new Map(errors.map((error) => [`${error.path}\0${error.message}`, error]));
  return [...distinct.values()].slice(0, SCHEMA_LIMITS.errors);
}

/** On one line. @param {PayloadError[]} errors */
export function summarise(errors) {
  const [{ path, message }, ...others] = errors;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${path === '' ? 'it' : path} ${message}${more}`;
}

/** @param {unknown} value */
const inJson = (value) => JSON.stringify(value);

/** @param {string} text */
const shorten = (text) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);
