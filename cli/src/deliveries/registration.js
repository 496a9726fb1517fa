/**
 * The endpoint at the platform that receives deliveries for this command. It is registered when the
 * command starts, and again when the platform forgets it, as a local platform does when it
 * restarts. It is removed when the command ends.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT } from '../exit-codes.js';
import { call } from '../requests.js';

/** @import { Connection } from '../configuration.js' */
/** @import { WebhookScheme } from '@smarterservices/realtime' */

/** How often to look whether the platform still has the endpoint, in ms. */
const CHECK_INTERVAL = 2000;
const PATH = '/api/webhooks';

export class Registration {
  #connection;
  #endpoint;
  /** @type {string | undefined} */
  #id;

  /**
   * @param {Connection} connection
   * @param {{ url: string, secret: string, events: string[], scheme: WebhookScheme }} endpoint
   */
  constructor(connection, endpoint) {
    this.#connection = connection;
    this.#endpoint = endpoint;
  }

  /** @returns {Promise<string>} the ID of the endpoint */
  async register() {
    const { id } = await call(this.#connection, 'POST', PATH, this.#endpoint);
    if (typeof id !== 'string') throw new CommandError(EXIT.failed, `POST ${PATH}: the answer has no id.`);
    this.#id = id;
    return id;
  }

  /**
   * Looks after the endpoint until the signal ends it.
   *
   * @param {AbortSignal} signal
   * @param {{ onRegistered: (id: string) => void, onLost: (reason: string) => void }} report `onLost`:
   *   the platform cannot be asked; once, until it can be again
   */
  async keep(signal, { onRegistered, onLost }) {
    let isLost = false;
    while (!signal.aborted) {
      await sleep(CHECK_INTERVAL, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        const endpoints = await call(this.#connection, 'GET', PATH);
        const isThere = Array.isArray(endpoints) && endpoints.some(({ id }) => id === this.#id);
        if (!signal.aborted && !isThere) onRegistered(await this.register());
        isLost = false;
      } catch (error) {
        if (!isLost) onLost(/** @type {Error} */ (error).message);
        isLost = true;
      }
    }
  }

  /** Removes the endpoint. One that is not there any more is fine. */
  async remove() {
    if (this.#id === undefined) return;
    try {
      await call(this.#connection, 'DELETE', `${PATH}/${encodeURIComponent(this.#id)}`);
    } catch (error) {
      const { exitCode, message } = /** @type {CommandError} */ (error);
      if (exitCode === EXIT.notFound) return;
      throw new CommandError(exitCode, `The endpoint ${this.#id} is still registered: ${message}`);
    }
  }
}
