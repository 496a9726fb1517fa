/** The codec of one link, with the packet whose attachments are still to come. */

import { Assembler } from '../../../lib/engines/javascript/protocol/attachments.js';
import { attempt } from '../../../lib/engines/javascript/session/codec/codec.js';
import { plain } from '../../../lib/engines/javascript/session/codec/plain.js';
import {
  answersJoin,
  awaitedAckOf,
  decodeAssembled,
  socketIo,
} from '../../../lib/engines/javascript/session/codec/socket-io.js';

class Codec {
  #codec;
  #assembler;

  constructor(protocol, maxMessageBytes) {
    this.#codec = protocol === 'ws' ? plain : socketIo;
    this.#assembler = new Assembler(maxMessageBytes);
  }

  decode(text) {
    return attempt(() => this.#codec.decode(text, this.#assembler));
  }

  attach(attachment) {
    return attempt(() => this.#assembler.push(attachment));
  }

  static decodeAssembled(text) {
    return attempt(() => decodeAssembled(text));
  }

  static awaitedAckOfBinary(text) {
    return awaitedAckOf(text);
  }

  static answersJoin(frame) {
    return answersJoin(frame);
  }

  offset(text) {
    return this.#codec.offset(text);
  }

  awaitedAck(frame) {
    return this.#codec.awaitedAck(frame);
  }

  awaitsAttachments() {
    return this.#assembler.isPending();
  }

  skipAttachments() {
    return this.#assembler.skip();
  }

  event(...parts) {
    return this.#codec.event(...parts);
  }

  get farewell() {
    return this.#codec.farewell;
  }

  get ping() {
    return this.#codec.ping;
  }
}

export { Codec };
