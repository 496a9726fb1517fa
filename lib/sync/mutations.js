/**
 * Mutations: small changes at places that JSON Pointers (RFC 6901) name. Validates the mutations
 * that a user passes.
 */

import { warnAboutUnknownNames } from '#unknown-names';
import { invalidArgument } from '../errors/errors.js';
import * as values from '../options/values.js';
import { bare } from '../own.js';
import { encode } from '../requests/json.js';

const NAMES = ['op', 'path', 'value'];
const POINTER = /^(\/([^/~]|~[01])*)*$/;

/**
 * @param {unknown} mutations
 * @param {string} path the argument to name in an error
 * @returns {string} JSON text
 */
function encodeMutations(mutations, path) {
  if (!Array.isArray(mutations) || mutations.length === 0)
    throw invalidArgument(path, "an array such as [{ op: 'set', path: '/title', value: 'x' }]", mutations);
  return `[${Array.from(mutations, (each, index) => encodeMutation(each, `${path}[${index}]`))}]`;
}

/** @param {unknown} mutation @param {string} name */
function encodeMutation(mutation, name) {
  if (!values.isPlainObject(mutation)) throw invalidArgument(name, '{ op, path, value }', mutation);
  warnAboutUnknownNames(mutation, 'SyncClient.mutate(): mutation', NAMES);
  const { op: verb, path, value } = bare(mutation);
  const op = values.oneOf(['set', 'increment', 'remove', 'push'])(verb, `${name}.op`);
  if (typeof path !== 'string' || !POINTER.test(path))
    throw invalidArgument(`${name}.path`, "a JSON Pointer: '', or keys after '/' in which ~0 is ~ and ~1 is /", path);
  const start = `{"op":"${op}","path":${JSON.stringify(path)}`;
  if (op === 'remove') {
    if (value !== undefined) throw invalidArgument(`${name}.value`, 'nothing, since remove has no value', value);
    return `${start}}`;
  }
  const operand = op === 'increment' && value === undefined ? 1 : value;
  if (op === 'increment' && !Number.isFinite(operand))
    throw invalidArgument(`${name}.value`, 'a finite number', operand);
  return `${start},"value":${encode(operand, `${name}.value`)}}`;
}

export { encodeMutations };
