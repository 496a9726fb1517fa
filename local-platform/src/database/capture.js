/**
 * Change data capture: the connection to the database, its replication slot and its publications.
 * Whatever happens to the database, the platform goes on and connects again. A `ChangeStream` reads
 * the slot and publishes the events.
 *
 * | slot | after a lost connection | after the end of the process |
 * |---|---|---|
 * | temporary (default) | a new slot, and a gap | Postgres removes it |
 * | kept (`keepSlot`) | continues where it was | stays: the next platform continues |
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '../error.js';
import { formatLsn, parseLsn } from './lsn.js';
import { explain, requireServer } from './problems.js';
import { ChangeStream } from './stream/change-stream.js';
import { Publication } from './stream/publication.js';
import { requireSlot, whatSlotWaitsFor } from './stream/slot.js';

/** @import { Client } from 'pg' */
/** @import { DatabaseState } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Address } from './address.js' */
/** @import { MappingRegistry } from './mappings/registry.js' */

/** Delay before the first new attempt, and the upper limit of further ones, in ms. */
const MIN_DELAY = 100;
const MAX_DELAY = 5_000;
/** How long the start of the platform waits for the database, in ms. */
const START_TIMEOUT = 10_000;
/**
 * A new slot waits for every transaction that is running. After this time, in ms, this is a
 * problem.
 */
const SLOT_PATIENCE = 2_000;
/** Limit of a query of ours, in ms: the catalogue answers in less than one. */
const QUERY_TIMEOUT = 60_000;
const IS_IN_USE = '55006';
const SLOT_LOST =
  'the replication slot was lost: Postgres removed changes that were not read yet. Raise max_slot_wal_keep_size';

const SERVER = `
  SELECT current_setting('wal_level') AS level, current_setting('server_version_num')::int AS version,
    pg_current_wal_insert_lsn() AS position`;

export class Capture {
  #address;
  #broker;
  #keepSlot;
  #stream;
  #onConnected;
  /** @type {Client | undefined} */
  #control;
  #stop = new AbortController();
  /** @type {Promise<void> | undefined} */
  #running;
  /** @type {DatabaseState} */
  state = 'connecting';
  /** Why it does not stream. @type {string | undefined} */
  problem = undefined;
  #attempts = 0;

  /**
   * @param {object} parts
   * @param {Address} parts.address
   * @param {Broker} parts.broker
   * @param {MappingRegistry} parts.registry
   * @param {string | undefined} parts.keepSlot the name of a slot that stays
   * @param {readonly string[]} parts.outbox
   * @param {(client: Client, publication: Publication) => Promise<void>} parts.onConnected publishes the tables
   */
  constructor({ address, broker, registry, keepSlot, outbox, onConnected }) {
    this.#address = address;
    this.#broker = broker;
    this.#keepSlot = keepSlot !== undefined;
    this.publication = new Publication(keepSlot ?? Publication.temporaryName(randomBytes(6).toString('hex')));
    this.#stream = new ChangeStream({ broker, registry, outbox, signal: this.#stop.signal });
    this.#onConnected = onConnected;
  }

  /** Resolves when the first attempt has succeeded or failed, or takes too long. */
  async start() {
    /** @type {(value?: void) => void} */
    let attempted = () => {};
    const first = new Promise((/** @type {(value?: void) => void} */ resolve) => {
      attempted = resolve;
    });
    this.#running = this.#run(attempted);
    await Promise.race([
      first,
      wait(START_TIMEOUT, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {}),
    ]);
  }

  /** Ends the stream, and removes the slot and the publications unless they are to be kept. */
  async close() {
    this.#stop.abort();
    if (this.state === 'streaming') await this.#stream.finish();
    // An attempt to connect ends at once.
    else await this.#disconnect();
    await this.#running;
    this.#setState('closed', undefined);
  }

  /**
   * The connection for queries.
   *
   * @returns {Client}
   * @throws {PlatformError} `UnavailableError`
   */
  get client() {
    if (this.#control === undefined || this.state !== 'streaming') {
      throw new PlatformError(
        'UnavailableError',
        `The database is not available. ${this.problem ?? 'Try again later.'}`,
      );
    }
    return this.#control;
  }

  /**
   * Resolves when the events of everything that was committed before this call were published.
   *
   * @param {AbortSignal} signal
   */
  async caughtUp(signal) {
    for (let hasPassed = false; !hasPassed; ) {
      await this.#broker.until(() => this.state === 'streaming', signal);
      hasPassed = await this.#sendMarker(signal);
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<boolean>} whether the marker arrived */
  async #sendMarker(signal) {
    try {
      return await this.#stream.sendMarker(this.client, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The connection is gone, and the stream is about to notice it, too.
      this.#stream.interrupt(/** @type {Error} */ (error));
      await this.#broker.until(() => this.state !== 'streaming', signal);
      return false;
    }
  }

  /**
   * @returns {Promise<{ lagBytes?: number, walStatus?: string }>} what the database says of the stream
   */
  async measure() {
    const { rows } = await this.client.query(
      `SELECT wal_status, pg_current_wal_lsn() AS current FROM pg_replication_slots WHERE slot_name = $1`,
      [this.publication.all],
    );
    if (rows.length === 0) return {};
    const lag = parseLsn(rows[0].current) - this.#stream.handedOver;
    return { walStatus: rows[0].wal_status, lagBytes: lag > 0n ? Number(lag) : 0 };
  }

  describe() {
    const position = (/** @type {bigint | undefined} */ lsn) => (lsn ? formatLsn(lsn) : undefined);
    return {
      state: this.state,
      problem: this.problem,
      address: this.#address.label,
      slot: this.publication.all,
      publications: this.publication.names,
      keepSlot: this.#keepSlot,
      handedOver: position(this.#stream.handedOver),
      acknowledged: position(this.#stream.acknowledged),
      ...this.#stream.counts,
    };
  }

  /** @param {() => void} attempted */
  async #run(attempted) {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const failure = await this.#connect(attempted).then(
        (replication) => {
          attempted();
          return replication.ended;
        },
        (error) => error,
      );
      if (signal.aborted) await this.#removePublications();
      await this.#disconnect();
      if (signal.aborted) break;
      this.#fail(failure);
      attempted();
      const delay = Math.min(MAX_DELAY, MIN_DELAY * 2 ** this.#attempts) * (0.5 + Math.random() / 2);
      this.#attempts += 1;
      await wait(delay, undefined, { signal, ref: false }).catch(() => {});
    }
    attempted();
  }

  /** @param {() => void} attempted called early if the slot has to wait */
  async #connect(attempted) {
    const [{ default: pg }, replicationLibrary] = await Promise.all([import('pg'), import('pg-logical-replication')]);
    const control = new pg.Client({ ...this.#address.config, query_timeout: QUERY_TIMEOUT });
    this.#control = control;
    // Without the connection for queries, mappings could not change: begin again.
    control.on('error', (error) => void this.#stream.interrupt(error));
    await control.connect();
    const { rows } = await control.query(SERVER);
    requireServer(rows[0].level, rows[0].version);
    if (!this.#keepSlot) await this.publication.removeAbandoned(control);
    await this.publication.create(control);
    await this.#onConnected(control, this.publication);
    const slot = { name: this.publication.all, temporary: !this.#keepSlot };
    const loss =
      this.#stream.checkHistory(parseLsn(rows[0].position)) ??
      (this.#keepSlot ? await this.#lossOfSlot(control) : this.#lossOfReconnect());
    const replication = this.#stream.connect(
      { pg, replication: replicationLibrary },
      { address: this.#address, slot, publications: this.publication.names },
    );
    if (this.#stop.signal.aborted) throw new Error('The platform was closed.');
    await this.#whileWaiting(control, attempted, replication.open(slot.name));
    if (loss) this.#stream.reportGap(loss);
    this.#attempts = 0;
    this.#setState('streaming', undefined);
    return replication;
  }

  /** @param {Client} control @returns {Promise<string | undefined>} why changes are missing */
  async #lossOfSlot(control) {
    const outcome = await requireSlot(control, this.publication.all);
    if (outcome === 'lost') return SLOT_LOST;
    return outcome === 'created' && this.#hasReadBefore ? 'the replication slot was removed' : undefined;
  }

  #lossOfReconnect() {
    return this.#hasReadBefore ? 'the connection to the database was lost' : undefined;
  }

  get #hasReadBefore() {
    return this.#stream.handedOver > 0n || this.#attempts > 0;
  }

  /** @param {Client} control @param {() => void} attempted @param {Promise<void>} opening */
  async #whileWaiting(control, attempted, opening) {
    const timer = setTimeout(async () => {
      this.#setState('connecting', `${this.#address.label}: ${await whatSlotWaitsFor(control)}`);
      attempted();
    }, SLOT_PATIENCE);
    try {
      await opening;
    } finally {
      clearTimeout(timer);
    }
  }

  async #removePublications() {
    if (this.#control && !this.#keepSlot) await this.publication.drop(this.#control).catch(() => {});
  }

  async #disconnect() {
    const control = this.#control;
    this.#control = undefined;
    await this.#stream.disconnect();
    // The server may be gone: it gets no time to say goodbye.
    control?.removeAllListeners('error').on('error', () => {});
    await control?.end().catch(() => {});
  }

  /** @param {unknown} error */
  #fail(error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    if (code === IS_IN_USE && this.#keepSlot) {
      this.#setState(
        'standby',
        `Another process reads the slot ${this.publication.all}; this one takes over when it ends.`,
      );
    } else {
      this.#setState('waiting', explain(error, this.#address));
    }
  }

  /** @param {DatabaseState} state @param {string | undefined} problem */
  #setState(state, problem) {
    if (state === this.state && problem === this.problem) return;
    this.state = state;
    this.problem = problem;
    const { activity } = this.#broker;
    if (activity.isWatched) activity.report({ type: 'database', state, ...(problem !== undefined && { problem }) });
    else if (problem !== undefined && state !== 'standby') warn(problem);
    this.#broker.checkWaiters();
  }
}

/**
 * Where nobody watches the activity, a problem must not pass in silence.
 *
 * @param {string} problem
 */
function warn(problem) {
  process.emitWarning(problem, { type: 'RealtimeWarning', code: 'DATABASE_UNAVAILABLE' });
}
