/** What the database's catalogue says of a table. */

import { kindOfType } from './values/types.js';

/** @import { ClientBase } from 'pg' */
/** @import { Kind } from './values/types.js' */

/** What the database sends of an old row. @typedef {'default' | 'index' | 'full' | 'nothing'} Identity */
/** @typedef {{ name: string, kind: Kind, generated: boolean }} Column */
/**
 * @typedef {object} Table
 * @property {number} oid
 * @property {string} schema
 * @property {string} name
 * @property {'table' | 'partitioned' | 'view' | 'foreign' | 'other'} type
 * @property {'permanent' | 'unlogged' | 'temporary'} persistence
 * @property {Identity} identity
 * @property {readonly Column[]} columns
 * @property {readonly string[]} key columns that tell rows apart: those that a delete has
 * @property {readonly string[]} identityColumns columns that the database sends of an old row
 */

const TYPES = /** @type {const} */ ({ r: 'table', p: 'partitioned', v: 'view', m: 'view', f: 'foreign' });
const PERSISTENCE = /** @type {const} */ ({ p: 'permanent', u: 'unlogged', t: 'temporary' });
const IDENTITIES = /** @type {const} */ ({ d: 'default', i: 'index', f: 'full', n: 'nothing' });
/** From the one that sends least. A partitioned table is as weak as its weakest partition. */
const STRENGTH = 'ndif';

const TABLE = `
  SELECT c.oid::bigint AS oid, c.relkind AS type, c.relpersistence AS persistence,
    coalesce((
      SELECT string_agg(DISTINCT leaf.relreplident::text, '')
      FROM pg_partition_tree(c.oid) tree JOIN pg_class leaf ON leaf.oid = tree.relid
      WHERE c.relkind = 'p' AND tree.isleaf AND leaf.relkind <> 'p'
    ), c.relreplident::text) AS identities,
    (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a
      ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS primary_key,
    (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a
      ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisreplident) AS identity_index
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2`;

const COLUMNS = `
  SELECT a.attname::text AS name, a.attgenerated <> '' AS generated, (
    WITH RECURSIVE base(oid, below) AS (
      SELECT t.oid, t.typbasetype FROM pg_type t WHERE t.oid = a.atttypid
      UNION ALL SELECT t.oid, t.typbasetype FROM base JOIN pg_type t ON t.oid = base.below
    ) SELECT oid::bigint FROM base WHERE below = 0
  ) AS type
  FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/**
 * @param {Pick<ClientBase, 'query'>} client
 * @param {{ schema: string, name: string }} table
 * @returns {Promise<Table | undefined>} undefined if there is no such table
 */
export async function describeTable(client, { schema, name }) {
  const { rows } = await client.query(TABLE, [schema, name]);
  if (rows.length === 0) return undefined;
  const [row] = rows;
  const columns = await client.query(COLUMNS, [row.oid]);
  const weakest = [...STRENGTH].find((each) => row.identities.includes(each)) ?? 'n';
  const identity = IDENTITIES[/** @type {keyof typeof IDENTITIES} */ (weakest)];
  const primaryKey = row.primary_key ?? [];
  const identityColumns = { default: primaryKey, index: row.identity_index ?? [], full: [], nothing: [] }[identity];
  return {
    oid: Number(row.oid),
    schema,
    name,
    type: TYPES[/** @type {keyof typeof TYPES} */ (row.type)] ?? 'other',
    persistence: PERSISTENCE[/** @type {keyof typeof PERSISTENCE} */ (row.persistence)],
    identity,
    columns: columns.rows.map((column) => ({
      name: column.name,
      kind: kindOfType(Number(column.type)),
      generated: column.generated,
    })),
    key: identity === 'full' ? primaryKey : identityColumns,
    identityColumns,
  };
}

/** Whether the database sends something of the old row with an update or a delete. @param {Table} table */
export const hasIdentity = ({ identity, identityColumns }) => identity === 'full' || identityColumns.length > 0;

/** A name as SQL writes it. @param {string} name */
export const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** A table as SQL writes it. @param {{ schema: string, name: string }} table */
export const qualified = ({ schema, name }) => `${quoted(schema)}.${quoted(name)}`;
