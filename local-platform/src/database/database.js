/** The database of a platform: its mappings, their changes, and snapshots. */

import { createHash } from 'node:crypto';

import { invalid, PlatformError } from '../error.js';
import { inPlace } from '../seed/parse.js';
import { withDeadline } from '../waiting/deadline.js';
import { parseWait } from '../waiting/options.js';
import { duration } from '../waiting/report.js';
import { Semaphore } from '../webhooks/semaphore.js';
import { Address } from './address.js';
import { Capture } from './capture.js';
import { describeTable, qualified } from './catalogue.js';
import { checkMapping } from './mappings/check.js';
import { parseDefinition, parseRequest } from './mappings/definition.js';
import { MappingRegistry } from './mappings/registry.js';
import { refusalOf } from './problems.js';
import { Snapshots } from './snapshot.js';

/** @import { Client } from 'pg' */
/** @import { Writable } from 'node:stream' */
/** @import { DatabaseMapping, DatabaseMappingRequest, DatabaseStatus, LocalDatabase, WaitOptions } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Table } from './catalogue.js' */
/** @import { Definition } from './mappings/definition.js' */
/** @import { Mapping } from './mappings/mapping.js' */
/** @import { Publication } from './stream/publication.js' */

/**
 * @typedef {object} DatabaseOptions
 * @property {string} [database]
 * @property {boolean} keepSlot
 * @property {DatabaseMappingRequest[]} mappings
 * @property {string[]} outbox
 * @property {string} applicationId
 * @property {number} waitTimeout
 */

/** How often the tables of the mappings are looked at, in ms: while one has a problem, and otherwise. */
const RECHECK_INTERVAL = 1_000;
const INSPECT_INTERVAL = 5_000;
/** What a slot's name may be: https://www.postgresql.org/docs/current/warm-standby.html */
const MAX_SLOT_NAME = 50;

/** @implements {LocalDatabase} */
export class Database {
  #broker;
  #waitTimeout;
  #registry = new MappingRegistry();
  /** One change of the mappings at a time. */
  #exclusive = new Semaphore(1);
  /** @type {Capture | undefined} */
  #capture;
  /** @type {Snapshots | undefined} */
  #snapshots;
  /** @type {Address | undefined} */
  #address;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isClosed = false;
  /** Since when a mapping gives no events, Unix ms. @type {WeakMap<Mapping, number>} */
  #brokenSince = new WeakMap();

  /** @param {Broker} broker @param {DatabaseOptions} options @throws {PlatformError} naming the option */
  constructor(broker, { database, keepSlot, mappings, outbox, applicationId, waitTimeout }) {
    this.#broker = broker;
    this.#waitTimeout = waitTimeout;
    mappings.forEach((request, index) => {
      inPlace(`options.mappings[${index}]`, () => this.#addBroken(request));
    });
    if (database === undefined) {
      if (mappings.length > 0) throw invalid('options.mappings: need the option `database`, the URL of a Postgres.');
      if (keepSlot) throw invalid('options.keepSlot: needs the option `database`, the URL of a Postgres.');
      return;
    }
    this.#address = new Address(database);
    this.#snapshots = new Snapshots(this.#address);
    this.#capture = new Capture({
      address: this.#address,
      broker,
      registry: this.#registry,
      keepSlot: keepSlot ? slotName(applicationId) : undefined,
      outbox,
      onConnected: (client, publication) => this.#exclusive.run(() => this.#refresh(client, publication, keepSlot)),
    });
  }

  /** Resolves when the changes arrive, or a first attempt has failed. */
  async start() {
    await this.#capture?.start();
    if (this.#capture) this.#schedule();
  }

  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#capture?.close();
  }

  get mappings() {
    return this.#registry.all.map((mapping) => mapping.describe());
  }

  /** @param {string} id */
  get(id) {
    return this.#registry.find(id).describe();
  }

  /** @param {string} id */
  versions(id) {
    return this.#registry.find(id).versions;
  }

  /** @param {unknown} request @returns {Promise<DatabaseMapping>} */
  create(request) {
    return this.#change(async (client, publication) => {
      const { id, definition } = parseRequest(request);
      this.#registry.requireFree(id);
      const table = await this.#publish(client, publication, definition);
      const mapping = this.#registry.add(definition, id);
      mapping.activate(mapping.latest, table);
      return mapping;
    });
  }

  /** Changes some members at once, in a new version that is live. @param {string} id @param {unknown} changes */
  update(id, changes) {
    return this.#change(async (client, publication) => {
      const mapping = this.#registry.find(id);
      const definition = parseDefinition(changes, mapping.definition.request);
      const table = await this.#publish(client, publication, definition);
      const former = mapping.definition.table;
      mapping.activate(mapping.add(definition), table);
      await this.#unpublish(client, publication, former);
      return mapping;
    });
  }

  /** Adds a version that is not live before it is promoted. @param {string} id @param {unknown} changes */
  async addVersion(id, changes) {
    const mapping = this.#registry.find(id);
    const definition = parseDefinition(changes, mapping.latest.definition.request);
    await this.#change(async (client) => {
      checkMapping(definition, await describeTable(client, definition.table));
      return mapping;
    });
    return mapping.describeVersion(mapping.add(definition));
  }

  /** Makes a version live in an environment. @param {string} id @param {{ environment?: unknown, version?: unknown }} request */
  promote(id, { environment, version: number }) {
    return this.#change(async (client, publication) => {
      const mapping = this.#registry.find(id);
      if (typeof environment !== 'string' || environment === '') {
        throw invalid("environment: expected a name such as 'production'.");
      }
      if (number !== undefined && !Number.isInteger(number))
        throw invalid('version: expected the number of a version.');
      const version = number === undefined ? mapping.latest : mapping.find(Number(number));
      const table = await this.#publish(client, publication, version.definition);
      const former = mapping.definition.table;
      mapping.activate(version, table);
      mapping.recordPromotion(environment);
      await this.#unpublish(client, publication, former);
      return mapping;
    });
  }

  /** @param {string} id */
  async remove(id) {
    const mapping = this.#registry.find(id);
    const { table } = mapping.definition;
    this.#registry.remove(mapping);
    this.#broker.checkWaiters();
    // Without a connection, the next one publishes the tables that are left.
    if (this.#capture?.state === 'streaming') {
      await this.#exclusive
        .run(() => this.#unpublish(this.#required.client, this.#required.publication, table))
        .catch(() => {});
    }
    return mapping.describe();
  }

  /** @returns {Promise<DatabaseStatus>} */
  async status() {
    const capture = this.#required;
    await this.#inspect();
    const measured = capture.state === 'streaming' ? await capture.measure().catch(() => ({})) : {};
    const mappings = this.#registry.all.map((mapping) => ({
      id: mapping.id,
      topic: mapping.topic,
      table: mapping.definition.request.table,
      state: mapping.describe().state,
      ...(mapping.problem !== undefined && { problem: mapping.problem }),
      events: mapping.events,
      ...(mapping.lastEventAt !== undefined && { lastEventAt: mapping.lastEventAt }),
    }));
    return { ...capture.describe(), ...measured, mappings };
  }

  /** @param {WaitOptions} [options] */
  ready(options) {
    return withDeadline({
      method: 'LocalPlatform.database.ready()',
      caller: this.ready,
      parse: () => parseWait(options, this.#waitTimeout),
      run: async (signal) => {
        // What was created just now is found at once.
        if (this.#required.state === 'streaming') await this.#inspect();
        await this.#broker.until(() => this.#isReady, signal);
      },
      explain: ({ timeout }) => [`the changes did not arrive within ${duration(timeout)}.`, ...this.#problems],
    });
  }

  /** @param {WaitOptions} [options] */
  caughtUp(options) {
    return withDeadline({
      method: 'LocalPlatform.database.caughtUp()',
      caller: this.caughtUp,
      parse: () => parseWait(options, this.#waitTimeout),
      run: async (signal) => this.#required.caughtUp(signal),
      explain: ({ timeout }) => [`changes were still on their way after ${duration(timeout)}.`, ...this.#problems],
    });
  }

  /**
   * @param {string} id
   * @param {Writable} output
   * @param {() => void} begin
   */
  async snapshot(id, output, begin) {
    const mapping = this.#registry.find(id);
    if (!this.#snapshots || !mapping.isLive) {
      throw new PlatformError(
        'UnavailableError',
        `The mapping is not live. ${mapping.problem ?? this.#required.problem ?? ''}`.trim(),
      );
    }
    await this.#snapshots.write(mapping, output, begin);
  }

  get #required() {
    if (this.#capture) return this.#capture;
    throw new PlatformError(
      'UnavailableError',
      'This platform has no database. Start it with the option `database`, or --database, and the URL of a Postgres.',
    );
  }

  get #isReady() {
    return this.#required.state === 'streaming' && this.#registry.all.every(({ isLive }) => isLive);
  }

  /** @returns {string[]} */
  get #problems() {
    const mappings = this.#registry.all.flatMap(({ topic, problem }) =>
      problem ? `The mapping to '${topic}': ${problem}` : [],
    );
    return [...(this.#required.problem ? [this.#required.problem] : []), ...mappings];
  }

  /** A mapping whose table is not known yet. @param {unknown} request */
  #addBroken(request) {
    const { id, definition } = parseRequest(request);
    this.#registry.requireFree(id);
    this.#registry.add(definition, id);
  }

  /**
   * Changes mappings, one at a time, and only while the database can be asked.
   *
   * @param {(client: Client, publication: Publication) => Promise<Mapping>} act
   */
  async #change(act) {
    const capture = this.#required;
    return this.#exclusive.run(async () => {
      try {
        const mapping = await act(capture.client, capture.publication);
        this.#registry.refresh();
        this.#broker.checkWaiters();
        return mapping.describe();
      } catch (error) {
        throw refusalOf(error, /** @type {Address} */ (this.#address));
      }
    });
  }

  /**
   * Checks a mapping, and lets the stream have its table.
   *
   * @param {Client} client
   * @param {Publication} publication
   * @param {Definition} definition
   * @param {{ waits: boolean }} [how] whether to wait for transactions that have begun before
   * @returns {Promise<Table>}
   */
  async #publish(client, publication, definition, how) {
    const table = await describeTable(client, definition.table);
    checkMapping(definition, table);
    await publication.add(client, table, how);
    return table;
  }

  /** @param {Client} client @param {Publication} publication @param {{ schema: string, name: string }} table */
  async #unpublish(client, publication, table) {
    this.#registry.refresh();
    const isUsed = this.#registry.tables.some(({ schema, name }) => schema === table.schema && name === table.name);
    if (!isUsed) await publication.remove(client, table);
  }

  #schedule() {
    if (this.#isClosed) return;
    const isWhole = this.#registry.all.every(({ isLive }) => isLive);
    this.#timer = setTimeout(
      () => this.#inspect().finally(() => this.#schedule()),
      isWhole ? INSPECT_INTERVAL : RECHECK_INTERVAL,
    );
    this.#timer.unref();
  }

  async #inspect() {
    const capture = this.#required;
    if (capture.state !== 'streaming') return;
    await this.#exclusive
      .run(() => this.#refresh(capture.client, capture.publication, true))
      // The connection is gone: the capture notices it, too.
      .catch(() => {});
  }

  /**
   * Compares every mapping with its table: a table may be created, dropped or changed at any time.
   *
   * @param {Client} client
   * @param {Publication} publication
   * @param {boolean} waits for transactions that have begun before
   */
  async #refresh(client, publication, waits) {
    for (const mapping of this.#registry.all) {
      const former = mapping.table;
      try {
        mapping.table = await this.#publish(client, publication, mapping.definition, { waits });
        mapping.problem = undefined;
        this.#reportMended(mapping, former);
      } catch (error) {
        // Without the connection there is nothing to say about the mapping.
        if (!(error instanceof PlatformError) && !isAnswer(error)) throw error;
        this.#reportBroken(mapping, former, refusalOf(error, /** @type {Address} */ (this.#address)).message);
      }
    }
    this.#registry.refresh();
    this.#broker.checkWaiters();
  }

  /** @param {Mapping} mapping @param {Table | undefined} former */
  #reportMended(mapping, former) {
    const since = this.#brokenSince.get(mapping);
    const isOther = former !== undefined && former.oid !== mapping.table?.oid;
    if (since === undefined && !isOther) return;
    this.#brokenSince.delete(mapping);
    // Before the platform listens there is nobody to tell.
    const reason = isOther ? 'the table was created again' : 'the mapping works again';
    this.#broker.gap({ topics: [mapping.topic], since: since ?? Date.now() - INSPECT_INTERVAL, reason });
  }

  /** @param {Mapping} mapping @param {Table | undefined} former @param {string} problem */
  #reportBroken(mapping, former, problem) {
    if (!this.#brokenSince.has(mapping)) this.#brokenSince.set(mapping, Date.now() - INSPECT_INTERVAL);
    const what = `the mapping of ${qualified(mapping.definition.table)} to '${mapping.topic}'`;
    const text =
      former !== undefined && problem.startsWith('table: the database has no') ? `${problem} It was dropped.` : problem;
    if (mapping.problem === text) return;
    mapping.problem = text;
    this.#broker.refusals.add(what, text);
    if (!this.#broker.activity.isWatched) {
      process.emitWarning(`${what}: ${text}`, { type: 'RealtimeWarning', code: 'MAPPING_FAILED' });
    }
  }
}

/** Whether the database answered, with an error. @param {unknown} error */
const isAnswer = (error) => /^[0-9A-Z]{5}$/.test(/** @type {{ code?: string }} */ (error).code ?? '');

/** A name that two platforms of an application share. @param {string} applicationId */
function slotName(applicationId) {
  const plain = applicationId.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  if (plain === applicationId && plain.length <= MAX_SLOT_NAME - 'realtime_'.length) return `realtime_${plain}`;
  const digest = createHash('sha256').update(applicationId).digest('hex').slice(0, 8);
  return `realtime_${plain.slice(0, 30)}_${digest}`;
}
