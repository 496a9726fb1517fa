/**
 * One change of a row, in one form for all operations and replica identities. Pure.
 *
 * | identity | update | delete |
 * |---|---|---|
 * | default, index | the new row; the old key if it changed | the key |
 * | full | the new row, the old row | the old row |
 * | nothing | refused by Postgres | refused by Postgres |
 */

/** @import { Pgoutput } from 'pg-logical-replication' */
/** @typedef {Record<string, unknown>} Row */
/** @typedef {Pgoutput.MessageInsert | Pgoutput.MessageUpdate | Pgoutput.MessageDelete} RowMessage */

/**
 * @typedef {object} Change
 * @property {'insert' | 'update' | 'delete'} operation
 * @property {string} table
 * @property {string} schema
 * @property {Row} row the new row; of a delete the old one, which may have its key only. A column
 *   whose value the database did not send is undefined
 * @property {Row | undefined} old the old row, whole or its key, as far as the database sent it
 * @property {readonly string[] | undefined} changed columns that an update changed, if they are known
 * @property {readonly string[] | undefined} unchanged columns that the database did not send because
 *   they did not change
 */

/** @param {RowMessage} message @returns {Change} */
export function toChange(message) {
  const { tag: operation, relation } = message;
  const { name: table, schema } = relation;
  if (operation === 'insert') {
    return { operation, table, schema, row: message.new, old: undefined, changed: undefined, unchanged: undefined };
  }
  if (operation === 'delete') {
    const row = message.old ?? message.key ?? {};
    return { operation, table, schema, row, old: row, changed: undefined, unchanged: undefined };
  }
  const { old, key, new: row } = message;
  const unchanged = old ? undefined : unsent(row);
  return { operation, table, schema, row, old: old ?? key ?? undefined, changed: changedOf(message), unchanged };
}

/** Large values that an update did not touch. @param {Row} row */
function unsent(row) {
  /** @type {string[] | undefined} */
  let names;
  for (const name in row) {
    if (row[name] !== undefined) continue;
    names ??= [];
    names.push(name);
  }
  return names;
}

/** @param {Pgoutput.MessageUpdate} message */
function changedOf({ old, new: row, relation: { columns } }) {
  if (!old) return undefined;
  return columns.map(({ name }) => name).filter((name) => !isSame(old[name], row[name]));
}

/** Whether two decoded values are equal. Those of JSON types and arrays are trees. @param {unknown} a @param {unknown} b */
export const isSame = (a, b) =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

/**
 * The values of some columns, or undefined if one is missing.
 *
 * @param {Row} row
 * @param {readonly string[]} columns
 */
export function pick(row, columns) {
  /** @type {Row} */
  const picked = {};
  for (const column of columns) {
    if (row[column] === undefined) return undefined;
    picked[column] = row[column];
  }
  return picked;
}
