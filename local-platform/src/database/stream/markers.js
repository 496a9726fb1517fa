/**
 * Messages that a platform sends to itself through the log: what arrived before them has arrived.
 */

import { randomUUID } from 'node:crypto';

/** @import { Client } from 'pg' */
/** @import { Entry } from './transactions.js' */

const PREFIX = 'realtime.marker';

export class Markers {
  /** Those on their way, by their text. @type {Map<string, (hasArrived: boolean) => void>} */
  #waiting = new Map();

  /**
   * Sends one.
   *
   * @param {Client} client
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it arrived; false if the stream ended before
   */
  async send(client, signal) {
    const text = randomUUID();
    /** @type {Promise<boolean>} */
    const arrived = new Promise((resolve, reject) => {
      this.#waiting.set(text, resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // The query may fail first.
    arrived.catch(() => {});
    try {
      await client.query('SELECT pg_logical_emit_message(true, $1, $2)', [PREFIX, text]);
      return await arrived;
    } finally {
      this.#waiting.delete(text);
    }
  }

  /** @param {Entry} entry of a transaction that was handed over */
  receive(entry) {
    if (entry.tag !== 'message' || entry.prefix !== PREFIX) return;
    this.#waiting.get(Buffer.from(entry.content).toString())?.(true);
  }

  /** The stream ended. */
  fail() {
    for (const resolve of this.#waiting.values()) resolve(false);
  }
}
