/** A mapping with its versions, of which one is live. */

import { randomUUID } from 'node:crypto';
import { PlatformError } from '../../error.js';
import { hasChanged } from './condition.js';

/** @import { DatabaseMapping, DatabaseMappingVersion } from '../../../index.js' */
/** @import { Table } from '../catalogue.js' */
/** @import { Change, Row } from '../change.js' */
/** @import { Definition } from './definition.js' */
/** @typedef {{ version: number, definition: Definition, createdAt: number }} Version */

export class Mapping {
  #createdAt = Date.now();
  /** @type {Version[]} */
  #versions = [];
  /** @type {Version} */
  #live;
  /** @type {{ environment: string, version: number, at: number }[]} */
  #promotions = [];
  /** What the database says of the table: undefined until it was asked. @type {Table | undefined} */
  table = undefined;
  /** Why the mapping gives no events. @type {string | undefined} */
  problem = undefined;
  /** Number of its events so far, and the time of the latest, in ms. */
  events = 0;
  /** @type {number | undefined} */
  lastEventAt = undefined;

  /**
   * @param {Definition} definition
   * @param {number} ordinal its place among the mappings of the table: it becomes part of event IDs
   * @param {string} [id]
   */
  constructor(definition, ordinal, id = randomUUID()) {
    this.id = id;
    this.ordinal = ordinal;
    this.#live = this.add(definition);
  }

  /** What is live. */
  get definition() {
    return this.#live.definition;
  }

  get topic() {
    return this.definition.request.topic;
  }

  get isLive() {
    return this.table !== undefined && this.problem === undefined;
  }

  /** The newest version, live or not. */
  get latest() {
    return this.#versions[this.#versions.length - 1];
  }

  /** Adds a version, which is not live. @param {Definition} definition @returns {Version} */
  add(definition) {
    const version = { version: this.#versions.length + 1, definition, createdAt: Date.now() };
    this.#versions.push(version);
    return version;
  }

  /** @param {number} number @returns {Version} @throws {PlatformError} `NotFoundError` */
  find(number) {
    const version = this.#versions[number - 1];
    if (version === undefined) throw new PlatformError('NotFoundError', `The mapping has no version ${number}.`);
    return version;
  }

  /** Makes a version live. @param {Version} version @param {Table} table */
  activate(version, table) {
    this.#live = version;
    this.table = table;
    this.problem = undefined;
  }

  /** @param {string} environment */
  recordPromotion(environment) {
    this.#promotions.push({ environment, version: this.#live.version, at: Date.now() });
  }

  /**
   * The payload of a change's event, or undefined if the mapping wants no event of it.
   *
   * @param {Change} change
   */
  apply(change) {
    const { events, condition, request, template } = this.definition;
    if (!events.has(change.operation)) return undefined;
    const { triggerColumns } = request;
    if (triggerColumns && !triggerColumns.some((column) => hasChanged(change, column))) return undefined;
    return condition.holds(change) ? template.fill(change) : undefined;
  }

  /**
   * The payload that an insert of a row would have, for snapshots: also where the mapping does not
   * want inserts. Undefined if `when` excludes the row.
   *
   * @param {Row} row
   */
  applyToRow(row) {
    const { condition, template, table } = this.definition;
    const { schema, name } = table;
    /** @type {Change} */
    const change = {
      operation: 'insert',
      schema,
      table: name,
      row,
      old: undefined,
      changed: undefined,
      unchanged: undefined,
    };
    return condition.holds(change) ? template.fill(change) : undefined;
  }

  /** @returns {DatabaseMappingVersion[]} */
  get versions() {
    return this.#versions.map((version) => this.describeVersion(version));
  }

  /** @param {Version} version @returns {DatabaseMappingVersion} */
  describeVersion({ version, definition: { request }, createdAt }) {
    return { version, live: version === this.#live.version, ...request, createdAt };
  }

  /** @returns {DatabaseMapping} */
  describe() {
    const { version, definition } = this.#live;
    return {
      id: this.id,
      ...definition.request,
      events: [...definition.events],
      version,
      state: this.isLive ? 'live' : this.problem === undefined ? 'pending' : 'failed',
      ...(this.problem !== undefined && { problem: this.problem }),
      ...(this.#promotions.length > 0 && { promotions: [...this.#promotions] }),
      createdAt: this.#createdAt,
    };
  }
}
