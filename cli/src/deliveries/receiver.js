/**
 * Receives webhook deliveries on a port of this machine, verifies them, and forwards them to the
 * user's endpoint, whose answer is the answer to the platform.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { usageError } from '../exit-codes.js';
import { relay } from './relay.js';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { AddressInfo } from 'node:net' */
/** @import { RealtimeEvent } from '@smarterservices/realtime' */

const MAX_BODY = 16_000_000;
/** How long deliveries that have begun may still take after Ctrl-C, in ms. */
const GRACE = 5000;

/** @typedef {{ id?: string, event: RealtimeEvent }} Verified */
/** @typedef {{ type?: string, attempt?: number, deliveryId?: string, event: RealtimeEvent, ms: number }} Delivery */

/**
 * @typedef {object} ReceiverOptions
 * @property {string} target where deliveries go
 * @property {(body: Buffer, headers: Record<string, any>) => Verified} verify throws an Error with a `code`
 * @property {(delivery: Delivery & ({ status: number } | { reason: string })) => void} onDelivery
 * @property {(refusal: { code: string, reason: string }) => void} onRefused a request without a
 *   valid signature
 */

export class DeliveryReceiver {
  #options;
  #server;
  /** Nobody else finds the endpoint by chance. */
  #path = `/${randomUUID()}`;
  /** @type {Set<Promise<void>>} */
  #active = new Set();
  #isClosing = false;

  /** @param {ReceiverOptions} options */
  constructor(options) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const done = this.#answer(request, response).finally(() => this.#active.delete(done));
      this.#active.add(done);
    });
  }

  get path() {
    return this.#path;
  }

  /** @param {string} host @param {number} port @returns {Promise<string>} its origin */
  async listen(host, port) {
    try {
      this.#server.listen(port, host);
      await once(this.#server, 'listening');
    } catch (error) {
      throw usageError(`--port: this machine cannot listen there: ${/** @type {Error} */ (error).message}.`);
    }
    const { port: own } = /** @type {AddressInfo} */ (this.#server.address());
    return `http://${host.includes(':') ? `[${host}]` : host}:${own}`;
  }

  /** Refuses further deliveries, and waits for those that have begun, for at most 5 seconds. */
  async drain() {
    this.#isClosing = true;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, GRACE);
    });
    await Promise.race([Promise.all(this.#active), late]);
    clearTimeout(timer);
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async #answer(request, response) {
    // A sender that hangs up is reported as an unanswered delivery.
    response.on('error', () => {});
    if (this.#isClosing) return refuse(response, 503, 'This endpoint ends.');
    if (request.method !== 'POST' || request.url !== this.#path) return refuse(response, 404, 'Not found.');
    const body = await readBody(request);
    if (body === undefined) return refuse(response, 413, `A delivery has at most ${MAX_BODY} bytes.`);
    // The sender hung up: there is nobody to answer.
    if (!request.complete) return;
    /** @type {Verified} */
    let verified;
    try {
      verified = this.#options.verify(body, request.headers);
    } catch (error) {
      const { code = 'INVALID', message } = /** @type {Error & { code?: string }} */ (error);
      refuse(response, 401, `${code}: ${message}`);
      this.#options.onRefused({ code, reason: message });
      return;
    }
    await this.#forward(request, body, verified, response);
  }

  /** @param {IncomingMessage} request @param {Buffer} body @param {Verified} verified @param {ServerResponse} response */
  async #forward(request, body, { id, event }, response) {
    const start = performance.now();
    const { 'x-webhook-event': type, 'x-webhook-attempt': attempt } = request.headers;
    const of = () => ({
      ...(type && { type: String(type) }),
      ...(/^\d+$/.test(String(attempt)) && { attempt: Number(attempt) }),
      ...(id !== undefined && { deliveryId: id }),
      event,
      ms: Math.round(performance.now() - start),
    });
    try {
      const status = await relay(request, body, this.#options.target, response);
      this.#options.onDelivery({ ...of(), status });
    } catch (error) {
      const reason = /** @type {Error} */ (error).message;
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `The endpoint behind this one did not answer: ${reason}.`);
      this.#options.onDelivery({ ...of(), reason });
    }
  }
}

/** @param {ServerResponse} response @param {number} status @param {string} message */
function refuse(response, status, message) {
  // What is left of the request is not read.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ message }));
}

/** @param {IncomingMessage} request @returns {Promise<Buffer | undefined>} undefined where it is too large */
async function readBody(request) {
  const chunks = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > MAX_BODY) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // It was cut off, which the caller sees.
  }
  return Buffer.concat(chunks);
}
