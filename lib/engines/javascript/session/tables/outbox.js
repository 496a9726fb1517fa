/**
 * Messages that wait to be sent, while offline or while the link accepts no more. Bounded by count,
 * bytes and age.
 *
 * @import { Message, OutboxLimits, Report } from '../session.js'
 */

import { utf8Length } from '#host';

/**
 * A message in the outbox.
 *
 * @typedef {object} Waiting
 * @property {number} id
 * @property {Message} outgoing
 * @property {number} bytes
 * @property {number} expires when it is too old to be sent
 * @property {boolean} uncertain whether it was sent before, without an answer
 */

/**
 * The queue, oldest first, and the sent messages that are sent again if no answer comes. The limits
 * hold for both together.
 */
class Outbox {
  #limits;
  /** @type {Waiting[]} */
  #queue = [];
  /** In the order of their ids, as they are sent. @type {Map<number, Waiting>} */
  #unanswered = new Map();
  #bytes = 0;

  /** @param {OutboxLimits} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /**
   * Appends a message, unless it would exceed a limit: then it returns the error.
   *
   * @param {number} now
   * @param {number} id
   * @param {Message} outgoing
   * @returns {Report | undefined}
   */
  push(now, id, outgoing) {
    const { messages, bytes, age } = this.#limits;
    const message = { id, outgoing, bytes: lengthOf(outgoing), expires: now + age, uncertain: false };
    if (this.len() >= messages || this.#bytes + message.bytes > bytes)
      return {
        code: 'OUTBOX_FULL',
        message: `the message '${outgoing.event}' was not added: ${this.len()} messages of ${this.#bytes} bytes are waiting (limits: ${messages} messages, ${bytes} bytes)`,
      };
    this.#bytes += message.bytes;
    this.#queue.push(message);
    return undefined;
  }

  /** Removes the oldest message. */
  pop() {
    const message = this.#queue.shift();
    if (message) this.#bytes -= message.bytes;
    return message;
  }

  /**
   * A message that was popped is sent. The outbox keeps it if the user wants it sent again when no
   * answer comes.
   *
   * @param {Waiting} message
   */
  handleSent(message) {
    if (!message.outgoing.retry) return;
    message.uncertain = true;
    this.#bytes += message.bytes;
    this.#unanswered.set(message.id, message);
  }

  /** The answer has come, or its time is up: the message is not sent again. @param {number} id */
  forgetUnanswered(id) {
    this.#bytes -= this.#unanswered.get(id)?.bytes ?? 0;
    this.#unanswered.delete(id);
  }

  /** Puts the unanswered messages back at the front, in their order; returns their ids. */
  requeueUnanswered() {
    const ids = [...this.#unanswered.keys()];
    this.#queue = [...this.#unanswered.values(), ...this.#queue];
    this.#unanswered.clear();
    return ids;
  }

  /**
   * Removes one message that has waited too long.
   *
   * @param {number} now
   * @returns {{ message: Waiting, error: Report } | undefined}
   */
  expire(now) {
    const message = this.#queue[0];
    if (!(message?.expires <= now)) return undefined;
    this.pop();
    const text = `the message '${message.outgoing.event}' was not sent within ${this.#limits.age} ms`;
    return { message, error: { code: 'EXPIRED', message: text, uncertain: message.uncertain || undefined } };
  }

  deadline() {
    return this.#queue[0]?.expires;
  }

  /** Whether no message waits to be sent. */
  isClear() {
    return this.#queue.length === 0;
  }

  len() {
    return this.#queue.length + this.#unanswered.size;
  }

  bytes() {
    return this.#bytes;
  }
}

/** @param {Message} message */
function lengthOf({ event, payload, attachments }) {
  return attachments.reduce((length, bytes) => length + bytes.length, utf8Length(event) + utf8Length(payload));
}

export { Outbox };
