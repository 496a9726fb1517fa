/**
 * Payload templates: JSON in which some strings stand for values of a change. Pure.
 *
 * | string | stands for |
 * |---|---|
 * | `$row.column` | the value in the new row, or in the deleted one |
 * | `$old.column` | the value before an update or a delete |
 * | `$operation` | `insert`, `update` or `delete` |
 * | `$table` | the name of the table |
 * | `$$text` | the text `$text` |
 *
 * A member whose value the database did not send is left out; in an array it is null.
 */

import { invalid } from '../../error.js';
import { isDeeper, isObject, setMember } from '../../json.js';

/** @import { Change } from '../change.js' */
/** @typedef {(change: Change) => unknown} Part */
/**
 * @typedef {object} Template
 * @property {(change: Change) => Record<string, unknown>} fill
 * @property {readonly string[]} columns that `$row` names
 * @property {readonly string[]} oldColumns that `$old` names
 */

const MAX_DEPTH = 100;
const KNOWN = '$row.column, $old.column, $operation, $table; a text that begins with $ is written with $$';

/** @param {unknown} template undefined: the row @returns {Template} @throws {PlatformError} naming the place */
export function compileTemplate(template) {
  if (template === undefined) return { fill: wholeRow, columns: [], oldColumns: [] };
  if (!isObject(template)) throw invalid("payload: expected an object such as { id: '$row.id' }.");
  if (isDeeper(template, MAX_DEPTH)) throw invalid(`payload: nests deeper than ${MAX_DEPTH} levels.`);
  /** @type {{ row: Set<string>, old: Set<string> }} */
  const used = { row: new Set(), old: new Set() };
  const fill = /** @type {Template['fill']} */ (compile(template, 'payload', used));
  return { fill, columns: [...used.row], oldColumns: [...used.old] };
}

/** @type {Template['fill']} */
const wholeRow = ({ row, unchanged }) => {
  if (unchanged === undefined) return row;
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
};

/** @param {unknown} value @param {string} place @param {{ row: Set<string>, old: Set<string> }} used @returns {Part} */
function compile(value, place, used) {
  if (typeof value === 'string') return value.startsWith('$') ? compileReference(value, place, used) : () => value;
  if (Array.isArray(value)) {
    const parts = value.map((each, index) => compile(each, `${place}[${index}]`, used));
    return (change) => parts.map((part) => part(change) ?? null);
  }
  if (!isObject(value)) return () => value;
  const members = Object.entries(value).map(([name, each]) => ({
    name,
    part: compile(each, `${place}.${name}`, used),
  }));
  return (change) => {
    /** @type {Record<string, unknown>} */
    const filled = {};
    for (const { name, part } of members) {
      const content = part(change);
      if (content !== undefined) setMember(filled, name, content);
    }
    return filled;
  };
}

/** @param {string} text @param {string} place @param {{ row: Set<string>, old: Set<string> }} used @returns {Part} */
function compileReference(text, place, used) {
  if (text.startsWith('$$')) return () => text.slice(1);
  if (text === '$operation') return ({ operation }) => operation;
  if (text === '$table') return ({ table }) => table;
  const [, source, column] = /^\$(row|old)\.(.+)$/s.exec(text) ?? [];
  if (source === 'row') {
    used.row.add(column);
    return ({ row }) => row[column];
  }
  if (source === 'old') {
    used.old.add(column);
    return ({ old }) => old?.[column];
  }
  throw invalid(`${place}: '${text}' stands for nothing. Known: ${KNOWN}.`);
}
