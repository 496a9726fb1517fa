/** The plain WebSocket wire: JSON text frames keyed by `type`, the token checked before the upgrade. */

import { randomUUID } from 'node:crypto';
import { WebSocketServer } from 'ws';
import { Connection } from '../broker/connection.js';
import { invalid, PlatformError } from '../error.js';
import { isMuted, refuse } from '../http/listener.js';
import { isNameIn, textOf } from '../json.js';
import { TOKEN_EXPIRED, VERBS } from '../vocabulary.js';
import { Heartbeat } from './heartbeat.js';
import { TokenExpiry } from './token-expiry.js';

const VERB_OF = {
  [VERBS.subscribe]: (connection, frame) => ({ type: VERBS.subscribed, ...connection.subscribe(frame) }),
  [VERBS.unsubscribe]: (connection, frame) => void connection.unsubscribe(frame),
  [VERBS.ping]: () => ({ type: VERBS.pong }),
};

export class WebSocketGateway {
  #broker;
  #tokens;
  #server;
  #verbs;
  #times;

  /**
   * @param {import('../broker/broker.js').Broker} broker
   * @param {import('../auth/tokens.js').Tokens} tokens
   * @param {{ maxPayload: number, pingInterval: number, pingTimeout: number }} options
   */
  constructor(broker, tokens, { maxPayload, pingInterval, pingTimeout }) {
    this.#broker = broker;
    this.#times = { pingInterval, pingTimeout };
    this.#tokens = tokens;
    this.#server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
    this.#verbs = { ...VERB_OF };
    for (const [verb, act] of Object.entries(broker.channels.verbs)) this.#verbs[verb] = acknowledged(act);
  }

  async handleUpgrade(request, socket, head) {
    try {
      const identity = await this.#tokens.identifyRequest(request);
      identity.require('subscribe');
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, socket, identity));
    } catch (error) {
      const refusal = PlatformError.from(error);
      refuse(socket, { status: refusal.status, body: refusal.toJSON() });
    }
  }

  #accept(webSocket, socket, identity) {
    const send = (frame) => webSocket.send(JSON.stringify(frame));
    const deliver = (event) => send({ type: VERBS.event, topic: event.topic, data: event });
    const connection = new Connection(this.#broker, { id: randomUUID(), protocol: 'ws', identity, deliver });
    send({ type: VERBS.connected, socketId: connection.id });
    const expiry = new TokenExpiry(this.#tokens, connection, () =>
      webSocket.close(TOKEN_EXPIRED.code, TOKEN_EXPIRED.reason),
    );
    const renew = async (frame) => {
      const answer = answered(acknowledged(await expiry.verbFor(frame)), connection, frame);
      if (answer) send(answer);
    };
    const verbs = { ...this.#verbs, [VERBS.auth]: (_connection, frame) => void renew(frame) };
    this.#broker.open(connection);
    // A server that has frozen does not end connections either.
    new Heartbeat(webSocket, this.#times, () => isMuted(socket) || webSocket.terminate());
    webSocket.on('message', (data, isBinary) => {
      const answer = answerTo(verbs, connection, data, isBinary);
      if (answer) send(answer);
    });
    webSocket.on('error', () => {}); // a frame that breaks the protocol: ws closes the connection with its code
    webSocket.on('close', () => {
      expiry.close();
      connection.clear();
      this.#broker.close(connection);
    });
  }
}

/** A verb that is answered where the frame has an `ackId`; without one, only its refusal is. */
function acknowledged(act) {
  return (connection, frame) => {
    const { ackId } = frame;
    if (typeof ackId !== 'number') return void act(connection, frame);
    try {
      return { type: VERBS.ack, ackId, ...act(connection, frame) };
    } catch (error) {
      return { type: VERBS.ack, ackId, ...PlatformError.from(error).toJSON() };
    }
  };
}

function answerTo(verbs, connection, data, isBinary) {
  let frame;
  try {
    frame = decode(data, isBinary);
    if (!isNameIn(verbs, frame.type)) throw invalid(`type: expected one of ${Object.keys(verbs).join(', ')}.`);
  } catch (error) {
    return refusal(error, frame);
  }
  return answered(verbs[frame.type], connection, frame);
}

function answered(verb, connection, frame) {
  try {
    return verb(connection, frame);
  } catch (error) {
    return refusal(error, frame);
  }
}

function refusal(error, { topic, subscriptionId, channel } = {}) {
  const about = { topic: textOf(topic), subscriptionId: textOf(subscriptionId), channel: textOf(channel) };
  return { type: VERBS.error, ...PlatformError.from(error).toJSON(), ...about };
}

function decode(data, isBinary) {
  try {
    const frame = isBinary ? undefined : JSON.parse(data);
    if (frame !== null && typeof frame === 'object') return frame;
  } catch {
    // answered below, as all that is not a frame
  }
  throw invalid('Expected a text frame that is a JSON object.');
}
