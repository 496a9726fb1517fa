/**
 * What waits to be sent to subscribers. The stream is read as fast as the slowest of them; one that
 * takes nothing for a while is disconnected, and its client reports a gap.
 */

import { setTimeout as wait } from 'node:timers/promises';

/** @import { Broker } from '../../broker/broker.js' */
/** @import { Connection } from '../../broker/connection.js' */

/** Bytes of events between two looks at the connections. */
const LOOK_EVERY = 256 * 1024;
/** Bytes that may wait for a connection before the stream pauses. */
const HIGH = 1_000_000;
/** How long a connection may take nothing while the stream waits for it, in ms. */
const STALLED_AFTER = 10_000;
const MIN_POLL = 1;
const MAX_POLL = 50;

export class Backlog {
  #broker;
  #stalledAfter;
  #unseen = 0;

  /** @param {Broker} broker @param {{ stalledAfter?: number }} [limits] in ms */
  constructor(broker, { stalledAfter = STALLED_AFTER } = {}) {
    this.#broker = broker;
    this.#stalledAfter = stalledAfter;
  }

  /**
   * Counts what was published. Resolves when there is room for more; undefined if there is now.
   *
   * @param {number} bytes of the changes in the stream
   * @returns {Promise<void> | undefined}
   */
  add(bytes) {
    this.#unseen += bytes;
    if (this.#unseen < LOOK_EVERY) return undefined;
    this.#unseen = 0;
    return this.#over(HIGH).length > 0 || this.#broker.waiting > HIGH ? this.relieve(HIGH) : undefined;
  }

  /**
   * Resolves when no connection has more than this to send.
   *
   * @param {number} bytes
   * @param {AbortSignal} [signal] resolves at once
   */
  async relieve(bytes, signal) {
    /** @type {Map<Connection, { least: number, since: number }>} */
    const progress = new Map();
    let pause = MIN_POLL;
    for (let full = this.#over(bytes); full.length > 0 && !signal?.aborted; full = this.#over(bytes)) {
      for (const connection of full) this.#watch(connection, progress);
      await wait(pause);
      pause = Math.min(MAX_POLL, pause * 2);
    }
    // Other processes have their own backlogs. What waits for them is in this one.
    while (bytes > 0 && this.#broker.waiting > bytes && !signal?.aborted) await wait(MAX_POLL);
  }

  /**
   * @param {Connection} connection
   * @param {Map<Connection, { least: number, since: number }>} progress
   */
  #watch(connection, progress) {
    const size = connection.link.backlog();
    const seen = progress.get(connection);
    if (seen === undefined || size < seen.least) {
      progress.set(connection, { least: size, since: Date.now() });
    } else if (Date.now() - seen.since > this.#stalledAfter) {
      this.#broker.refusals.add(`further events for '${connection.identity.sub}'`, 'It takes none: disconnected.');
      connection.link.drop();
      progress.delete(connection);
    }
  }

  /** @param {number} bytes */
  #over(bytes) {
    // A muted link is a fault of the test's: its peer is meant to wait.
    return this.#broker.connections.all.filter(({ link }) => !link.isMuted() && link.backlog() > bytes);
  }
}
