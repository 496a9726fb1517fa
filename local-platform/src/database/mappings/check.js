/** Compares a mapping with its table. Each refusal says which statement mends it. Pure. */

import { adviseName } from '../../arguments.js';
import { invalid } from '../../error.js';
import { hasIdentity, qualified } from '../catalogue.js';

/** @import { Table } from '../catalogue.js' */
/** @import { Definition } from './definition.js' */

/**
 * @param {Definition} definition
 * @param {Table | undefined} table
 * @returns {asserts table is Table}
 * @throws {PlatformError}
 */
export function checkMapping(definition, table) {
  const wanted = qualified(definition.table);
  if (table === undefined) {
    throw invalid(`table: the database has no table ${wanted}. Create it, or correct the name: it is case-sensitive.`);
  }
  checkType(table);
  checkColumns(definition, table);
  checkIdentity(definition, table);
  checkLiterals(definition, table);
}

/** @param {Table} table */
function checkType({ type, persistence, schema, name }) {
  const sql = qualified({ schema, name });
  if (schema === 'pg_catalog' || schema === 'information_schema') {
    throw invalid(
      `table: ${sql} belongs to the database itself, which does not replicate it. Name a table of your own.`,
    );
  }
  if (type === 'view' || type === 'foreign' || type === 'other') {
    throw invalid(`table: ${sql} is not a table, and only changes of tables are replicated. Name the table below it.`);
  }
  if (persistence === 'unlogged') {
    throw invalid(`table: ${sql} is unlogged, so its changes are not replicated. Run: ALTER TABLE ${sql} SET LOGGED;`);
  }
  if (persistence === 'temporary') throw invalid(`table: ${sql} is temporary. Name a permanent table.`);
}

/** @param {Definition} definition @param {Table} table */
function checkColumns({ request, template, condition }, table) {
  const names = table.columns.filter(({ generated }) => !generated).map(({ name }) => name);
  const require = (/** @type {string} */ member, /** @type {readonly string[]} */ columns) => {
    for (const column of columns) {
      if (names.includes(column)) continue;
      if (table.columns.some(({ name }) => name === column)) {
        throw invalid(
          `${member}: the column '${column}' is generated, and Postgres does not replicate it. Leave it out.`,
        );
      }
      throw invalid(`${member}: the table ${qualified(table)} has no column '${column}'. ${adviseName(column, names)}`);
    }
  };
  require('payload', template.columns);
  require('payload', template.oldColumns);
  require('triggerColumns', request.triggerColumns ?? []);
  require('when.changed', condition.changed);
  require('when.eq', condition.equalities.map(({ column }) => column));
}

/** @param {Definition} definition @param {Table} table */
function checkIdentity({ request, events, template, condition }, table) {
  const sql = qualified(table);
  const full = `Run: ALTER TABLE ${sql} REPLICA IDENTITY FULL;`;
  if (!events.has('update') && !events.has('delete')) return;
  if (!hasIdentity(table)) {
    throw invalid(
      `events: the table ${sql} has nothing that identifies a row, so Postgres would refuse to update and delete rows ` +
        `of a replicated table. Add a primary key, or map only inserts. Or: ${full}`,
    );
  }
  if (table.identity === 'full') return;
  const unknown = (/** @type {readonly string[]} */ columns) =>
    columns.find((column) => !table.identityColumns.includes(column));
  const need = (/** @type {string} */ member, /** @type {string | undefined} */ column) => {
    if (column === undefined) return;
    throw invalid(`${member}: needs the old value of '${column}', and Postgres sends only the old key. ${full}`);
  };
  need('payload', unknown(template.oldColumns));
  if (events.has('update')) {
    need('triggerColumns', unknown(request.triggerColumns ?? []));
    need('when.changed', unknown(condition.changed));
  }
  if (events.has('delete')) need('when.eq', unknown(condition.equalities.map(({ column }) => column)));
}

/** A literal of another type would never be equal. @param {Definition} definition @param {Table} table */
function checkLiterals({ condition: { equalities } }, table) {
  for (const { column, value } of equalities) {
    const kind = table.columns.find(({ name }) => name === column)?.kind;
    if (value === null || typeof value === kind || (kind === 'number' && typeof value === 'string')) continue;
    if (kind === 'other')
      throw invalid(`when.eq: the column '${column}' has JSON or an array. Compare another column.`);
    const example = kind === 'string' ? `'${value}'` : kind === 'boolean' ? 'true or false' : 'a number';
    throw invalid(
      `when.eq: values of the column '${column}' arrive as a ${kind}, so ${JSON.stringify(value)} is never equal. Write ${example}.`,
    );
  }
}
