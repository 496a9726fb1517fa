/**
 * Makes transactions of the messages of a stream. Postgres sends a transaction only after it was
 * committed, from its begin to its commit without any other in between. Pure.
 *
 * A transaction comes out in one batch. One that is larger than a limit comes in several, so that
 * its size does not decide how much memory is needed.
 */

import { normalizeLsn } from '../lsn.js';

/** @import { Pgoutput } from 'pg-logical-replication' */
/** @import { Message } from './pgoutput.js' */
/** @typedef {Pgoutput.MessageInsert | Pgoutput.MessageUpdate | Pgoutput.MessageDelete | Pgoutput.MessageTruncate | Pgoutput.MessageMessage} Entry */
/** @typedef {{ commitLsn: string, timestamp: number, transactionId: number }} Transaction `timestamp`: of the commit, Unix ms */
/**
 * @typedef {object} Batch
 * @property {Transaction} transaction
 * @property {{ entry: Entry, n: number }[]} entries `n`: the place in the transaction, from 0
 * @property {number} bytes
 * @property {string} [endLsn] the position behind the transaction, if this batch is its last
 */

export const MAX_ENTRIES = 5_000;
export const MAX_BYTES = 8_000_000;

export class Transactions {
  /** @type {Batch | undefined} */
  #open;
  #n = 0;
  #limits;

  /** @param {{ entries: number, bytes: number }} [limits] of a batch */
  constructor(limits = { entries: MAX_ENTRIES, bytes: MAX_BYTES }) {
    this.#limits = limits;
  }

  /** Whether a transaction has begun that has not ended. */
  get isOpen() {
    return this.#open !== undefined;
  }

  /**
   * @param {Message} message
   * @returns {Batch | undefined} what is complete with this message
   */
  push(message) {
    switch (message.tag) {
      case 'begin':
        this.#n = 0;
        this.#open = emptyBatch({
          commitLsn: normalizeLsn(message.commitLsn ?? '0/0'),
          timestamp: Math.trunc(Number(message.commitTime) / 1000),
          // The parser reads it with a sign.
          transactionId: message.xid >>> 0,
        });
        return undefined;
      case 'insert':
      case 'update':
      case 'delete':
      case 'truncate':
      case 'message':
        return this.#add(message);
      case 'commit':
        return this.#end(normalizeLsn(message.commitEndLsn ?? '0/0'));
      default:
        // Relations, types and origins: the plugin remembers what they say.
        return undefined;
    }
  }

  /** @param {Entry & { bytes: number }} message */
  #add(message) {
    const batch = this.#open;
    // A message outside of a transaction may have been rolled back.
    if (batch === undefined || (message.tag === 'message' && !message.transactional)) return undefined;
    batch.entries.push({ entry: message, n: this.#n });
    batch.bytes += message.bytes;
    this.#n += 1;
    if (batch.entries.length < this.#limits.entries && batch.bytes < this.#limits.bytes) return undefined;
    this.#open = emptyBatch(batch.transaction);
    return batch;
  }

  /** @param {string} endLsn */
  #end(endLsn) {
    const batch = this.#open;
    this.#open = undefined;
    return batch && { ...batch, endLsn };
  }
}

/** @param {Transaction} transaction @returns {Batch} */
const emptyBatch = (transaction) => ({ transaction, entries: [], bytes: 0 });
