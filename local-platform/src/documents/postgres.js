/**
 * Documents in a Postgres, which several platforms can share: the same revisions and conflicts as
 * in memory. A lock holds a document until its event is published, so its events have the order of
 * its revisions, whichever platform writes. The events are stored with the document in one
 * transaction. If a platform ends before it has published them, another one does.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { Address } from '../database/address.js';
import { explain } from '../database/problems.js';
import { invalid, PlatformError } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/** @import { Pool, PoolClient } from 'pg' */
/** @import { LocalDocument, LocalEvent } from '../../index.js' */
/** @import { Answer } from './idempotency.js' */
/** @import { Announce, Decide, DocumentStore } from './memory.js' */

/**
 * A transaction that several steps share: what is to be done after its commit, and its locks.
 *
 * @typedef {{ client: PoolClient, after: (() => Promise<void>)[], locks: string[] }} Transaction
 */

/**
 * The key has the bytes of the ID: Postgres has no NUL in texts, and the bytes define the order.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS realtime_documents (
    application text NOT NULL,
    service text NOT NULL,
    id bytea NOT NULL,
    revision bigint NOT NULL,
    deleted boolean NOT NULL,
    expires_at bigint,
    document text NOT NULL,
    events text,
    PRIMARY KEY (application, service, id)
  );
  CREATE INDEX IF NOT EXISTS realtime_documents_expiring ON realtime_documents (expires_at)
    WHERE expires_at IS NOT NULL AND NOT deleted;
  CREATE INDEX IF NOT EXISTS realtime_documents_unpublished ON realtime_documents (application)
    WHERE events IS NOT NULL;
  CREATE TABLE IF NOT EXISTS realtime_answers (
    application text NOT NULL,
    name text NOT NULL,
    answer text NOT NULL,
    time bigint NOT NULL,
    number bigserial,
    PRIMARY KEY (application, name)
  );
  CREATE INDEX IF NOT EXISTS realtime_answers_number ON realtime_answers (application, number);
`;
const KEY = 'application = $1 AND service = $2 AND id = $3';
const GET = `SELECT document, events FROM realtime_documents WHERE ${KEY}`;
const PUT = `
  INSERT INTO realtime_documents (application, service, id, revision, deleted, expires_at, document, events)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (application, service, id) DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted,
    expires_at = excluded.expires_at, document = excluded.document, events = excluded.events`;
const PUBLISHED = `UPDATE realtime_documents SET events = NULL WHERE ${KEY} AND events IS NOT NULL`;
const LIST = `
  SELECT document FROM realtime_documents
  WHERE application = $1 AND service = $2 AND id > $3 AND NOT deleted ORDER BY id LIMIT 100`;
const SERVICES =
  'SELECT DISTINCT service COLLATE "C" AS service FROM realtime_documents WHERE application = $1 ORDER BY 1';
const EXPIRING = `
  SELECT document FROM realtime_documents
  WHERE application = $1 AND expires_at <= $2 AND NOT deleted ORDER BY expires_at LIMIT 10000`;
const UNPUBLISHED = `
  SELECT service, id, document FROM realtime_documents WHERE application = $1 AND events IS NOT NULL LIMIT 1000`;
const ANSWER = 'SELECT answer FROM realtime_answers WHERE application = $1 AND name = $2 AND time > $3';
const REMEMBER = `
  INSERT INTO realtime_answers (application, name, answer, time) VALUES ($1, $2, $3, $4)
  ON CONFLICT (application, name) DO UPDATE SET answer = excluded.answer, time = excluded.time, number = excluded.number
  RETURNING number`;
const FORGET_OLDEST = 'DELETE FROM realtime_answers WHERE application = $1 AND number <= $2';
const FORGET = 'DELETE FROM realtime_answers WHERE time <= $1';
/** The first half of the names of our locks. */
const LOCKS = 'realtime documents';
const CONNECTIONS = 10;
/** How often the store looks for what other platforms have left, in ms. */
const SWEEP = 2_000;
/** Documents that expire until then are watched, in ms. */
const HORIZON = 2 * SWEEP;

/** @implements {DocumentStore} */
export class PostgresStore {
  #pool;
  #address;
  #application;
  /** The last write of each document in this process. @type {Map<string, Promise<unknown>>} */
  #queues = new Map();
  /** @type {AsyncLocalStorage<Transaction>} */
  #transaction = new AsyncLocalStorage();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #closed = false;

  /** @param {Pool} pool @param {Address} address @param {string} application */
  constructor(pool, address, application) {
    this.#pool = pool;
    this.#address = address;
    this.#application = application;
  }

  /**
   * @param {string} url
   * @param {string} application documents of other applications are apart
   * @throws {PlatformError} saying what to do
   */
  static async open(url, application) {
    const address = new Address(url);
    // Loaded on demand: most platforms keep their documents in memory.
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ ...address.config, max: CONNECTIONS, allowExitOnIdle: true });
    // A connection that is lost while nobody uses it. The next query reports the problem.
    pool.on('error', () => {});
    try {
      await createTables(pool);
    } catch (error) {
      await pool.end();
      const { code } = /** @type {{ code?: string }} */ (error);
      const advice =
        code === '42501' ? ' The role must be allowed to create tables: GRANT CREATE ON SCHEMA public.' : '';
      throw invalid(`options.documents: ${explain(error, address)}${advice}`);
    }
    return new PostgresStore(pool, address, application);
  }

  /** @param {string} service @param {string} id */
  async get(service, id) {
    const shared = this.#transaction.getStore();
    const rows = await this.#run(() => (shared?.client ?? this.#pool).query(GET, this.#key(service, id)));
    return decode(rows.rows[0]);
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {Decide} decide
   * @param {Announce} announce
   */
  change(service, id, decide, announce) {
    return this.#serially(JSON.stringify([service, id]), () =>
      this.#inTransaction((transaction) => this.#change(transaction, this.#key(service, id), decide, announce)),
    );
  }

  /** @param {string} service @param {string} [after] */
  async page(service, after = '') {
    const { rows } = await this.#run(() => this.#pool.query(LIST, this.#key(service, after)));
    return rows.map((row) => /** @type {LocalDocument} */ (decode(row)));
  }

  async services() {
    const { rows } = await this.#run(() => this.#pool.query(SERVICES, [this.#application]));
    return rows.map(({ service }) => service);
  }

  async expiring() {
    const until = Date.now() + HORIZON;
    const { rows } = await this.#run(() => this.#pool.query(EXPIRING, [this.#application, until]));
    return rows.map((row) => /** @type {LocalDocument} */ (decode(row)));
  }

  /**
   * Remembers an answer in the transaction of its write: either both are stored or neither is.
   *
   * @param {string} name
   * @param {() => Answer | Promise<Answer>} act
   * @returns {Promise<Answer>}
   */
  once(name, act) {
    return this.#serially(name, () =>
      this.#inTransaction(async (transaction) => {
        const { client } = transaction;
        await this.#lock(transaction, name);
        const since = Date.now() - LIMITS.idempotencyTime;
        const { rows } = await client.query(ANSWER, [this.#application, name, since]);
        if (rows.length > 0) return JSON.parse(rows[0].answer);
        const answer = await this.#transaction.run(transaction, async () => act());
        // Nothing of a write that failed is kept.
        if (answer.status >= 500) throw new Failed(answer);
        const row = [this.#application, name, JSON.stringify(answer), Date.now()];
        const { rows: remembered } = await client.query(REMEMBER, row);
        const newest = Number(remembered[0].number);
        await client.query(FORGET_OLDEST, [this.#application, newest - LIMITS.idempotencyKeys]);
        return answer;
      }),
    ).catch((error) => {
      if (error instanceof Failed) return error.answer;
      throw error;
    });
  }

  /**
   * Looks now and then for documents that will expire, and for events that a platform left behind
   * when it was killed.
   *
   * @param {(documents: LocalDocument[]) => void} watch
   * @param {Announce} announce
   */
  sweep(watch, announce) {
    const look = async () => {
      try {
        watch(await this.expiring());
        await this.#publishLeftovers(announce);
        await this.#pool.query(FORGET, [Date.now() - LIMITS.idempotencyTime]);
      } catch {
        // Postgres is away, which callers see in their requests. The next sweep finds the same.
      }
    };
    this.#timer = setInterval(look, SWEEP).unref();
  }

  async close() {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.allSettled(this.#queues.values());
    await this.#pool.end();
  }

  /**
   * @param {Transaction} transaction
   * @param {[application: string, service: string, id: Buffer]} key
   * @param {Decide} decide
   * @param {Announce} announce
   */
  async #change(transaction, key, decide, announce) {
    const { client, after } = transaction;
    const [, service, id] = key;
    await this.#lock(transaction, JSON.stringify([service, id.toString()]));
    const { rows } = await client.query(GET, key);
    const former = decode(rows[0]);
    const change = decide(former);
    const last = change.writes.at(-1);
    // What a platform that was killed has not published comes first.
    const left = eventsOf(rows[0]);
    const events = [...left, ...change.writes.map(({ event }) => event)];
    if (last) {
      const { revision, deleted = false, expiresAt = null } = last.document;
      const row = [revision, deleted, expiresAt, JSON.stringify(last.document), JSON.stringify(events)];
      await client.query(PUT, [...key, ...row]);
    }
    if (events.length > 0) {
      after.push(async () => {
        await announce(left.map((event) => ({ event })));
        await announce(change.writes);
        await client.query(PUBLISHED, key);
      });
    }
    return change;
  }

  /** @param {Announce} announce */
  async #publishLeftovers(announce) {
    const { rows } = await this.#pool.query(UNPUBLISHED, [this.#application]);
    for (const { service, id } of rows) {
      // The lock waits for a platform that is just publishing them. Then nothing is left.
      await this.change(service, id.toString(), () => ({ writes: [] }), announce);
    }
  }

  /**
   * Runs steps in a transaction, then what they want done after its commit, and releases their
   * locks at the end.
   *
   * @template T
   * @param {(transaction: Transaction) => Promise<T>} steps
   * @returns {Promise<T>}
   */
  async #inTransaction(steps) {
    const shared = this.#transaction.getStore();
    if (shared) return steps(shared);
    const client = await this.#run(() => this.#pool.connect());
    /** @type {Transaction} */
    const transaction = { client, after: [], locks: [] };
    /** @type {unknown} */
    let broken;
    try {
      await client.query('BEGIN');
      const result = await steps(transaction);
      await client.query('COMMIT');
      // What fails now is done by the next writer, or by the next look for what was left.
      for (const act of transaction.after) await act().catch(() => {});
      return result;
    } catch (error) {
      broken = error;
      await client.query('ROLLBACK').catch(() => {});
      throw this.#refusal(error);
    } finally {
      // A connection that failed is closed, and its locks end with it.
      const isHealthy = broken === undefined || broken instanceof PlatformError || broken instanceof Failed;
      if (isHealthy) await this.#unlock(transaction).catch(() => {});
      client.release(!isHealthy);
    }
  }

  /**
   * Until the end of the publication, across platforms.
   *
   * @param {Transaction} transaction
   * @param {string} name
   */
  async #lock({ client, locks }, name) {
    const lock = `${LOCKS} ${this.#application} ${name}`;
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lock]);
    locks.push(lock);
  }

  /** @param {Transaction} transaction */
  async #unlock({ client, locks }) {
    for (const lock of locks) await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [lock]);
  }

  /**
   * One after the other, in the order of the calls. The writes of a document need one connection.
   *
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  #serially(name, act) {
    const shared = this.#transaction.getStore();
    // The step of a transaction that has its turn already.
    if (shared) return act();
    if (this.#closed) return Promise.reject(new PlatformError('UnavailableError', 'The local platform was closed.'));
    const former = this.#queues.get(name) ?? Promise.resolve();
    const current = former.catch(() => {}).then(act);
    this.#queues.set(name, current);
    const forget = () => this.#queues.get(name) === current && this.#queues.delete(name);
    current.then(forget, forget);
    return current;
  }

  /** @param {string} service @param {string} id @returns {[string, string, Buffer]} */
  #key(service, id) {
    return [this.#application, service, Buffer.from(id)];
  }

  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} */
  async #run(act) {
    try {
      return await act();
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** @param {unknown} error */
  #refusal(error) {
    if (error instanceof PlatformError || error instanceof Failed) return error;
    const text = `The documents cannot be reached. ${explain(error, this.#address)}`;
    return new PlatformError('UnavailableError', text);
  }
}

/** An answer that must not be remembered. */
class Failed extends Error {
  /** @param {Answer} answer */
  constructor(answer) {
    super('The write failed.');
    this.answer = answer;
  }
}

/** Of two platforms that start at once, one creates the tables. @param {Pool} pool */
async function createTables(pool) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [LOCKS]);
    await client.query(SCHEMA);
    await client.query('COMMIT');
  } finally {
    client.release(true);
  }
}

/** @param {{ document: string } | undefined} row @returns {LocalDocument | undefined} */
const decode = (row) => (row === undefined ? undefined : JSON.parse(row.document));

/** @param {{ events?: string | null } | undefined} row @returns {LocalEvent[]} */
const eventsOf = (row) => JSON.parse(row?.events ?? '[]');
