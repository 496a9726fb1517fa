/**
 * The codec: frames to meanings and back, the same for Socket.IO and the plain protocol.
 *
 * @import { Event } from '../../../engine.js'
 * @import { Handshake } from '../../protocol/engine-io.js'
 * @import { Refusal } from './refusal.js'
 */

import { Assembler } from '../../protocol/attachments.js';
import { DecodeError } from '../../protocol/decode-error.js';
import * as plain from './plain.js';
import * as socketIo from './socket-io.js';

/**
 * The meaning of a frame of the server:
 *
 * - `opened`: the Engine.IO handshake
 * - `joined`: the namespace is joined. Servers before Socket.IO 3 send no socket id.
 * - `named`: the server's id of this connection, on the plain protocol
 * - `refused`: the namespace is refused
 * - `disconnected`: the server ends the session on purpose
 * - `closed`: the server closes the transport
 * - `pong`: the answer to our application ping
 * - `pingAdmitted`: the server has opened the namespace of the application ping
 * - `event`: as `JSON.parse` returns it; `offset` is any JSON
 * - `subscribed`: `serverId` is the server's id of the subscription, see `server-ids.js`
 * - `failed`: the server reports a failure
 * - `acked`: the answer to one of our packets: its id and value, undefined where it has none.
 *   `serverId` is the value's `subscriptionId`, see `server-ids.js`.
 * - `binaryStarted`: the head of a binary packet; its attachments follow
 * - `ignored`: no action: unknown events, other namespaces
 *
 * @typedef {{ kind: 'opened', handshake: Handshake }
 *   | { kind: 'joined', socketId: string | undefined, pid: string | undefined }
 *   | { kind: 'named', socketId: string }
 *   | { kind: 'refused', refusal: Refusal }
 *   | { kind: 'ping', text: string }
 *   | { kind: 'event', event: Event, offset: unknown }
 *   | { kind: 'subscribed', serverId: string | undefined, topic: string | undefined }
 *   | { kind: 'failed', error: string | undefined, message: string | undefined, subscriptionId: string | undefined }
 *   | { kind: 'acked', id: number, payload: any, serverId: string | undefined }
 *   | { kind: 'disconnected' | 'closed' | 'pong' | 'pingAdmitted' | 'binaryStarted' | 'ignored' }} Incoming
 */

/** The codec of one link, with the binary packet whose attachments are still to come. */
class Codec {
  #isPlain;
  #assembler;

  /** @param {'socket.io' | 'ws'} protocol @param {number} maxMessageBytes */
  constructor(protocol, maxMessageBytes) {
    this.#isPlain = protocol === 'ws';
    this.#assembler = new Assembler(maxMessageBytes);
  }

  /** Reads a text frame. @param {string} text @returns {Incoming | DecodeError} */
  decode(text) {
    return attempt(this.#isPlain ? plain.decode : socketIo.decode, text, this.#assembler);
  }

  /** Reads a binary frame; returns the packet that it completes. @param {Uint8Array} attachment */
  attach(attachment) {
    return attempt(push, attachment, this.#assembler);
  }

  /**
   * Reads the text of a packet whose attachments are complete. They are not in their places yet,
   * see
   * `restoreAttachments`.
   *
   * @param {string} text
   * @returns {Incoming | DecodeError}
   */
  static decodeAssembled(text) {
    return attempt(socketIo.decodeAssembled, text, undefined);
  }

  /** The offset of an unreadable event, from the text of its packet. @param {string} text */
  offset(text) {
    return this.#isPlain ? undefined : socketIo.offset(text.replace(/^4/, ''));
  }

  awaitsAttachments() {
    return this.#assembler.isPending();
  }

  /** Drops the binary packet whose attachments are still to come, and returns its text. */
  skipAttachments() {
    return this.#assembler.skip();
  }

  /** Whether a frame is the answer to {@link join}, readable or not. @param {string} frame */
  static answersJoin(frame) {
    return /^4[04](?!\/)/.test(frame);
  }

  /** The id of the ack that the server expects for the event in a frame. @param {string} frame */
  awaitedAck(frame) {
    return this.#isPlain ? undefined : socketIo.awaitedAck(frame);
  }

  /** The same, for the text of a packet with attachments. @param {string} text */
  static awaitedAckOfBinary(text) {
    return socketIo.awaitedAckOf(text);
  }

  /** The ack of the event with this id. @param {number} id */
  static ack(id) {
    return `43${id}[]`;
  }

  /**
   * An event with one argument, a JSON text. On the plain protocol the argument is an object, and
   * there are no attachments.
   *
   * @param {string} name
   * @param {string} payload
   * @param {number | undefined} ack
   * @param {number} attachments
   */
  event(name, payload, ack, attachments) {
    return this.#isPlain ? plain.event(name, payload, ack) : socketIo.event(name, payload, ack, attachments);
  }

  /**
   * The request to join the namespace with these credentials (a JSON object).
   *
   * @param {string} credentials
   */
  join(credentials) {
    return this.#isPlain ? undefined : `40${credentials}`;
  }

  /** The last frame before the client closes the link on purpose. */
  farewell() {
    return this.#isPlain ? undefined : '41';
  }

  /** The answer to a ping. @param {string} text */
  static pong(text) {
    return `3${text}`;
  }

  /** The client's application ping: a message that every server answers. */
  ping() {
    return this.#isPlain ? plain.ping() : socketIo.ping();
  }

  /** Leaves the namespace of the application ping, which the server has opened. */
  static leavePingNamespace() {
    return socketIo.leavePingNamespace();
  }
}

/**
 * Returns what the decoder returns, or the {@link DecodeError} that it throws.
 *
 * @template T, A, B
 * @param {(message: A, assembler: B) => T} decode
 * @param {A} message
 * @param {B} assembler
 */
function attempt(decode, message, assembler) {
  try {
    return decode(message, assembler);
  } catch (problem) {
    if (problem instanceof DecodeError) return problem;
    throw problem;
  }
}

/** @param {Uint8Array} attachment @param {Assembler} assembler */
function push(attachment, assembler) {
  return assembler.push(attachment);
}

export { Codec };
