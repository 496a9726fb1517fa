/** Publishes the events of a batch: those of the mappings, and those of the outbox. */

import { PlatformError } from '../../error.js';
import { isObject } from '../../json.js';
import { pick, toChange } from '../change.js';

/** @import { LocalEvent } from '../../../index.js' */
/** @import { Broker } from '../../broker/broker.js' */
/** @import { Mapping } from '../mappings/mapping.js' */
/** @import { MappingRegistry } from '../mappings/registry.js' */
/** @import { Change } from '../change.js' */
/** @import { Batch, Entry, Transaction } from './transactions.js' */
/** @import { Pgoutput } from 'pg-logical-replication' */

/** Type of an event of the outbox that names none. */
const MESSAGE_TYPE = 'database.message';

export class EventPublisher {
  #broker;
  #registry;
  #prefixes;
  /** Numbers since the platform started. */
  counts = { transactions: 0, changes: 0, events: 0, refused: 0 };
  systemId = '';

  /** @param {Broker} broker @param {MappingRegistry} registry @param {readonly string[]} prefixes of the outbox */
  constructor(broker, registry, prefixes) {
    this.#broker = broker;
    this.#registry = registry;
    this.#prefixes = new Set(prefixes);
  }

  /** @param {Batch} batch */
  publish({ transaction, entries, endLsn }) {
    for (const { entry, n } of entries) this.#publishEntry(entry, n, transaction);
    this.counts.changes += entries.length;
    if (endLsn !== undefined) this.counts.transactions += 1;
  }

  /** @param {Entry} entry @param {number} n @param {Transaction} transaction */
  #publishEntry(entry, n, transaction) {
    if (entry.tag === 'truncate') return this.#reportTruncate(entry, transaction);
    const id = `pg:${this.systemId}:${transaction.commitLsn}:${n}`;
    if (entry.tag === 'message') return this.#publishMessage(entry, id, transaction);
    const { schema, name } = entry.relation;
    const mappings = this.#registry.of(schema, name);
    if (mappings.length === 0) return;
    const change = toChange(entry);
    for (const mapping of mappings) this.#publishChange(mapping, change, id, transaction);
  }

  /** @param {Mapping} mapping @param {Change} change @param {string} id @param {Transaction} transaction */
  #publishChange(mapping, change, id, transaction) {
    const payload = mapping.apply(change);
    if (payload === undefined) return;
    const event = {
      // The client drops repeated IDs, and each mapping has an event of its own.
      id: mapping.ordinal === 0 ? id : `${id}.${mapping.ordinal}`,
      topic: mapping.topic,
      source: /** @type {const} */ ('database'),
      type: `database.${change.operation}`,
      payload,
      metadata: metadataOf(mapping, change, transaction),
    };
    mapping.events += 1;
    mapping.lastEventAt = transaction.timestamp;
    this.#send(event, `an event of the table ${change.table}`);
  }

  /** @param {Pgoutput.MessageMessage} message @param {string} id @param {Transaction} transaction */
  #publishMessage({ prefix, content }, id, { commitLsn, timestamp, transactionId }) {
    if (!this.#prefixes.has(prefix)) return;
    const what = `a message of the outbox '${prefix}'`;
    const message = parseJson(content);
    if (!isObject(message)) {
      this.#refuse(what, 'Its text is not a JSON object: pass one with `topic` to pg_logical_emit_message().');
      return;
    }
    const metadata = { timestamp, ...(isObject(message.metadata) && message.metadata), commitLsn, transactionId };
    const event = { id, type: MESSAGE_TYPE, ...message, metadata };
    try {
      this.#broker.publish(/** @type {any} */ (event));
      this.counts.events += 1;
    } catch (error) {
      this.#refuse(what, error);
    }
  }

  /** All rows are gone, and no event says which: a subscriber must read the table again. */
  /** @param {Pgoutput.MessageTruncate} message @param {Transaction} transaction */
  #reportTruncate({ relations }, { timestamp }) {
    const mappings = relations.flatMap(({ schema, name }) => this.#registry.of(schema, name));
    const topics = mappings.filter(({ definition }) => definition.events.has('delete')).map(({ topic }) => topic);
    if (topics.length === 0) return;
    const reason = `TRUNCATE of ${relations.map(({ name }) => name).join(', ')}`;
    this.#broker.gap({ topics: [...new Set(topics)], since: timestamp, reason });
  }

  /** @param {LocalEvent} event @param {string} what */
  #send(event, what) {
    try {
      this.#broker.release(event);
      this.counts.events += 1;
    } catch (error) {
      this.#refuse(what, error);
    }
  }

  /** @param {string} what @param {unknown} reason */
  #refuse(what, reason) {
    this.counts.refused += 1;
    this.#broker.refusals.add(what, reason instanceof PlatformError ? reason.message : reason);
  }
}

/** @param {Mapping} mapping @param {Change} change @param {Transaction} transaction */
function metadataOf({ table }, change, { timestamp, commitLsn, transactionId }) {
  const { operation, row, old, changed, unchanged } = change;
  const columns = table?.key ?? [];
  const key = columns.length > 0 ? pick(row, columns) : undefined;
  /** @type {LocalEvent['metadata']} */
  const metadata = { timestamp, table: change.table, operation, schema: change.schema, key, commitLsn, transactionId };
  if (changed !== undefined) metadata.changed = changed;
  if (unchanged !== undefined) metadata.unchanged = unchanged;
  if (operation === 'update' && old !== undefined && columns.some((column) => old[column] !== row[column])) {
    metadata.oldKey = pick(old, columns);
  }
  return metadata;
}

/** @param {Uint8Array} content */
function parseJson(content) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}
