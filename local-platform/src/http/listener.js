/**
 * The listener: one HTTP(S) server on one address, which can stop listening and listen there again.
 * It tracks the TCP connections, and which of them carry realtime traffic, so that faults can act
 * on the connections themselves.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { PlatformError } from '../error.js';
import { Cors } from './cors.js';
import { HostCheck } from './host-check.js';
import { mute } from './mute.js';
import { refuse } from './upgrade.js';

/** @import { IncomingMessage, RequestListener, ServerResponse } from 'node:http' */
/** @import { AddressInfo } from 'node:net' */
/** @import { Duplex } from 'node:stream' */
/** @import { Options } from '../options.js' */
/** @import { Refusals } from '../refusals.js' */
/** @import { Refusal } from './upgrade.js' */

/**
 * Serves one kind of socket.
 *
 * @typedef {object} Gateway
 * @property {(request: IncomingMessage, socket: Duplex, head: Buffer) => void} handleUpgrade
 * @property {(request: IncomingMessage, response: ServerResponse) => void} [handleRequest]
 */

export class Listener {
  #server;
  #hostCheck;
  #cors;
  #host;
  #port;
  /** @type {Set<Duplex>} */
  #sockets = new Set();
  /** Sockets that carry realtime traffic. @type {Set<Duplex>} */
  #links = new Set();
  /** @type {Set<Duplex>} */
  #upgraded = new Set();
  /** @type {(Refusal & { times: number }) | undefined} */
  #refusal;
  #refusals;

  /**
   * @param {Pick<Options, 'host' | 'port' | 'allowedHosts' | 'corsOrigin' | 'tls'>} options port 0:
   *   a free one, which is kept
   * @param {Refusals} refusals
   */
  constructor({ host, port, allowedHosts, corsOrigin, tls }, refusals) {
    this.#refusals = refusals;
    this.#host = host;
    this.#port = port;
    this.#hostCheck = new HostCheck({ host, allowedHosts });
    this.#cors = new Cors(corsOrigin);
    // The host check refuses requests without a Host header, too.
    const options = { ...tls, requireHostHeader: false };
    this.#server = tls ? createSecureServer(options) : createServer(options);
    this.#server.on('connection', (/** @type {Duplex} */ socket) => track(this.#sockets, socket));
    this.scheme = tls ? 'https' : 'http';
  }

  get port() {
    return this.#port;
  }

  get isListening() {
    return this.#server.listening;
  }

  /** For example `http://127.0.0.1:3000`, without a prefix. */
  get origin() {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${this.scheme}://${host}:${this.#port}`;
  }

  /**
   * Sets the handlers. Call it once, before `open()`.
   *
   * @param {RequestListener} onRequest
   * @param {Record<string, Gateway>} gateways by path
   */
  serve(onRequest, gateways) {
    const gatewayOf = (/** @type {IncomingMessage} */ { url = '' }) => {
      const path = pathOf({ url }).replace(/\/$/, '');
      return Object.hasOwn(gateways, path) ? gateways[path] : undefined;
    };
    this.#server.on('request', (request, response) => {
      const refusal = this.#refusalOf(request);
      if (refusal) {
        this.#refusals.add(`a request to ${pathOf(request)}`, `HTTP ${refusal.status}, refused by its Host.`);
        return answer(response, refusal);
      }
      if (this.#cors.answer(request, response)) return;
      const gateway = gatewayOf(request);
      if (!gateway?.handleRequest) return onRequest(request, response);
      track(this.#links, request.socket);
      gateway.handleRequest(request, response);
    });
    this.#server.on('tlsClientError', ({ message }) => this.#refusals.add('a TLS handshake', `${message}.`));
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {}); // a peer that resets the connection during its handshake
      const refusal = this.#refusalOf(request) ?? this.#takeRefusal();
      track(this.#links, socket);
      track(this.#upgraded, socket);
      const gateway = gatewayOf(request);
      if (refusal || !gateway) {
        const response = refusal ?? { status: 404 };
        const reason = gateway ? 'refused by faults.refuseUpgrades() or its Host' : 'nothing is served at this path';
        this.#refusals.add(`an upgrade to ${pathOf(request)}`, `HTTP ${response.status}, ${reason}.`);
        return refuse(socket, response);
      }
      gateway.handleUpgrade(request, socket, head);
    });
  }

  async open() {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, 'listening').catch((error) => {
      if (error.code !== 'EADDRINUSE') throw error;
      const message = `Port ${this.#port} on ${this.#host} is in use. Use port 0 for a free one.`;
      throw Object.assign(new Error(message, { cause: error }), { code: error.code });
    });
    this.#port = /** @type {AddressInfo} */ (this.#server.address()).port;
  }

  /** Stops listening and destroys all connections. Resolves when the port is free. */
  async close() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Destroys the connections that carry realtime traffic, without a close frame. */
  dropLinks() {
    for (const socket of this.#links) socket.destroy();
  }

  /** Keeps the upgraded connections open, but sends nothing more over them. */
  muteLinks() {
    for (const socket of this.#upgraded) mute(socket);
  }

  /**
   * Answers the next `times` upgrade requests with this response. Undefined ends it.
   *
   * @param {(Refusal & { times: number }) | undefined} refusal
   */
  refuseUpgrades(refusal) {
    this.#refusal = refusal && { ...refusal };
  }

  /**
   * The refusal of a request that names another host.
   *
   * @param {IncomingMessage} request
   * @returns {Refusal | undefined}
   */
  #refusalOf(request) {
    try {
      this.#hostCheck.require(request);
    } catch (error) {
      const refusal = PlatformError.from(error);
      return { status: refusal.status, body: refusal.toJSON() };
    }
    return undefined;
  }

  #takeRefusal() {
    const refusal = this.#refusal;
    if (refusal) refusal.times -= 1;
    if (refusal?.times === 0) this.#refusal = undefined;
    return refusal;
  }
}

/** Without the query, which may have a token. @param {Pick<IncomingMessage, 'url'>} request */
const pathOf = ({ url = '' }) => url.split('?', 1)[0].slice(0, 256);

/** @param {ServerResponse} response @param {Refusal} refusal */
function answer(response, { status, body }) {
  const content = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': content.length });
  response.end(content);
}

/** Keeps an open socket in a set. @param {Set<Duplex>} set @param {Duplex} socket */
function track(set, socket) {
  if (set.has(socket)) return;
  set.add(socket);
  socket.once('close', () => set.delete(socket));
}
