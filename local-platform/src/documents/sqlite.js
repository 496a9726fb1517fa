/**
 * Documents in a SQLite file. A write that was answered outlives the process, also one that is killed: it is in the
 * write-ahead log before `put` returns. Only a power cut may take the last ones, because nothing waits for the disk.
 */

import { invalid } from '../error.js';

/** The key is the id's bytes: SQLite cuts text at a NUL, and bytes are what the order is defined on. */
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
const EXPIRING = 'SELECT document FROM documents WHERE expires_at IS NOT NULL AND NOT deleted';
/** Milliseconds to wait for another process that is writing. */
const PATIENCE = 2_000;

/** The same interface as the store in memory. */
export class SqliteStore {
  #database;
  #get;
  #put;
  #list;

  constructor(database) {
    this.#database = database;
    this.#get = database.prepare(GET).raw();
    this.#put = database.prepare(PUT);
    this.#list = database.prepare(LIST).raw();
  }

  /** @throws {PlatformError} when the file cannot be opened or is none of SQLite's */
  static async open(file) {
    try {
      // Loaded only when wanted: the binary is large, and does not exist for every platform.
      const { default: Database } = await import('libsql');
      const database = new Database(file, { timeout: PATIENCE });
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.exec(SCHEMA);
      return new SqliteStore(database);
    } catch (error) {
      throw invalid(`options.data: SQLite cannot use the file '${file}': ${error.message}.`);
    }
  }

  get(service, id) {
    return decode(this.#get.get(service, Buffer.from(id)));
  }

  put(document) {
    const { service, id, revision, deleted = false, expiresAt = null } = document;
    const row = [service, Buffer.from(id), revision, Number(deleted), expiresAt, JSON.stringify(document)];
    if (this.#put.run(...row).changes !== 1) {
      throw new Error('Two platforms write to one data file: a revision appeared in between. Give each its own file.');
    }
  }

  *list(service, after = '') {
    for (;;) {
      const documents = this.#list.all(service, Buffer.from(after)).map(decode);
      if (documents.length === 0) return;
      yield* documents;
      after = documents.at(-1).id;
    }
  }

  *expiring() {
    yield* this.#database.prepare(EXPIRING).raw().all().map(decode);
  }

  /** Moves the log into the file, so that the file alone is the whole of it. */
  close() {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }
}

const decode = (row) => row && JSON.parse(row[0]);
