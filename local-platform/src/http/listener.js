/**
 * The listener: one HTTP(S) server on one address, able to go away and come back there. It knows each TCP
 * connection, and which of them carry realtime traffic, so that faults can be done to the wire itself.
 */

import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { PlatformError } from '../error.js';
import { Cors } from './cors.js';
import { HostCheck } from './host-check.js';

/** Sockets from which nothing reaches the peer any more. */
const muted = new WeakSet();

export class Listener {
  #server;
  #hostCheck;
  #cors;
  #host;
  #port;
  #sockets = new Set();
  #links = new Set();
  #upgraded = new Set();
  #refusal;

  /**
   * @param {{ host: string, port: number, allowedHosts: string[], corsOrigin: string, tls?: object }} options port 0: a free
   *   one, kept from then on
   */
  constructor({ host, port, allowedHosts, corsOrigin, tls }) {
    this.#host = host;
    this.#port = port;
    this.#hostCheck = new HostCheck({ host, allowedHosts });
    this.#cors = new Cors(corsOrigin);
    // Requests without a Host header are refused here, as those with another name are.
    const options = { ...tls, requireHostHeader: false };
    this.#server = tls ? createSecureServer(options) : createServer(options);
    this.#server.on('connection', (socket) => track(this.#sockets, socket));
    this.scheme = tls ? 'https' : 'http';
  }

  get port() {
    return this.#port;
  }

  /** `http://127.0.0.1:3000`, without a prefix. */
  get origin() {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${this.scheme}://${host}:${this.#port}`;
  }

  /**
   * Says who serves what. Called once, before `open()`.
   * @param {(request: object, response: object) => void} onRequest
   * @param {Record<string, { handleUpgrade: Function, handleRequest?: Function }>} wires by their path
   */
  serve(onRequest, wires) {
    const wireOf = ({ url }) => wires[url.split('?', 1)[0].replace(/\/$/, '')];
    this.#server.on('request', (request, response) => {
      const refusal = this.#refusalOf(request);
      if (refusal) return answer(response, refusal);
      if (this.#cors.answer(request, response)) return;
      const wire = wireOf(request);
      if (!wire?.handleRequest) return onRequest(request, response);
      track(this.#links, request.socket);
      wire.handleRequest(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {}); // a peer that resets in the middle of a handshake
      const refusal = this.#refusalOf(request) ?? this.#takeRefusal();
      track(this.#links, socket);
      track(this.#upgraded, socket);
      if (refusal) return refuse(socket, refusal);
      const wire = wireOf(request);
      if (!wire) return refuse(socket, { status: 404 });
      wire.handleUpgrade(request, socket, head);
    });
  }

  async open() {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
  }

  /** Stops listening and destroys all connections; resolves when the port is free. */
  async close() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Destroys the connections that carry realtime traffic, without a goodbye. */
  dropLinks() {
    for (const socket of this.#links) socket.destroy();
  }

  /** Keeps the upgraded connections open, but lets nothing out to the peers any more. */
  muteLinks() {
    for (const socket of this.#upgraded) mute(socket);
  }

  /** Answers the next `times` upgrade requests with this response; `undefined` ends it. */
  refuseUpgrades(refusal) {
    this.#refusal = refusal && { ...refusal };
  }

  /** The refusal of a request that was sent to another name, else undefined. */
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

/** Whether the socket was muted: to its peer, this server has frozen. */
export const isMuted = (socket) => muted.has(socket);

/** Answers a request with JSON. */
function answer(response, { status, body }) {
  const content = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': content.length });
  response.end(content);
}

/**
 * Answers an upgrade request with a plain HTTP response.
 * @param {import('node:net').Socket} socket
 * @param {{ status: number, body?: string | object, headers?: Record<string, string> }} response
 */
export function refuse(socket, { status, body = '', headers = {} }) {
  const isText = typeof body === 'string';
  const content = Buffer.from(isText ? body : JSON.stringify(body));
  const fields = {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': content.length,
    connection: 'close',
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', socket.destroy);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${head.join('')}\r\n`);
  socket.end(content);
}

function track(set, socket) {
  if (set.has(socket)) return;
  set.add(socket);
  socket.once('close', () => set.delete(socket));
}

/** What is written from now on is taken and lost, a FIN included: to the peer, the other side has frozen. */
function mute(socket) {
  muted.add(socket);
  socket._write = (_chunk, _encoding, done) => done();
  socket._writev = (_chunks, done) => done();
  socket._final = (done) => done();
}
