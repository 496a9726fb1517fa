/**
 * The acks that the server expects: it waits for the ack of an event, or sends the event again
 * until the ack comes.
 *
 * The client sends each ack without arguments, whether it delivers the event or not: the ack says
 * that the event has come.
 */

import { Queue } from './queue.js';

/**
 * How many acks may wait for the link. A server that sends more events without reading gets no acks
 * for them, and sends them again.
 */
const MAX_OWED = 2 ** 18;

/** The ids of the events to acknowledge, oldest first. */
class OwedAcks {
  /** @type {Queue<number>} */
  #ids = new Queue();

  /** @param {number} id */
  push(id) {
    if (this.#ids.len() < MAX_OWED) this.#ids.push(id);
  }

  pop() {
    return this.#ids.shift();
  }
}

export { OwedAcks };
