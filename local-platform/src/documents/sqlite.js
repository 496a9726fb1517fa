/**
 * Documents in a SQLite file. A write that was answered survives the process, even if it is killed:
 * it is in the write-ahead log before `change` returns. A power failure can lose the last writes,
 * because the store does not wait for the disk.
 */

import { invalid } from '../error.js';

/** @import { Database } from 'libsql' */
/** @import { LocalDocument } from '../../index.js' */
/** @import { Announce, Decide, DocumentStore } from './memory.js' */

/**
 * The key has the bytes of the ID, since SQLite cuts text at a NUL, and the bytes define the order.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS documents (
    service TEXT NOT NULL,
    id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    expires_at INTEGER,
    document TEXT NOT NULL,
    PRIMARY KEY (service, id)
  );
  CREATE INDEX IF NOT EXISTS expiring ON documents (expires_at) WHERE expires_at IS NOT NULL AND NOT deleted;
`;
const GET = 'SELECT document FROM documents WHERE service = ? AND id = ?';
const PUT = `
  INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted,
    expires_at = excluded.expires_at, document = excluded.document
  WHERE revision = excluded.revision - 1`;
const LIST = 'SELECT document FROM documents WHERE service = ? AND id > ? AND NOT deleted ORDER BY id LIMIT 20';
const SERVICES = 'SELECT DISTINCT service FROM documents ORDER BY service';
const EXPIRING = 'SELECT document FROM documents WHERE expires_at IS NOT NULL AND NOT deleted';
/** How long to wait for another process that writes to the file, in ms. */
const BUSY_TIMEOUT = 2_000;

/** @implements {DocumentStore} */
export class SqliteStore {
  #database;
  #get;
  #put;
  #list;

  /** @param {Database} database */
  constructor(database) {
    this.#database = database;
    this.#get = database.prepare(GET).raw();
    this.#put = database.prepare(PUT);
    this.#list = database.prepare(LIST).raw();
  }

  /**
   * @param {string} file
   * @throws {PlatformError} if the file cannot be opened or is not a SQLite file
   */
  static async open(file) {
    try {
      // Loaded on demand: the binary is large, and not available for every platform.
      const { default: Database } = await import('libsql');
      const database = new Database(file, { timeout: BUSY_TIMEOUT });
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.exec(SCHEMA);
      return new SqliteStore(database);
    } catch (error) {
      throw invalid(`options.data: SQLite cannot use the file '${file}': ${messageOf(error)}.`);
    }
  }

  /** @param {string} service @param {string} id */
  get(service, id) {
    const row = this.#get.get(service, Buffer.from(id));
    return row === undefined ? undefined : decode(row);
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {Decide} decide
   * @param {Announce} announce
   */
  change(service, id, decide, announce) {
    const change = decide(this.get(service, id));
    for (const write of change.writes) {
      this.put(write.document);
      announce([write]);
    }
    return change;
  }

  /** @param {LocalDocument} document */
  put(document) {
    const { service, id, revision, deleted = false, expiresAt = null } = document;
    const row = [service, Buffer.from(id), revision, Number(deleted), expiresAt, JSON.stringify(document)];
    if (this.#put.run(...row).changes !== 1) {
      throw new Error('Another platform writes to the same data file. Give each platform its own file.');
    }
  }

  /** @param {string} service @returns {LocalDocument[]} */
  page(service, after = '') {
    return this.#list.all(service, Buffer.from(after)).map(decode);
  }

  /** @returns {string[]} */
  services() {
    return this.#database.prepare(SERVICES).pluck().all().map(String);
  }

  /** @returns {LocalDocument[]} */
  expiring() {
    return this.#database.prepare(EXPIRING).raw().all().map(decode);
  }

  /** Moves the log into the file, so that the file alone has all documents. */
  close() {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }
}

/** @param {unknown} row @returns {LocalDocument} */
const decode = (row) => JSON.parse(/** @type {[string]} */ (row)[0]);

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
