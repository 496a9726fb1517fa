/**
 * The condition `when` of a mapping. Pure.
 *
 * | condition | holds |
 * |---|---|
 * | `{ changed: column }` | for an update that changed the column; for every insert and delete |
 * | `{ eq: [column, value] }` | if the column has this value, in the deleted row for a delete |
 * | `{ and: [...] }`, `{ or: [...] }` | if all hold, if one holds |
 */

import { adviseName } from '../../arguments.js';
import { invalid } from '../../error.js';
import { isObject } from '../../json.js';
import { isSame } from '../change.js';

/** @import { Change } from '../change.js' */
/** @typedef {(change: Change) => boolean} Test */
/** @typedef {string | number | boolean | null} Scalar */
/**
 * @typedef {object} Condition
 * @property {Test} holds
 * @property {{ column: string, value: Scalar }[]} equalities
 * @property {string[]} changed columns
 */

const WORDS = ['changed', 'eq', 'and', 'or'];
const MAX_DEPTH = 20;
const MAX_PARTS = 1_000;

/** @param {unknown} when undefined: always @returns {Condition} @throws {PlatformError} naming the place */
export function compileCondition(when) {
  /** @type {Condition} */
  const condition = { holds: () => true, equalities: [], changed: [] };
  if (when !== undefined) condition.holds = compile(when, 'when', condition, 0);
  return condition;
}

/**
 * Whether an update changed a column. Where the database sent no old value, the column has its old
 * one: the key is sent if it changed, and what was not sent again did not change.
 *
 * @param {Change} change
 * @param {string} column
 */
export function hasChanged({ operation, row, old }, column) {
  if (operation !== 'update') return true;
  if (old === undefined || old[column] === undefined) return false;
  return !isSame(old[column], row[column]);
}

/** @param {unknown} when @param {string} place @param {Condition} condition @param {number} depth @returns {Test} */
function compile(when, place, condition, depth) {
  if (depth > MAX_DEPTH) throw invalid(`when: nests deeper than ${MAX_DEPTH} levels.`);
  const [word, ...others] = isObject(when) ? Object.keys(when) : [];
  if (!isObject(when) || word === undefined || others.length > 0) {
    throw invalid(`${place}: expected an object with one of ${WORDS.join(', ')}, such as { changed: 'status' }.`);
  }
  const operand = when[word];
  switch (word) {
    case 'changed':
      return compileChanged(operand, place, condition);
    case 'eq':
      return compileEquality(operand, place, condition);
    case 'and':
    case 'or':
      return compileParts(word, operand, place, condition, depth);
    default:
      throw invalid(`${place}.${word} is not known. ${adviseName(word, WORDS)}`);
  }
}

/** @param {unknown} column @param {string} place @param {Condition} condition @returns {Test} */
function compileChanged(column, place, { changed }) {
  if (typeof column !== 'string') throw invalid(`${place}.changed: expected the name of a column.`);
  changed.push(column);
  return (change) => hasChanged(change, column);
}

/** @param {unknown} operand @param {string} place @param {Condition} condition @returns {Test} */
function compileEquality(operand, place, { equalities }) {
  const [column, value] = Array.isArray(operand) && operand.length === 2 ? operand : [];
  if (typeof column !== 'string' || !isScalar(value)) {
    throw invalid(`${place}.eq: expected a column and a string, number, boolean or null, such as ['status', 'open'].`);
  }
  equalities.push({ column, value });
  return ({ row }) => row[column] === value;
}

/** @param {'and' | 'or'} word @param {unknown} operand @param {string} place @param {Condition} condition @param {number} depth @returns {Test} */
function compileParts(word, operand, place, condition, depth) {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > MAX_PARTS) {
    throw invalid(`${place}.${word}: expected an array of conditions.`);
  }
  const tests = operand.map((each, index) => compile(each, `${place}.${word}[${index}]`, condition, depth + 1));
  if (word === 'and') return (change) => tests.every((test) => test(change));
  return (change) => tests.some((test) => test(change));
}

/** @param {unknown} value @returns {value is Scalar} */
const isScalar = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
