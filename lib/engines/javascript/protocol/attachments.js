/**
 * Assembles a binary packet from its text and its attachments, which follow as one binary message
 * each.
 */

import { asBytes } from '#host';
import { own } from '../../../own.js';
import { DecodeError } from './decode-error.js';

/** The most attachments that one packet may announce. */
const MAX_ATTACHMENTS = 64;
const ATTACHMENT_COUNT = new DecodeError(`binary packet must announce 1 to ${MAX_ATTACHMENTS} attachments`);
const ATTACHMENT_MISSING = new DecodeError('packet although the one before waits for attachments');
const ATTACHMENT_UNEXPECTED = new DecodeError('binary message although no packet waits for attachments');

/**
 * A binary packet with all its attachments. A placeholder's `num` is an index into their list.
 *
 * @typedef {{ kind: 'assembled', text: string, attachments: Uint8Array[] }} Assembled
 */

/** Collects the attachments of at most one packet at a time. */
class Assembler {
  #maxBytes;
  /** @type {{ packet: Assembled, missing: number, room: number } | undefined} */
  #pending;
  /** Whether to skip binary messages without a packet, because their cause was reported already. */
  #skipping = false;

  /**
   * An assembler that accepts up to `maxBytes` for all attachments of one packet.
   *
   * @param {number} maxBytes
   */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Starts a packet that announces `count` attachments. Throws a {@link DecodeError}, also where the
   * previous packet is incomplete.
   *
   * @param {string} text
   * @param {number} count
   */
  begin(text, count) {
    if (this.isPending()) throw ATTACHMENT_MISSING;
    this.#skipping = !(count > 0 && count <= MAX_ATTACHMENTS);
    if (this.#skipping) throw ATTACHMENT_COUNT;
    this.#pending = { packet: { kind: 'assembled', text, attachments: [] }, missing: count, room: this.#maxBytes };
  }

  /**
   * Adds the next attachment. Returns the packet if this was its last one. Throws a
   * {@link DecodeError}; the caller must then drop the packet with {@link skip}.
   *
   * @param {Uint8Array} attachment
   * @returns {Assembled | undefined}
   */
  push(attachment) {
    const pending = this.#pending;
    if (pending === undefined) {
      if (this.#skipping) return undefined;
      this.#skipping = true;
      throw ATTACHMENT_UNEXPECTED;
    }
    if (attachment.length > pending.room)
      throw new DecodeError(
        `attachments of one packet exceed ${this.#maxBytes} bytes (maxMessageBytes)`,
        'MESSAGE_TOO_LARGE',
      );
    pending.room -= attachment.length;
    pending.packet.attachments.push(attachment);
    pending.missing -= 1;
    if (pending.missing > 0) return undefined;
    this.#pending = undefined;
    return pending.packet;
  }

  /** Whether a packet waits for attachments. */
  isPending() {
    return this.#pending !== undefined;
  }

  /**
   * Drops the waiting packet and returns its text. Attachments that still arrive for it are skipped
   * without an error, until the next packet with attachments.
   */
  skip() {
    const text = this.#pending?.packet.text;
    this.#skipping = true;
    this.#pending = undefined;
    return text;
  }
}

/**
 * Puts attachments where their placeholders are: `{ "_placeholder": true, "num": n }`.
 *
 * @template {object} Event
 * @param {Event} event changed in place
 * @param {readonly Uint8Array[]} attachments
 * @returns {Event}
 */
function restoreAttachments(event, attachments) {
  // Not recursive: the server decides how deep an event is.
  /** @type {any[]} */
  const pending = [event];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const key of Object.keys(parent)) {
      const value = parent[key];
      if (typeof value !== 'object' || value === null) continue;
      const bytes = own(value, '_placeholder') === true ? attachments[own(value, 'num')] : undefined;
      if (bytes instanceof Uint8Array) parent[key] = asBytes(bytes);
      else pending.push(value);
    }
  }
  return event;
}

export { Assembler, ATTACHMENT_COUNT, ATTACHMENT_MISSING, ATTACHMENT_UNEXPECTED, restoreAttachments };
