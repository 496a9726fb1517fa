/**
 * A replication stream: its connection, and what it acknowledges. Acknowledging a position that was
 * not received would lose the changes before it, without an error: Postgres believes what it hears.
 */

import { formatLsn, parseLsn } from '../lsn.js';
import { createPlugin } from './pgoutput.js';

/** @import { LogicalReplicationService } from 'pg-logical-replication' */
/** @import { Address } from '../address.js' */
/** @import { Message, Slot } from './pgoutput.js' */

/** How often Postgres hears that this side lives, in ms. It ends a silent stream after 60 s. */
const STATUS_INTERVAL = 10_000;

/**
 * What the stream calls. `message` must not throw; the stream waits for its promise. `idle` is
 * called when everything before a position was handled; `began` before the first message.
 *
 * @typedef {object} Receiver
 * @property {(systemId: string) => void} began
 * @property {(message: Message) => Promise<void> | void} message
 * @property {(position: bigint) => void} idle
 */

export class Replication {
  #service;
  /** @type {ReturnType<typeof createPlugin>} */
  #plugin;
  #receiver;
  #handled = 0;
  #acknowledged = 0n;
  #received = 0n;
  #timer;
  /** @type {(reason: Error) => void} */
  #end = () => {};
  /** Resolves when the stream is over, with the reason. @type {Promise<Error>} */
  ended = new Promise((resolve) => {
    this.#end = resolve;
  });

  /**
   * @param {typeof import('pg-logical-replication')} library
   * @param {{ address: Address, slot: Slot, publications: readonly string[], receiver: Receiver }} options
   */
  constructor(library, { address, slot, publications, receiver }) {
    this.#receiver = receiver;
    // The service would acknowledge what it received, handled or not.
    const acknowledge = { auto: false, timeoutSeconds: /** @type {const} */ (0) };
    this.#service = new library.LogicalReplicationService(address.config, {
      acknowledge,
      flowControl: { enabled: true },
    });
    this.#plugin = createPlugin(library, {
      slot,
      publications,
      onBegin: ({ systemId }) => receiver.began(systemId),
    });
    this.#service.on('data', (_lsn, message) => this.#handle(message));
    this.#service.on('heartbeat', (lsn, _timestamp, shouldRespond) => this.#keepAlive(parseLsn(lsn), shouldRespond));
    this.#service.on('error', (error) => this.#end(error));
    this.#timer = setInterval(() => this.#sendStatus(), STATUS_INTERVAL);
    this.#timer.unref();
  }

  /** Begins the stream. Resolves when it runs. @param {string} slot */
  async open(slot) {
    const started = new Promise((/** @type {(value?: void) => void} */ resolve) =>
      this.#service.once('start', resolve),
    );
    const over = this.#service.subscribe(this.#plugin, slot, '0/0').then(
      () => new Error('The replication stream ended.'),
      (error) => error,
    );
    over.then((reason) => this.#end(reason));
    const failure = await Promise.race([started, this.ended]);
    if (failure) throw failure;
  }

  /** What Postgres heard last. */
  get acknowledged() {
    return this.#acknowledged;
  }

  /** Everything before this position has arrived. */
  get received() {
    return this.#received;
  }

  /** Acknowledges everything before a position that was received. @param {bigint} position */
  acknowledge(position) {
    if (position <= this.#acknowledged) return;
    this.#acknowledged = position;
    this.#sendStatus();
  }

  async close() {
    clearInterval(this.#timer);
    this.#end(new Error('The replication stream was closed.'));
    await this.#service.destroy().catch(() => {});
    // A late error of its connection must not end the process.
    this.#service.on('error', () => {});
  }

  /** @param {Message} message */
  #handle(message) {
    if (message.tag === 'commit' && message.commitEndLsn) this.#received = parseLsn(message.commitEndLsn);
    const pending = this.#receiver.message(message);
    if (pending === undefined) {
      this.#handled += 1;
      return undefined;
    }
    return pending.then(() => {
      this.#handled += 1;
    });
  }

  /**
   * A keepalive overtakes messages that wait for their turn: its position counts only if none does.
   *
   * @param {bigint} position
   * @param {boolean} shouldRespond
   */
  #keepAlive(position, shouldRespond) {
    if (this.#handled === this.#plugin.arrived) {
      if (position > this.#received) this.#received = position;
      this.#receiver.idle(position);
    }
    if (shouldRespond) this.#sendStatus();
  }

  #sendStatus() {
    if (this.#acknowledged === 0n) return;
    // The service adds one, as for the last byte of a message. This is the position behind it.
    void this.#service.acknowledge(formatLsn(this.#acknowledged - 1n));
  }
}
