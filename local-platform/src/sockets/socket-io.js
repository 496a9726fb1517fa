/** The Socket.IO gateway: the official server. The token is checked in the CONNECT payload. */

import { Server as EngineServer } from 'engine.io';
import { Server } from 'socket.io';
import { Connection } from '../broker/connection.js';
import { PlatformError } from '../error.js';
import { textOf } from '../json.js';
import { later } from '../later.js';
import { AUTH_FAILED, VERBS } from '../vocabulary.js';
import { deflateOptions } from './compression.js';
import { corkFlushes } from './cork.js';
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
/** @import { Cluster } from '../cluster/cluster.js' */
/** @import { ClusterSessions } from '../cluster/sessions.js' */
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
  /** By socket ID. @type {Map<string, { connection: Connection, abandon: () => void }>} */
  #links = new Map();
  /** Sessions that all processes can recover. @type {ClusterSessions | undefined} */
  #sessions;

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
    corkFlushes(this.#engine);
    this.#io.use((socket, next) => {
      const release = socket.recovered ? this.#suspended.queue(socket.id) : undefined;
      authenticate(tokens, socket).then(
        () => next(),
        (error) => {
          release?.();
          // The store gave the session out: with another token its client may try again.
          if (release) this.#sessions?.keep(socket.id, pidOf(socket));
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
    this.#sessions?.stop();
    this.#suspended.clear();
    await this.#io.close();
  }

  /**
   * Lets the processes recover each other's sessions.
   *
   * @param {Cluster} cluster
   */
  async join(cluster) {
    if (this.#recovery === 0) return;
    const { ClusterSessions } = await import('../cluster/sessions.js');
    const find = (/** @type {string} */ id) => this.#links.get(id)?.connection ?? this.#suspended.find(id);
    this.#sessions = new ClusterSessions(
      cluster,
      this.#broker,
      {
        find,
        expect: (id, create) => {
          this.#links.get(id)?.abandon();
          if (!this.#suspended.find(id)) {
            const connection = create();
            Object.assign(connection, this.#senderTo(id));
            this.#suspended.suspend(connection);
          }
          this.#suspended.queue(id);
        },
        drop: (id) => {
          this.#links.get(id)?.abandon();
          this.#suspended.resume(id)?.connection.release();
        },
      },
      this.#recovery,
    );
    this.#io.adapter(/** @type {any} */ (await this.#sessions.adapter()));
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
      backlog: () => backlogOf(socket.conn),
      drop: () => socket.conn.close(true),
    };
    this.#broker.connections.open(connection);
    let isAbandoned = false;
    this.#links.set(socket.id, {
      connection,
      // The session goes on over another link, and nothing of it ends here.
      abandon: () => {
        isAbandoned = true;
        this.#links.delete(socket.id);
        this.#suspended.suspend(connection);
        this.#broker.connections.close(connection, 'recovered over another link');
        socket.conn.close(true);
      },
    });
    for (const send of session?.queued ?? []) send();
    // A change is answered when it is stored: it must not be missing after a recovery.
    const stored = (/** @type {object | Promise<object>} */ result) => {
      const sessions = this.#sessions;
      return sessions ? later(result, (value) => sessions.save(socket.id).then(() => value)) : result;
    };
    this.#sessions?.open(socket.id, pidOf(socket));
    const on = (/** @type {string} */ verb, /** @type {Handler} */ handler) => socket.on(verb, handler);
    on(VERBS.auth, async (request, ack) => answer(socket, ack, request, await expiry.verbFor(request)));
    on(VERBS.subscribe, (request, ack) => {
      answer(socket, ack, request, () => stored(connection.subscribe(request)), VERBS.subscribed);
    });
    on(VERBS.unsubscribe, (request, ack) =>
      answer(socket, ack, request, () => stored(connection.unsubscribe(request))),
    );
    for (const [verb, act] of Object.entries(this.#broker.channels.verbs)) {
      const isChange = verb === VERBS.join || verb === VERBS.leave;
      on(verb, (request, ack) => {
        answer(socket, ack, request, () => (isChange ? stored(act(connection, request)) : act(connection, request)));
      });
    }
    socket.on('disconnect', (reason) => {
      expiry.close();
      this.#sessions?.close(socket.id);
      if (isAbandoned) return;
      this.#links.delete(socket.id);
      if (this.#recovery > 0 && !FINAL.has(reason)) this.#suspended.suspend(connection);
      else connection.clear();
      this.#broker.connections.close(connection, reason);
    });
  }

  /** @param {Socket} socket */
  #connect(socket) {
    const { id, data } = socket;
    const { identity } = data;
    return new Connection(this.#broker, { id, protocol: 'socket.io', identity, ...this.#senderTo(id) });
  }

  /**
   * The server sends, not the socket: a session without a link gets it with its recovery.
   *
   * @param {string} id
   */
  #senderTo(id) {
    const send = (/** @type {string} */ verb, /** @type {object} */ body, /** @type {string[]} */ place) => {
      const emit = () => {
        // Behind the event is its place, which the client names when it comes back.
        if (this.#sessions) this.#io.local.to(id).emit(verb, body, ...place);
        else this.#io.to(id).emit(verb, body);
      };
      const queue = this.#suspended.queueOf(id);
      if (queue) queue.push(emit);
      else emit();
    };
    return {
      deliver: (/** @type {LocalEvent} */ event, /** @type {string=} */ place) => {
        send(VERBS.event, event, place === undefined ? [] : [place]);
      },
      reportGap: (/** @type {object} */ gap) => send(VERBS.gap, gap, []),
    };
  }
}

/** The ID that only its client knows. Public, but not in the types. @param {Socket} socket */
const pidOf = (socket) => String(/** @type {{ pid?: string }} */ (/** @type {unknown} */ (socket)).pid);

/**
 * What waits in the session, and below it in its WebSocket. Engine.IO declares both as private.
 *
 * @param {Socket['conn']} conn
 */
function backlogOf(conn) {
  const { writeBuffer, transport } =
    /** @type {{ writeBuffer: { data?: string | Buffer }[], transport: { socket?: { bufferedAmount?: number } } }} */ (
      /** @type {unknown} */ (conn)
    );
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) bytes += data?.length ?? 0;
  return bytes;
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
 * @param {() => object | Promise<object>} act
 * @param {string} [event] name of the event with the result; without one, nothing is sent
 */
function answer(socket, ack, request, act, event) {
  const reply = typeof ack === 'function' ? ack : undefined;
  const accept = (/** @type {object} */ result) => {
    if (reply) reply(result);
    else if (event) socket.emit(event, result);
  };
  const refuse = (/** @type {unknown} */ error) => {
    const refusal = PlatformError.from(error).toJSON();
    if (reply) reply(refusal);
    else {
      const about = { subscriptionId: textOf(request?.subscriptionId), channel: textOf(request?.channel) };
      socket.emit(VERBS.error, { ...refusal, ...about });
    }
  };
  try {
    later(act(), accept, refuse);
  } catch (error) {
    refuse(error);
  }
}
