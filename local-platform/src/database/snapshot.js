/**
 * Snapshots: the rows of a mapping's table at a position of the log, so that a subscriber who adds
 * the later events to them misses nothing. As lines of JSON:
 *
 *     {"lsn":"0/16B3747","topic":"order.changed","key":["id"]}
 *     {"id":1,"status":"open"}            the payload of an insert of the row, for each row
 *     {"end":true,"rows":1}
 *
 * An event is in the snapshot exactly if its `metadata.commitLsn` is not greater than `lsn`.
 */

import { randomBytes } from 'node:crypto';
import { PlatformError } from '../error.js';
import { Semaphore } from '../webhooks/semaphore.js';
import { qualified, quoted } from './catalogue.js';
import { formatLsn, parseLsn } from './lsn.js';
import { refusalOf } from './problems.js';
import { decoderOf } from './values/types.js';

/** @import { Client, FieldDef } from 'pg' */
/** @import { Writable } from 'node:stream' */
/** @import { Address } from './address.js' */
/** @import { Mapping } from './mappings/mapping.js' */
/** @import { Row } from './change.js' */

/** Snapshots at the same time: each needs two connections and, for a moment, a slot. */
const AT_ONCE = 4;
/** Rows in memory at a time. */
const FETCH = 500;
/** How long the position may take, in ms: the database first waits for transactions that are open. */
const POSITION_TIMEOUT = 30_000;

export class Snapshots {
  #address;
  #semaphore = new Semaphore(AT_ONCE);

  /** @param {Address} address */
  constructor(address) {
    this.#address = address;
  }

  /**
   * Writes a snapshot, and ends the output. Resolves early if the output is closed.
   *
   * @param {Mapping} mapping
   * @param {Writable & { headersSent?: boolean }} output
   * @param {() => void} begin called before the first line, when nothing can fail any more
   * @throws {PlatformError} before the first line; a later failure destroys the output
   */
  async write(mapping, output, begin) {
    return this.#semaphore.run(async () => {
      if (output.destroyed) return;
      const { default: pg } = await import('pg');
      const types = { getTypeParser: () => (/** @type {string} */ text) => text };
      const reader = new pg.Client({ ...this.#address.config, types });
      let hasBegun = false;
      // A reader that went away needs no rows.
      const stop = () => void reader.end().catch(() => {});
      reader.on('error', () => {});
      output.on('close', stop);
      try {
        await reader.connect();
        const lsn = await this.#enter(reader, pg.Client);
        await declareCursor(reader, mapping);
        const first = await fetchRows(reader);
        begin();
        hasBegun = true;
        output.write(`${JSON.stringify({ lsn, topic: mapping.topic, key: mapping.table?.key ?? [] })}\n`);
        await writeRows(reader, mapping, output, first);
      } catch (error) {
        if (output.destroyed) return;
        if (!hasBegun) throw refusalOf(error, this.#address);
        // Without its last line the client knows that the snapshot is not whole.
        output.destroy();
      } finally {
        output.off('close', stop);
        await reader.end().catch(() => {});
      }
    });
  }

  /**
   * Lets a connection see the database at one position.
   *
   * @param {Client} reader
   * @param {typeof Client} PgClient
   * @returns {Promise<string>} the position
   */
  async #enter(reader, PgClient) {
    const config = /** @type {import('pg').ClientConfig} */ ({ ...this.#address.config, replication: 'database' });
    const creator = new PgClient(config);
    creator.on('error', () => {});
    try {
      await creator.connect();
      const name = `realtime_snapshot_${randomBytes(6).toString('hex')}`;
      const slot = await within(
        creator.query(`CREATE_REPLICATION_SLOT "${name}" TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`),
        creator,
      );
      const { consistent_point: position, snapshot_name: snapshot } = slot.rows[0];
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await reader.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
      // Rows that a policy hides would be missing without a sign.
      await reader.query('SET LOCAL row_security = off');
      // A commit that begins at the position is not in the snapshot; commits begin at multiples of 8.
      return formatLsn(parseLsn(position) - 1n);
    } finally {
      // The slot goes with its connection, and holds no log back while the rows are read.
      await creator.end().catch(() => {});
    }
  }
}

/**
 * @template T
 * @param {Promise<T>} query
 * @param {Client} client
 * @returns {Promise<T>}
 */
async function within(query, client) {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void client.end().catch(() => {});
  }, POSITION_TIMEOUT);
  try {
    return await query;
  } catch (error) {
    if (!isLate) throw error;
    throw new PlatformError(
      'UnavailableError',
      `A snapshot waits for the transactions that are open when it begins, and one was open for ${POSITION_TIMEOUT / 1000} s. ` +
        'Find it: SELECT pid, xact_start, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start;',
    );
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Client} reader @param {Mapping} mapping */
async function declareCursor(reader, { table }) {
  if (table === undefined) throw new PlatformError('UnavailableError', 'The mapping is not live yet.');
  const columns = table.columns.filter(({ generated }) => !generated).map(({ name }) => quoted(name));
  await reader.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${qualified(table)}`);
}

/** @typedef {{ rows: (string | null)[][], fields: FieldDef[] }} Page */

/** @param {Client} reader @returns {Promise<Page>} */
async function fetchRows(reader) {
  return reader.query({ text: `FETCH ${FETCH} FROM rows`, rowMode: 'array' });
}

/** @param {Client} reader @param {Mapping} mapping @param {Writable} output @param {Page} first */
async function writeRows(reader, mapping, output, first) {
  const decoders = first.fields.map(({ name, dataTypeID }) => ({ name, decode: decoderOf(dataTypeID) }));
  let count = 0;
  for (let page = first; page.rows.length > 0; page = await fetchRows(reader)) {
    let text = '';
    for (const values of page.rows) {
      const payload = mapping.applyToRow(toRow(values, decoders));
      if (payload === undefined) continue;
      text += `${JSON.stringify(payload)}\n`;
      count += 1;
    }
    if (output.destroyed) return;
    if (!output.write(text)) await drained(output);
  }
  output.end(`${JSON.stringify({ end: true, rows: count })}\n`);
}

/** Resolves when an output has room again, or is closed. @param {Writable} output @returns {Promise<void>} */
function drained(output) {
  return new Promise((resolve) => {
    const done = () => {
      output.off('drain', done).off('close', done);
      resolve();
    };
    output.on('drain', done).on('close', done);
  });
}

/** @param {(string | null)[]} values @param {{ name: string, decode: (text: string) => unknown }[]} decoders @returns {Row} */
function toRow(values, decoders) {
  const row = Object.create(null);
  decoders.forEach(({ name, decode }, index) => {
    const text = values[index];
    row[name] = text === null ? null : decode(text);
  });
  return row;
}
