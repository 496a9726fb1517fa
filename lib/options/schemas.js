/**
 * Validates the schemas that a user passes: any Standard Schema (https://standardschema.dev), as
 * zod, valibot, arktype and others have them.
 */

import { invalidArgument } from '../errors/errors.js';
import * as values from './values.js';

/** @import { StandardSchema } from '../../index.js' */

/**
 * @param {any} value which may be a function, as in arktype
 * @param {string} path
 * @returns {StandardSchema}
 */
function schema(value, path) {
  if (typeof value?.['~standard']?.validate === 'function') return value;
  throw invalidArgument(path, 'a Standard Schema, such as one of zod, valibot or arktype', value);
}

/** @param {unknown} value @param {string} path @returns {[topic: string, schema: StandardSchema][]} */
function schemas(value, path) {
  if (!values.isPlainObject(value)) throw invalidArgument(path, 'an object of schemas by topic', value);
  return Object.entries(value).map(([topic, each]) => [topic, schema(each, `${path}['${topic}']`)]);
}

export { schema, schemas };
