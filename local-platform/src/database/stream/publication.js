/**
 * The publications: which tables the stream has. Two, since a table whose rows nothing identifies
 * could not be updated any more if its updates were published.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '../../error.js';
import { hasIdentity, qualified, quoted } from '../catalogue.js';

/** @import { ClientBase } from 'pg' */
/** @import { Table } from '../catalogue.js' */
/** @typedef {Pick<ClientBase, 'query'>} Queries */

/** Prefix of the publications of a platform that removes them when it stops. */
const TEMPORARY = 'realtime_tmp_';
/** Identifies our advisory locks, by their first half. */
const LOCK = 0x7265_616c;
/** How long a new mapping waits for transactions that may have written to its table before, in ms. */
const MAX_WAIT = 30_000;
const POLL_INTERVAL = 20;

const WRITERS = `
  SELECT DISTINCT writer.transactionid::text AS xid, writer.pid
  FROM pg_locks writer JOIN pg_locks held ON held.virtualtransaction = writer.virtualtransaction
  WHERE writer.locktype = 'transactionid' AND writer.mode = 'ExclusiveLock' AND writer.granted
    AND writer.pid IS DISTINCT FROM pg_backend_pid()
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

export class Publication {
  /** @param {string} name also of the slot */
  constructor(name) {
    this.all = name;
    this.inserts = `${name}_inserts`;
  }

  get names() {
    return [this.all, this.inserts];
  }

  /** Makes what is missing. @param {Queries} client */
  async create(client) {
    const { rows } = await client.query('SELECT pubname FROM pg_publication WHERE pubname = ANY($1)', [this.names]);
    const existing = rows.map(({ pubname }) => pubname);
    const create = async (/** @type {string} */ name, /** @type {string} */ operations) => {
      if (existing.includes(name)) return;
      const settings = `publish = '${operations}', publish_via_partition_root = true`;
      await client.query(`CREATE PUBLICATION ${quoted(name)} WITH (${settings})`);
    };
    await create(this.all, 'insert, update, delete, truncate');
    await create(this.inserts, 'insert, truncate');
  }

  /**
   * Adds a table. When this resolves, the stream has every change of the table that is committed
   * from now on: also those of transactions that had begun before.
   *
   * @param {Queries} client
   * @param {Table} table
   * @param {{ waits: boolean }} [how] `waits`: for transactions that have begun before, which a new
   *   slot does anyway
   */
  async add(client, table, { waits } = { waits: true }) {
    const name = hasIdentity(table) ? this.all : this.inserts;
    const { rows } = await client.query(
      `SELECT 1 FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1 AND r.prrelid = $2`,
      [name, table.oid],
    );
    if (rows.length > 0) return;
    await client.query(`ALTER PUBLICATION ${quoted(name)} ADD TABLE ${qualified(table)}`);
    if (!waits) return;
    try {
      await waitForWriters(client, table);
    } catch (error) {
      await this.remove(client, table);
      throw error;
    }
  }

  /** @param {Queries} client @param {{ schema: string, name: string }} table */
  async remove(client, table) {
    const { rows } = await client.query(
      'SELECT pubname FROM pg_publication_tables WHERE pubname = ANY($1) AND schemaname = $2 AND tablename = $3',
      [this.names, table.schema, table.name],
    );
    for (const { pubname } of rows) {
      await client.query(`ALTER PUBLICATION ${quoted(pubname)} DROP TABLE ${qualified(table)}`);
    }
  }

  /** @param {Queries} client */
  async drop(client) {
    await client.query(`DROP PUBLICATION IF EXISTS ${this.names.map(quoted).join(', ')}`);
  }

  /**
   * Marks the publications as in use until the client's connection ends, and removes those of
   * platforms that were killed.
   *
   * @param {Queries} client
   */
  async removeAbandoned(client) {
    const lock = (/** @type {string} */ how) => `SELECT ${how}(${LOCK}, hashtext($1)) AS locked`;
    await client.query(lock('pg_advisory_lock'), [this.all]);
    const { rows } = await client.query(
      `SELECT pubname FROM pg_publication p JOIN pg_roles r ON r.oid = p.pubowner
       WHERE starts_with(pubname, $1) AND pubname NOT LIKE '%inserts' AND pg_has_role(r.oid, 'USAGE')`,
      [TEMPORARY],
    );
    for (const { pubname } of rows) {
      if (pubname === this.all) continue;
      const { rows: tried } = await client.query(lock('pg_try_advisory_lock'), [pubname]);
      if (!tried[0].locked) continue;
      await new Publication(pubname).drop(client);
      await client.query(lock('pg_advisory_unlock'), [pubname]);
    }
  }

  /** A name for a platform that removes everything again. @param {string} id */
  static temporaryName(id) {
    return TEMPORARY + id;
  }
}

/**
 * Waits until no transaction is left that may have written to the table before it was published:
 * Postgres would send only the part of its changes that came after.
 *
 * @param {Queries} client
 * @param {Table} table
 */
async function waitForWriters(client, table) {
  const running = async () => (await client.query(WRITERS)).rows;
  const until = Date.now() + MAX_WAIT;
  let writers = await running();
  while (writers.length > 0) {
    await wait(POLL_INTERVAL);
    const current = await running();
    const stillThere = new Set(current.map(({ xid }) => xid));
    writers = writers.filter(({ xid }) => stillThere.has(xid));
    if (writers.length > 0 && Date.now() > until) throw stillWriting(writers, table);
  }
}

/** @param {{ pid: number | null }[]} writers @param {Table} table */
function stillWriting(writers, table) {
  const pids = writers.flatMap(({ pid }) => pid ?? []);
  const end = pids.length > 0 ? `Run: SELECT pg_terminate_backend(${pids[0]}); or commit it` : 'See pg_prepared_xacts';
  return new PlatformError(
    'ConflictError',
    `A transaction has been open for more than ${MAX_WAIT / 1000} s that may have written to ${qualified(table)}. ` +
      `${end}, then try again.`,
  );
}
