/** The replication slot that stays, and what a new slot waits for. */

import { createHash } from 'node:crypto';

/** @import { Client } from 'pg' */

/** A slot's name has 63 bytes at most, and its publications have a longer one. */
const MAX_NAME = 50;
const PREFIX = 'realtime_';

const SLOT = 'SELECT wal_status, restart_lsn IS NULL AS invalid FROM pg_replication_slots WHERE slot_name = $1';
const OLDEST = `
  SELECT pid, xact_start FROM pg_stat_activity
  WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1`;

/** A name that all platforms of an application share. @param {string} applicationId */
export function slotName(applicationId) {
  const plain = applicationId.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  if (plain === applicationId && plain.length <= MAX_NAME - PREFIX.length) return PREFIX + plain;
  const digest = createHash('sha256').update(applicationId).digest('hex').slice(0, 8);
  return `${PREFIX}${plain.slice(0, 30)}_${digest}`;
}

/**
 * Creates the slot if it is not there, and again if Postgres has removed what it needs.
 *
 * @param {Client} client
 * @param {string} name
 * @returns {Promise<'kept' | 'created' | 'lost'>}
 */
export async function requireSlot(client, name) {
  const { rows } = await client.query(SLOT, [name]);
  const isLost = rows.length > 0 && (rows[0].wal_status === 'lost' || rows[0].invalid);
  if (rows.length > 0 && !isLost) return 'kept';
  if (isLost) await client.query('SELECT pg_drop_replication_slot($1)', [name]);
  await client.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [name]);
  return isLost ? 'lost' : 'created';
}

/** Why a new slot is not there yet. @param {Client} client */
export async function whatSlotWaitsFor(client) {
  const { rows } = await client.query(OLDEST).catch(() => ({ rows: [] }));
  const [oldest] = rows;
  const end = oldest ? `, the oldest with pid ${oldest.pid}: SELECT pg_terminate_backend(${oldest.pid}); ends it` : '';
  return `the new slot waits for transactions that are open${end}.`;
}
