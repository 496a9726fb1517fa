/**
 * Keeps mappings and tables together: a table may be created, dropped or changed at any time, by
 * anybody.
 */

import { PlatformError } from '../../error.js';
import { describeTable, qualified } from '../catalogue.js';
import { refusalOf } from '../problems.js';
import { checkMapping } from './check.js';

/** @import { Client } from 'pg' */
/** @import { Broker } from '../../broker/broker.js' */
/** @import { Address } from '../address.js' */
/** @import { Table } from '../catalogue.js' */
/** @import { Publication } from '../stream/publication.js' */
/** @import { Definition } from './definition.js' */
/** @import { Mapping } from './mapping.js' */
/** @import { MappingRegistry } from './registry.js' */

/** How often the tables are compared, in ms: while a mapping has a problem, and otherwise. */
export const RECHECK_INTERVAL = 1_000;
export const INSPECT_INTERVAL = 5_000;

export class Upkeep {
  #broker;
  #registry;
  #address;
  /** Since when a mapping gives no events, Unix ms. @type {WeakMap<Mapping, number>} */
  #brokenSince = new WeakMap();

  /** @param {Broker} broker @param {MappingRegistry} registry @param {Address} address */
  constructor(broker, registry, address) {
    this.#broker = broker;
    this.#registry = registry;
    this.#address = address;
  }

  /**
   * Compares every mapping with its table.
   *
   * @param {Client} client
   * @param {Publication} publication
   * @param {boolean} waits for transactions that have begun before
   */
  async run(client, publication, waits) {
    for (const mapping of this.#registry.all) {
      const former = mapping.table;
      try {
        mapping.table = await publish(client, publication, mapping.definition, { waits });
        mapping.problem = undefined;
        this.#reportMended(mapping, former);
      } catch (error) {
        // Without the connection there is nothing to say about the mapping.
        if (!(error instanceof PlatformError) && !isAnswer(error)) throw error;
        this.#reportBroken(mapping, former, refusalOf(error, this.#address).message);
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
    const reason = isOther ? 'the table was created again' : 'the mapping works again';
    this.#broker.gap({ topics: [mapping.topic], since: since ?? Date.now() - INSPECT_INTERVAL, reason });
  }

  /** @param {Mapping} mapping @param {Table | undefined} former @param {string} problem */
  #reportBroken(mapping, former, problem) {
    if (!this.#brokenSince.has(mapping)) this.#brokenSince.set(mapping, Date.now() - INSPECT_INTERVAL);
    const what = `the mapping of ${qualified(mapping.definition.table)} to '${mapping.topic}'`;
    const isDropped = former !== undefined && problem.startsWith('table: the database has no');
    const text = isDropped ? `${problem} It was dropped.` : problem;
    if (mapping.problem === text) return;
    mapping.problem = text;
    this.#broker.refusals.add(what, text);
    if (!this.#broker.activity.isWatched) {
      process.emitWarning(`${what}: ${text}`, { type: 'RealtimeWarning', code: 'MAPPING_FAILED' });
    }
  }
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
export async function publish(client, publication, definition, how) {
  const table = await describeTable(client, definition.table);
  checkMapping(definition, table);
  await publication.add(client, table, how);
  return table;
}

/**
 * Whether the database answered with an error, and the connection is still there.
 *
 * @param {unknown} error
 */
const isAnswer = (error) => /** @type {{ severity?: string }} */ (error).severity === 'ERROR';
