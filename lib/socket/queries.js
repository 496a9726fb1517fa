/** What `socketClient` asks over REST: about channels and connections, and to broadcast. */

import * as values from '../options/values.js';
import { CHANNELS, CONNECTIONS, MEMBERS, SENT } from './answers.js';

/** @import { ChannelMember } from '../../index.js' */
/** @import { Expectation, Rest } from '../requests/rest.js' */

/** In milliseconds. */
const TIMEOUT = 10_000;

class SocketQueries {
  #rest;

  /** @param {Rest} rest */
  constructor(rest) {
    this.#rest = rest;
  }

  channels() {
    return this.#ask('/api/socket/channels', CHANNELS);
  }

  /** @param {string} channel @returns {Promise<ChannelMember[]>} */
  members(channel) {
    const at = 'SocketClient.members(): channel';
    return this.#ask(`/api/socket/channels/${values.segment(values.channel(channel, at), at)}/members`, MEMBERS);
  }

  connections() {
    return this.#ask('/api/socket/connections', CONNECTIONS);
  }

  /** @param {string} body JSON @param {Record<string, string>} [metadata] that travels with the message */
  broadcast(body, metadata) {
    return this.#ask('/api/socket/broadcast', SENT, body, metadata);
  }

  /**
   * @param {string} path
   * @param {Expectation} expected
   * @param {string} [body] of a POST
   * @param {Record<string, string>} [metadata]
   */
  #ask(path, expected, body, metadata) {
    const isQuestion = body === undefined;
    const options = { body, timeout: TIMEOUT, repeatable: isQuestion, expected, metadata };
    return this.#rest.request(isQuestion ? 'GET' : 'POST', path, options);
  }
}

export { SocketQueries };
