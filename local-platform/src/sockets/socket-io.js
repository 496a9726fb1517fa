/** The Socket.IO wire: the official server, with the token checked in the CONNECT payload. */

import { Server as EngineServer } from 'engine.io';
import { Server } from 'socket.io';
import { Connection } from '../broker/connection.js';
import { PlatformError } from '../error.js';
import { textOf } from '../json.js';
import { AUTH_FAILED, VERBS } from '../vocabulary.js';
import { TokenExpiry } from './token-expiry.js';

/** Disconnects after which the session is over; after any other it can be taken up again. */
const FINAL = new Set(['client namespace disconnect', 'server namespace disconnect', 'parse error']);

export class SocketIoGateway {
  #broker;
  #tokens;
  #recovery;
  #engine;
  #io;
  /** Connections whose link is lost but whose session may still be recovered. */
  #suspended = new Map();
  /** Requests that are not answered yet. @type {Set<{ sid?: string, response: import('node:http').ServerResponse }>} */
  #open = new Set();
  /** The ids of Engine.IO sessions that get no answers any more. */
  #muted = new Set();

  /**
   * @param {import('../broker/broker.js').Broker} broker
   * @param {import('../auth/tokens.js').Tokens} tokens
   * @param {{ pingInterval: number, pingTimeout: number, maxPayload: number, recovery: number }} options
   */
  constructor(broker, tokens, { pingInterval, pingTimeout, maxPayload, recovery }) {
    this.#broker = broker;
    this.#tokens = tokens;
    this.#recovery = recovery;
    this.#engine = new EngineServer({ pingInterval, pingTimeout, maxHttpBufferSize: maxPayload });
    const sessions = { maxDisconnectionDuration: recovery, skipMiddlewares: false };
    this.#io = new Server({ serveClient: false, ...(recovery > 0 && { connectionStateRecovery: sessions }) });
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      const release = this.#queue(socket);
      authenticate(tokens, socket).then(next, (error) => {
        release();
        next(error);
      });
    });
    this.#io.on('connection', (socket) => this.#accept(socket));
  }

  handleRequest(request, response) {
    const sid = sidOf(request);
    if (this.#muted.has(sid)) return void request.resume(); // and the peer waits
    const open = { sid, response };
    this.#open.add(open);
    response.on('close', () => this.#open.delete(open));
    this.#engine.handleRequest(request, response);
  }

  handleUpgrade(request, socket, head) {
    if (this.#muted.has(sidOf(request))) return void socket.on('end', socket.destroy).resume(); // and the peer waits
    this.#engine.handleUpgrade(request, socket, head);
  }

  /** Leaves all requests of the current sessions unanswered. To mute sockets is not enough: the next poll may use another one. */
  muteSessions() {
    for (const [sid, { transport }] of Object.entries(this.#engine.clients)) {
      this.#muted.add(sid);
      transport.discard(); // when it times out, there is no poll that a farewell could wait for
    }
    for (const { sid, response } of this.#open) if (this.#muted.has(sid)) silence(response);
  }

  /** Ends sessions that have no TCP connection of their own to destroy: those that poll. */
  dropPolling() {
    for (const { conn } of this.#io.sockets.sockets.values()) {
      if (conn.transport.name === 'polling') conn.close(true);
    }
  }

  async close() {
    for (const session of [...this.#suspended.values()]) session.forget();
    await this.#io.close();
  }

  #accept(socket) {
    const { connection, queued = [] } = this.#resume(socket) ?? { connection: this.#connect(socket) };
    connection.identity = socket.data.identity;
    // Without a farewell, after which a session could not be recovered.
    const expiry = new TokenExpiry(this.#tokens, connection, () => socket.conn.close());
    this.#broker.open(connection);
    for (const event of queued) connection.deliver(event);
    socket.on(VERBS.auth, async (request, ack) => answer(socket, ack, request, await expiry.verbFor(request)));
    socket.on(VERBS.subscribe, (request, ack) => {
      answer(socket, ack, request, () => connection.subscribe(request), VERBS.subscribed);
    });
    socket.on(VERBS.unsubscribe, (request, ack) => {
      answer(socket, ack, request, () => connection.unsubscribe(request));
    });
    for (const [verb, act] of Object.entries(this.#broker.channels.verbs)) {
      socket.on(verb, (request, ack) => answer(socket, ack, request, () => act(connection, request)));
    }
    socket.on('disconnect', (reason) => {
      expiry.close();
      if (this.#recovery > 0 && !FINAL.has(reason)) this.#suspend(connection);
      else connection.clear();
      this.#broker.close(connection);
    });
  }

  #connect(socket) {
    const { id, data } = socket;
    // Through the server, not the socket: a session without a link still gets what it missed when it is recovered.
    const deliver = (event) => {
      const queued = this.#suspended.get(id)?.queued;
      if (queued) queued.push(event);
      else this.#io.to(id).emit(VERBS.event, event);
    };
    return new Connection(this.#broker, { id, protocol: 'socket.io', identity: data.identity, deliver });
  }

  #suspend(connection) {
    const forget = () => {
      clearTimeout(timer);
      this.#suspended.delete(connection.id);
      connection.clear();
    };
    const timer = setTimeout(forget, this.#recovery).unref();
    this.#suspended.set(connection.id, { connection, timer, forget });
  }

  #resume({ id, recovered }) {
    if (!recovered || !this.#suspended.has(id)) return undefined;
    const session = this.#suspended.get(id);
    clearTimeout(session.timer);
    this.#suspended.delete(id);
    return session;
  }

  /**
   * Socket.IO has looked up by now what a recovered session missed, and sends it nothing until its token is checked: what
   * is published in between is kept for it.
   * @returns a function for when the token is refused
   */
  #queue({ id, recovered }) {
    const session = recovered ? this.#suspended.get(id) : undefined;
    if (!session) return () => {};
    session.queued = [];
    return () => {
      const { queued } = session;
      session.queued = undefined;
      for (const event of queued) session.connection.deliver(event);
    };
  }
}

/** The last one counts, as for Engine.IO. */
const sidOf = ({ url }) => new URLSearchParams(url.split('?', 2)[1]).getAll('sid').at(-1);

/** Drops the answer before it begins. After an answer that was lost, Node's HTTP server would close the connection. */
function silence(response) {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => response;
}

async function authenticate(tokens, socket) {
  const { token, applicationId, environment } = socket.handshake.auth;
  try {
    socket.data.identity = await tokens.identify(token, { applicationId, environment });
    socket.data.identity.require('subscribe');
  } catch (error) {
    throw Object.assign(PlatformError.from(error), { data: { code: AUTH_FAILED } });
  }
}

/** Success and refusal go into the ack where the client asked for one, else out as events. */
function answer(socket, ack, request, act, news) {
  const acknowledged = typeof ack === 'function';
  try {
    const result = act();
    if (acknowledged) ack(result);
    else if (news) socket.emit(news, result);
  } catch (error) {
    const refusal = PlatformError.from(error).toJSON();
    if (acknowledged) ack(refusal);
    else {
      const about = { subscriptionId: textOf(request?.subscriptionId), channel: textOf(request?.channel) };
      socket.emit(VERBS.error, { ...refusal, ...about });
    }
  }
}
