/**
 * The plain WebSocket gateway: JSON text frames with a `type`. The token is checked before the
 * upgrade.
 */

import { randomUUID } from 'node:crypto';
import { WebSocketServer } from 'ws';
import { Connection } from '../broker/connection.js';
import { invalid, PlatformError } from '../error.js';
import { isMuted } from '../http/mute.js';
import { refuse } from '../http/upgrade.js';
import { isNameIn, textOf } from '../json.js';
import { later } from '../later.js';
import { SUBPROTOCOLS, TOKEN_EXPIRED, VERBS } from '../vocabulary.js';
import { deflateOptions, sendOptions } from './compression.js';
import { Cork } from './cork.js';
import { Heartbeat } from './heartbeat.js';
import { pingWebSocket } from './round-trip.js';
import { TokenExpiry } from './token-expiry.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Duplex } from 'node:stream' */
/** @import { RawData, WebSocket } from 'ws' */
/** @import { LocalEvent } from '../../index.js' */
/** @import { Identity } from '../auth/identity.js' */
/** @import { Tokens } from '../auth/tokens.js' */
/** @import { Broker } from '../broker/broker.js' */

/** @typedef {{ readonly [member: string]: unknown }} Frame */
/** @typedef {object | void | Promise<object | void>} Answer */
/**
 * Performs a request, and returns the answer if there is one, or a promise of it.
 *
 * @typedef {(connection: Connection, frame: Frame) => object | void | Promise<object | void>} Verb
 */

/** @type {Record<string, Verb>} */
const VERB_OF = {
  [VERBS.subscribe]: (connection, frame) => ({ type: VERBS.subscribed, ...connection.subscribe(frame) }),
  [VERBS.unsubscribe]: (connection, frame) => void connection.unsubscribe(frame),
  [VERBS.ping]: () => ({ type: VERBS.pong, timestamp: Date.now() }),
};

export class WebSocketGateway {
  #broker;
  #tokens;
  #server;
  #verbs;
  #times;

  /**
   * @param {Broker} broker
   * @param {Tokens} tokens
   * @param {{ maxPayload: number, pingInterval: number, pingTimeout: number, compression: boolean }} options
   */
  constructor(broker, tokens, { maxPayload, pingInterval, pingTimeout, compression }) {
    this.#broker = broker;
    this.#times = { pingInterval, pingTimeout };
    this.#tokens = tokens;
    const perMessageDeflate = deflateOptions(compression);
    const options = { noServer: true, clientTracking: false, maxPayload, handleProtocols, perMessageDeflate };
    this.#server = new WebSocketServer(options);
    this.#verbs = { ...VERB_OF };
    for (const [verb, act] of Object.entries(broker.channels.verbs)) this.#verbs[verb] = acknowledged(act);
  }

  /** @param {IncomingMessage} request @param {Duplex} socket @param {Buffer} head */
  async handleUpgrade(request, socket, head) {
    try {
      const identity = await this.#tokens.identifyRequest(request, tokenOffered(request));
      identity.require('subscribe');
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, socket, identity));
    } catch (error) {
      const refusal = PlatformError.from(error);
      this.#broker.refusals.add('a connection on ws', refusal);
      refuse(socket, { status: refusal.status, body: refusal.toJSON() });
    }
  }

  /** @param {WebSocket} webSocket @param {Duplex} socket @param {Identity} identity */
  #accept(webSocket, socket, identity) {
    const send = (/** @type {object} */ frame) => {
      const text = JSON.stringify(frame);
      webSocket.send(text, sendOptions(text));
    };
    const cork = new Cork(socket);
    // An answer leaves behind the events of its request, to whichever connection those go.
    const sendBehind = (/** @type {object} */ frame) => {
      cork.hold();
      send(frame);
    };
    const reply = (/** @type {Answer} */ answer) => void later(answer, (frame) => frame && sendBehind(frame));
    const deliver = (/** @type {LocalEvent} */ event) => {
      sendBehind({ type: VERBS.event, topic: event.topic, data: event });
    };
    const reportGap = (/** @type {object} */ gap) => send({ type: VERBS.gap, ...gap });
    const connection = new Connection(this.#broker, { id: randomUUID(), protocol: 'ws', identity, deliver, reportGap });
    send({ type: VERBS.connected, socketId: connection.id });
    const { code, reason } = TOKEN_EXPIRED;
    const expiry = new TokenExpiry(this.#tokens, connection, () => {
      this.#broker.refusals.add('a connection on ws', 'Its token expired.');
      webSocket.close(code, reason);
    });
    const renew = async (/** @type {Frame} */ frame) => {
      reply(answered(acknowledged(await expiry.verbFor(frame)), connection, frame));
    };
    /** @type {Record<string, Verb>} */
    const verbs = { ...this.#verbs, [VERBS.auth]: (_connection, frame) => void renew(frame) };
    connection.link = {
      isMuted: () => isMuted(socket),
      roundTrip: () => pingWebSocket(webSocket),
      backlog: () => webSocket.bufferedAmount,
      drop: () => webSocket.terminate(),
    };
    this.#broker.connections.open(connection);
    // A frozen server ends no connections, so a muted one does not either.
    new Heartbeat(webSocket, this.#times, () => isMuted(socket) || webSocket.terminate());
    webSocket.on('message', (data, isBinary) => {
      reply(answerTo(verbs, connection, data, isBinary));
    });
    // After a frame that breaks the protocol, ws closes the connection with the proper code.
    webSocket.on('error', () => {});
    webSocket.on('close', (code, reason) => {
      expiry.close();
      connection.clear();
      this.#broker.connections.close(connection, `${code} ${reason}`.trim());
    });
  }
}

/**
 * Selects one subprotocol of those offered, never the one with the token.
 *
 * @param {Set<string>} offered
 */
const handleProtocols = (offered) => offered.has(SUBPROTOCOLS.name) && SUBPROTOCOLS.name;

/**
 * The token that a web page offers as a subprotocol, beside the one that the server selects.
 *
 * @param {IncomingMessage} request
 */
function tokenOffered({ headers }) {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOLS.name)) return undefined;
  return offered.find((name) => name.startsWith(SUBPROTOCOLS.token))?.slice(SUBPROTOCOLS.token.length);
}

/**
 * A verb that answers a frame with an `ackId`. For a frame without one, it answers only with
 * refusals.
 *
 * @param {Verb} act
 * @returns {Verb}
 */
function acknowledged(act) {
  return (connection, frame) => {
    const { ackId } = frame;
    // Without an answer, but with the refusal if there is one.
    if (typeof ackId !== 'number') return later(act(connection, frame), () => {});
    const refuse = (/** @type {unknown} */ error) => ({
      type: VERBS.ack,
      ackId,
      ...PlatformError.from(error).toJSON(),
    });
    try {
      return later(act(connection, frame), (answer) => ({ type: VERBS.ack, ackId, ...answer }), refuse);
    } catch (error) {
      return refuse(error);
    }
  };
}

/**
 * @param {Record<string, Verb>} verbs
 * @param {Connection} connection
 * @param {RawData} data
 * @param {boolean} isBinary
 */
function answerTo(verbs, connection, data, isBinary) {
  let frame;
  try {
    frame = decode(data, isBinary);
    const { type } = frame;
    if (!isNameIn(verbs, type)) throw invalid(`type: expected one of ${Object.keys(verbs).join(', ')}.`);
    return answered(verbs[type], connection, frame);
  } catch (error) {
    return refusal(error, frame);
  }
}

/** @param {Verb} verb @param {Connection} connection @param {Frame} frame */
function answered(verb, connection, frame) {
  try {
    return later(verb(connection, frame), undefined, (error) => refusal(error, frame));
  } catch (error) {
    return refusal(error, frame);
  }
}

/** @param {unknown} error @param {Frame} [frame] */
function refusal(error, { topic, subscriptionId, channel } = {}) {
  const about = { topic: textOf(topic), subscriptionId: textOf(subscriptionId), channel: textOf(channel) };
  return { type: VERBS.error, ...PlatformError.from(error).toJSON(), ...about };
}

/** @param {RawData} data @param {boolean} isBinary @returns {Frame} */
function decode(data, isBinary) {
  try {
    const frame = isBinary ? undefined : JSON.parse(String(data));
    if (frame !== null && typeof frame === 'object') return frame;
  } catch {
    // Refused below, like everything else that is not a frame.
  }
  throw invalid('Expected a text frame that is a JSON object.');
}
