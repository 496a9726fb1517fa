/**
 * A body of long-polling: a sequence of Engine.IO packets. A packet is decoded as soon as it is
 * complete, and its size is bounded. So a body of any length needs the memory of one packet.
 */

import { utf8Length } from '#host';
import { decodeElement, encodeElement, SEPARATOR } from '../../protocol/payload.js';
import { tooLarge, violated } from '../failure.js';

/** @typedef {string | Uint8Array} Frame */

/** A packet that only ends a poll. */
const NOOP = '6';

/** The packets of a body that arrives in pieces. */
export class Payload {
  /**
   * The pieces of a packet that has begun, and their size. They are joined once.
   *
   * @type {string[]}
   */
  #begun = [];
  #size = 0;
  #decoder = new TextDecoder('utf-8', { fatal: true });
  #limit;

  /** @param {number} maxMessageBytes */
  constructor(maxMessageBytes) {
    this.#limit = maxMessageBytes;
  }

  /**
   * The packets that this piece completes, in the form that a WebSocket brings.
   *
   * @param {string | Uint8Array} piece
   * @throws {import('../transport.js').Loss} behind the packets before the one at fault
   */
  *push(piece) {
    const parts = (typeof piece === 'string' ? piece : this.#text(piece)).split(SEPARATOR);
    for (const [at, part] of parts.entries()) {
      if (at > 0) yield* this.#take();
      this.#add(part);
    }
  }

  /** The last packet, once the body is complete. */
  *end() {
    this.#add(this.#text());
    if (this.#size > 0) yield* this.#take();
  }

  /** Without bytes, the end of the text. @param {Uint8Array} [bytes] */
  #text(bytes) {
    try {
      return this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw broken('it is not valid UTF-8');
    }
  }

  /** @param {string} part */
  #add(part) {
    if (part === '') return;
    this.#begun.push(part);
    this.#size += utf8Length(part);
    const isBinary = this.#begun[0][0] === 'b';
    const padding = /=*$/.exec(this.#begun.slice(-2).join('').slice(-2))?.[0].length ?? 0;
    const size = isBinary ? Math.floor((this.#size - 1) / 4) * 3 - padding : this.#size;
    if (size > this.#limit) throw tooLarge(size, this.#limit);
  }

  /** @returns {Generator<Frame>} */
  *#take() {
    const packet = this.#begun.join('');
    this.#begun = [];
    this.#size = 0;
    if (packet === NOOP) return;
    let frame;
    try {
      frame = decodeElement(packet);
    } catch (error) {
      throw broken(/** @type {Error} */ (error).message);
    }
    yield frame;
  }
}

/** The loss by a body that cannot be read. @param {string} problem */
function broken(problem) {
  return violated(`the server sent a long-polling body that cannot be read: ${problem}`);
}

/** The length of a packet in a body, with its separator. @param {Frame} frame */
export function encodedLength(frame) {
  return typeof frame === 'string' ? utf8Length(frame) + 1 : Math.ceil(frame.length / 3) * 4 + 2;
}

/**
 * Removes as many packets as fit into one request, and at least one.
 *
 * @param {Frame[]} queue
 * @param {number} maxBytes
 * @param {number} maxPackets
 */
export function takeBody(queue, maxBytes, maxPackets) {
  let length = 0;
  let count = 0;
  for (const frame of queue.slice(0, maxPackets)) {
    length += encodedLength(frame);
    // The last packet has no separator.
    if (count > 0 && length - 1 > maxBytes) break;
    count++;
  }
  return queue.splice(0, count).map(encodeElement).join(SEPARATOR);
}
