/** A message of `socketClient` on its way to the engine. */

import { invalidArgument } from '../errors/errors.js';
import { encode, isPlainJson } from '../requests/json.js';
import { extractAttachments } from './binary.js';
import { parseEventName, parsePublishOptions } from './names.js';

/** @import { PublishOptions } from '../../index.js' */
/** @import { EngineConfig } from '../engines/engine.js' */

/** The attachments of a message without bytes. @type {Uint8Array[]} */
const NO_BYTES = [];

class Outgoing {
  event;
  options;
  attachments;
  #data;

  /**
   * @param {string} at the method, for errors
   * @param {EngineConfig['protocol']} protocol
   * @param {string} event
   * @param {unknown} data
   * @param {PublishOptions | undefined} options
   */
  constructor(at, protocol, event, data, options) {
    this.event = parseEventName(event, at);
    this.options = parsePublishOptions(options, at);
    const isPlain = isPlainJson(data);
    const { value, attachments } = isPlain
      ? { value: data, attachments: NO_BYTES }
      : extractAttachments(data, `${at}data`);
    if (attachments.length > 0 && protocol === 'ws')
      throw invalidArgument(`${at}data`, "no Buffers with options.protocol 'ws', which carries JSON only", data);
    this.attachments = attachments;
    this.#data = isPlain ? JSON.stringify(data) : encode(value, `${at}data`);
  }

  /**
   * For the engine.
   *
   * @param {string} verb the name of the message on the wire
   * @param {{ channel: string } | { targetSocketId: string }} destination
   * @param {string} id
   * @param {Record<string, string>} [context] the metadata of a trace
   */
  message(verb, destination, id, context) {
    const { timeout, volatile, retry } = this.options;
    // By hand: spreading the destination into an object costs more than the rest of the message.
    const metadata = context ? `,"metadata":${JSON.stringify(context)}` : '';
    const head = `${JSON.stringify(destination).slice(0, -1)},"event":${JSON.stringify(this.event)},"id":"${id}"${metadata}`;
    const payload = `${head},"data":${this.#data}}`;
    return { event: verb, payload, attachments: this.attachments, timeout, volatile, retry };
  }
}

export { Outgoing };
