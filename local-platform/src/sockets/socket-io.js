/** The Socket.IO gateway: the official server. The token is checked in the CONNECT payload. */

import { Server as EngineServer } from 'engine.io';
import { Server } from 'socket.io';
import { Connection } from '../broker/connection.js';
import { PlatformError } from '../error.js';
import { textOf } from '../json.js';
import { AUTH_FAILED, VERBS } from '../vocabulary.js';
import { deflateOptions } from './compression.js';
import { EngineRoundTrip } from './round-trip.js';
import { SuspendedSessions } from './suspended-sessions.js';
import { TokenExpiry } from './token-expiry.js';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { Duplex } from 'node:stream' */
/** @import { Socket as EngineSocket } from 'engine.io' */
/** @import { DefaultEventsMap, Socket as SocketIo } from 'socket.io' */
/** @import { LocalEvent } from '../../index.js' */
/** @import { Identity } from '../auth/identity.js' */
/** @import { Tokens } from '../auth/tokens.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { PeerRequest } from '../json.js' */

/** @typedef {{ identity: Identity }} SocketData */
/** @typedef {SocketIo<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>} Socket */
/** @typedef {(request: PeerRequest, ack: unknown) => void} Handler */
/** @typedef {Parameters<EngineServer['handleRequest']>[0]} EngineRequest */
/** @typedef {{ sid: string | undefined, response: ServerResponse }} OpenRequest */

/** Disconnects that end the session. After any other the client can recover it. */
const FINAL = new Set(['client namespace disconnect', 'server namespace disconnect', 'parse error']);

export class SocketIoGateway {
  #broker;
  #tokens;
  #recovery;
  #engine;
  /** @type {Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>} */
  #io;
  #suspended;
  /** Requests without an answer so far. @type {Set<OpenRequest>} */
  #open = new Set();
  /** IDs of Engine.IO sessions that get no more answers. @type {Set<string | undefined>} */
  #muted = new Set();

  /**
   * @param {Broker} broker
   * @param {Tokens} tokens
   * @param {{ pingInterval: number, pingTimeout: number, maxPayload: number, recovery: number,
   *   compression: boolean }} options
   */
  constructor(broker, tokens, { pingInterval, pingTimeout, maxPayload, recovery, compression }) {
    this.#broker = broker;
    this.#tokens = tokens;
    this.#recovery = recovery;
    this.#suspended = new SuspendedSessions(recovery);
    const perMessageDeflate = deflateOptions(compression);
    this.#engine = new EngineServer({ pingInterval, pingTimeout, maxHttpBufferSize: maxPayload, perMessageDeflate });
    const sessions = { maxDisconnectionDuration: recovery, skipMiddlewares: false };
    this.#io = new Server({ serveClient: false, ...(recovery > 0 && { connectionStateRecovery: sessions }) });
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      const release = socket.recovered ? this.#suspended.queue(socket.id) : undefined;
      authenticate(tokens, socket).then(
        () => next(),
        (error) => {
          release?.();
          broker.refusals.add('a connection on socket.io', error);
          next(error);
        },
      );
    });
    this.#io.on('connection', (socket) => this.#accept(socket));
  }

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  handleRequest(request, response) {
    const sid = sidOf(request);
    // The peer of a muted session waits.
    if (this.#muted.has(sid)) return void request.resume();
    const open = { sid, response };
    this.#open.add(open);
    response.on('close', () => this.#open.delete(open));
    this.#engine.handleRequest(/** @type {EngineRequest} */ (request), response);
  }

  /** @param {IncomingMessage} request @param {Duplex} socket @param {Buffer} head */
  handleUpgrade(request, socket, head) {
    // The peer of a muted session waits.
    if (this.#muted.has(sidOf(request))) return void socket.on('end', socket.destroy).resume();
    this.#engine.handleUpgrade(/** @type {EngineRequest} */ (request), socket, head);
  }

  /**
   * Leaves all requests of the current sessions unanswered. Muting their sockets would not be
   * enough: the next poll can use another one.
   */
  muteSessions() {
    // Engine.IO documents this member as public and declares it as protected.
    const { clients } = /** @type {{ clients: Record<string, EngineSocket> }} */ (
      /** @type {unknown} */ (this.#engine)
    );
    for (const [sid, { transport }] of Object.entries(clients)) {
      this.#muted.add(sid);
      transport.discard(); // when the session times out, no poll waits for a last packet
    }
    for (const { sid, response } of this.#open) if (this.#muted.has(sid)) silence(response);
  }

  /** Ends the polling sessions, which have no TCP connection of their own to destroy. */
  dropPolling() {
    for (const { conn } of this.#io.sockets.sockets.values()) {
      if (conn.transport.name === 'polling') conn.close(true);
    }
  }

  async close() {
    this.#suspended.clear();
    await this.#io.close();
  }

  /** @param {Socket} socket */
  #accept(socket) {
    const session = socket.recovered ? this.#suspended.resume(socket.id) : undefined;
    const connection = session?.connection ?? this.#connect(socket);
    connection.identity = socket.data.identity;
    // Closes the link without a last packet, after which the session could not be recovered.
    const expiry = new TokenExpiry(this.#tokens, connection, () => {
      this.#broker.refusals.add('a connection on socket.io', 'Its token expired.');
      socket.conn.close();
    });
    const roundTrip = new EngineRoundTrip(socket.conn);
    // Public, but not in the types.
    const { id: engineId } = /** @type {typeof socket.conn & { id: string }} */ (socket.conn);
    connection.link = {
      isMuted: () => this.#muted.has(engineId),
      roundTrip: () => roundTrip.run(),
    };
    this.#broker.open(connection);
    for (const send of session?.queued ?? []) send();
    const on = (/** @type {string} */ verb, /** @type {Handler} */ handler) => socket.on(verb, handler);
    on(VERBS.auth, async (request, ack) => answer(socket, ack, request, await expiry.verbFor(request)));
    on(VERBS.subscribe, (request, ack) => {
      answer(socket, ack, request, () => connection.subscribe(request), VERBS.subscribed);
    });
    on(VERBS.unsubscribe, (request, ack) => answer(socket, ack, request, () => connection.unsubscribe(request)));
    for (const [verb, act] of Object.entries(this.#broker.channels.verbs)) {
      on(verb, (request, ack) => answer(socket, ack, request, () => act(connection, request)));
    }
    socket.on('disconnect', (reason) => {
      expiry.close();
      if (this.#recovery > 0 && !FINAL.has(reason)) this.#suspended.suspend(connection);
      else connection.clear();
      this.#broker.close(connection, reason);
    });
  }

  /** @param {Socket} socket */
  #connect(socket) {
    const { id, data } = socket;
    // The server sends, not the socket: a session without a link gets it with its recovery.
    const sender = (/** @type {string} */ verb) => (/** @type {object} */ body) => {
      const send = () => void this.#io.to(id).emit(verb, body);
      const queue = this.#suspended.queueOf(id);
      if (queue) queue.push(send);
      else send();
    };
    const [deliver, reportGap] = [VERBS.event, VERBS.gap].map(sender);
    const { identity } = data;
    return new Connection(this.#broker, { id, protocol: 'socket.io', identity, deliver, reportGap });
  }
}

/**
 * The session ID of a request. The last one counts, as it does for Engine.IO.
 *
 * @param {IncomingMessage} request
 */
const sidOf = ({ url = '' }) => new URLSearchParams(url.split('?', 2)[1]).getAll('sid').at(-1);

/**
 * Discards an answer before it begins. If only its bytes were lost, Node's HTTP server would close
 * the connection after the answer.
 *
 * @param {ServerResponse} response
 */
function silence(response) {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => response;
}

/** @param {Tokens} tokens @param {Socket} socket @returns {Promise<void>} */
async function authenticate(tokens, socket) {
  const { token, applicationId, environment } = socket.handshake.auth;
  try {
    socket.data.identity = await tokens.identify(token, { applicationId, environment });
    socket.data.identity.require('subscribe');
  } catch (error) {
    throw Object.assign(PlatformError.from(error), { data: { code: AUTH_FAILED } });
  }
}

/**
 * Sends the result or the refusal of a request: in the ack if the client asked for one, otherwise
 * as an event.
 *
 * @param {Socket} socket
 * @param {unknown} ack
 * @param {PeerRequest} request
 * @param {() => object} act
 * @param {string} [event] name of the event with the result; without one, nothing is sent
 */
function answer(socket, ack, request, act, event) {
  const reply = typeof ack === 'function' ? ack : undefined;
  try {
    const result = act();
    if (reply) reply(result);
    else if (event) socket.emit(event, result);
  } catch (error) {
    const refusal = PlatformError.from(error).toJSON();
    if (reply) reply(refusal);
    else {
      const about = { subscriptionId: textOf(request?.subscriptionId), channel: textOf(request?.channel) };
      socket.emit(VERBS.error, { ...refusal, ...about });
    }
  }
}
