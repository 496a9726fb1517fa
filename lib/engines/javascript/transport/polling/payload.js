/**
 * A body of long-polling: a sequence of Engine.IO packets. A packet is decoded as soon as it is
 * complete, and its size is bounded. So a body of any length needs the memory of one packet.
 */

import { utf8Length } from '#host';
import { tooLarge, violated } from '../failure.js';
import { sizeOf } from '../websocket.js';

/** @typedef {string | Uint8Array} Frame */

const SEPARATOR = '\x1e';
/** A packet that only ends a poll. */
const NOOP = '6';
/** How many bytes become characters at once: arguments of one call. */
const CHUNK = 8192;

/** The packets of a body that arrives in pieces. */
export class Payload {
  /** The beginning of a packet. */
  #begun = '';
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
    const packets = (typeof piece === 'string' ? piece : this.#text(piece)).split(SEPARATOR);
    const last = packets.pop() ?? '';
    for (const packet of packets) {
      const whole = this.#begun + packet;
      this.#begun = '';
      yield* this.#decode(whole);
    }
    this.#begun += last;
    this.#check(this.#begun);
  }

  /** The last packet, once the body is complete. */
  *end() {
    this.#begun += this.#text();
    if (this.#begun !== '') yield* this.#decode(this.#begun);
  }

  /** Without bytes, the end of the text. @param {Uint8Array} [bytes] */
  #text(bytes) {
    try {
      return this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw broken('it is not valid UTF-8');
    }
  }

  /** @param {string} packet @returns {Generator<Frame>} */
  *#decode(packet) {
    this.#check(packet);
    if (packet === NOOP) return;
    if (!/^[0-6b]/.test(packet)) throw broken('it holds something else than Engine.IO packets');
    yield packet[0] === 'b' ? fromBase64(packet.slice(1)) : packet;
  }

  /** @param {string} packet */
  #check(packet) {
    const size =
      packet[0] === 'b' ? Math.floor((packet.replace(/=+$/, '').length - 1) * 0.75) : sizeOf(packet, this.#limit);
    if (size > this.#limit) throw tooLarge(size, this.#limit);
  }
}

/** The loss by a body that cannot be read. @param {string} problem */
function broken(problem) {
  return violated(`the server sent a long-polling body that cannot be read: ${problem}`);
}

/** @param {string} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw broken('it holds invalid base64');
  }
}

/** A packet in a body. @param {Frame} frame */
export function encode(frame) {
  if (typeof frame === 'string') return frame;
  let binary = '';
  for (let at = 0; at < frame.length; at += CHUNK) binary += String.fromCharCode(...frame.subarray(at, at + CHUNK));
  return `b${btoa(binary)}`;
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
  return queue.splice(0, count).map(encode).join(SEPARATOR);
}
