/** Sessions in virtual time: hours of reconnects in a millisecond. */

import { LIVENESS } from '../../../../lib/engines/javascript/session/tables/timer.js';
import { parseToken } from '../../../../lib/engines/javascript/token.js';
import { Session } from '../../equality/session.js';

/**
 * @import { Failure, SessionConfig } from '../../../../lib/engines/javascript/session/session.js'
 */

export const HANDSHAKE = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}';
export const JOINED = '40{"sid":"abc"}';

/** The Unix time at which tests begin. */
const START = 1_000_000;

/** @param {number} count */
export function seconds(count) {
  return count * 1000;
}

/**
 * A token; with `lives` it is valid for that many seconds.
 *
 * @param {string} text
 * @param {number} [lives]
 */
export function token(text, lives) {
  const claims = Buffer.from(JSON.stringify({ iat: 1000, exp: 1000 + (lives ?? 0) })).toString('base64url');
  return parseToken(lives === undefined ? text : `${text}.${claims}.`, START);
}

/** @param {string} payload @param {number} timeout in seconds @param {object} [more] */
export function message(payload, timeout, more) {
  return { event: 'm', payload, attachments: [], timeout: seconds(timeout), retry: false, volatile: false, ...more };
}

/** A session with its clock, and everything the session has asked for. */
export class World {
  now = 0;
  /** @type {string[]} */
  frames = [];
  /** @type {Uint8Array[]} */
  attachments = [];
  /** @type {import('../../../../index.js').ConnectionEvent[]} */
  states = [];
  /** @type {Failure[]} */
  errors = [];
  /** @type {{ id: number, result?: unknown, error?: Failure }[]} */
  outcomes = [];
  /** @type {string[]} */
  confirmed = [];
  /** @type {string[]} */
  joined = [];
  /** @type {import('../../../../index.js').GapEvent[]} */
  gaps = [];
  dials = 0;
  /** The tokens of all dials. @type {(string | undefined)[]} */
  dialled = [];
  /** The reason of each token request. @type {string[]} */
  asked = [];
  /** @type {[farewell: string | undefined, orderly: boolean][]} */
  hangUps = [];
  pongs = 0;

  /** @param {Partial<SessionConfig> & { reconnect?: object }} [config] */
  constructor({ reconnect, ...config } = {}) {
    /** @type {SessionConfig} */
    const complete = {
      protocol: 'socket.io',
      token: token('t0ken'),
      reconnect: {
        enabled: true,
        attempts: 10,
        delay: 1000,
        // Short, so that a test need not count its losses.
        delayMax: 5000,
        randomization: 0,
        afterServerDisconnect: false,
        ...reconnect,
      },
      connectTimeout: seconds(20),
      outbox: { messages: 1000, bytes: 4 * 2 ** 20, age: seconds(60) },
      maxMessageBytes: 2 ** 20,
      unixTime: (at) => START + at,
      ...config,
    };
    this.protocol = complete.protocol;
    this.session = new Session(complete, () => 0.5, this.now);
    this.session.listen(null, true);
  }

  static connected(config = {}) {
    const world = new World(config);
    world.connect();
    return world;
  }

  /** The link is open and the session waits for the answer to CONNECT. */
  static joining(config = {}) {
    const world = new World(config);
    world.session.connect(world.now);
    world.session.handleOpen(world.now);
    world.receive(HANDSHAKE);
    return world;
  }

  /** Connected with the plain codec. */
  static plain(config = {}) {
    const world = new World({ protocol: 'ws', ...config });
    world.session.connect(world.now);
    world.session.handleOpen(world.now);
    world.settle();
    return world;
  }

  connect(joined = JOINED) {
    this.session.connect(this.now);
    this.establish(joined);
  }

  establish(joined = JOINED) {
    this.session.handleOpen(this.now);
    this.receive(HANDSHAKE);
    this.receive(joined);
  }

  settle() {
    const { session } = this;
    for (;;) {
      const output = session.pollOutput();
      if (output !== undefined) {
        this.#note(output);
        continue;
      }
      const ping = session.pollPing(this.now);
      const frame = ping === undefined ? session.pollFrame(this.now) : (ping.text ?? 'PING');
      if (typeof frame === 'string') this.frames.push(frame);
      else if (frame !== undefined) this.attachments.push(frame);
      else if (!session.hasOutput()) return;
    }
  }

  /** @param {string} frame */
  receive(frame) {
    const event = this.session.receive(this.now, frame);
    this.settle();
    return event;
  }

  /** @param {string} id @param {string} topic @param {string} payload */
  event(id, topic, payload) {
    return this.receive(`42["event",{"id":"${id}","topic":"${topic}","payload":${payload}}]`);
  }

  /** @param {number} time in milliseconds */
  pass(time) {
    const end = this.now + time;
    for (let at = this.session.deadline(); at !== undefined && at <= end; at = this.session.deadline()) {
      this.now = Math.max(this.now, at);
      this.session.handleTimeout(this.now);
      this.settle();
    }
    this.now = end;
  }

  /** The inbox is full, so the driver stops reading. */
  pause() {
    this.session.pause(this.now, 5, 77);
  }

  resume() {
    this.session.resume(this.now);
    this.settle();
  }

  /** Silence of the server does not end this connection. */
  ignoreSilence() {
    this.session.timers[LIVENESS] = Infinity;
  }

  /**
   * The server refuses an attempt with a status of this outlook.
   *
   * @param {string} code
   * @param {Failure['outlook']} outlook
   */
  refuseUpgrade(code, outlook) {
    this.session.handleDisconnect(this.now, 'HTTP 4xx', { code, message: 'no', outlook });
    this.settle();
  }

  /** The peer answers a control ping. */
  pong() {
    this.pongs += 1;
    this.session.handleBytes(this.now);
    this.session.handlePongs(this.now, this.pongs);
  }

  lose() {
    this.session.handleDisconnect(this.now, 'ECONNRESET');
    this.settle();
  }

  get stateNames() {
    return this.states.map(({ state }) => state);
  }

  get lastState() {
    return this.states.at(-1)?.state;
  }

  get lastReason() {
    return this.states.at(-1)?.reason;
  }

  get codes() {
    return this.errors.map(({ code }) => code);
  }

  get outcomeCodes() {
    return this.outcomes.map(({ error }) => error?.code);
  }

  get lastDialled() {
    return this.dialled.at(-1);
  }

  /**
   * Sends a message with a time limit in seconds.
   *
   * @param {string} payload
   * @param {number} timeout
   */
  emit(payload, timeout) {
    return this.session.emit(this.now, message(payload, timeout));
  }

  /** @param {string} text @param {number} [lives] */
  provide(text, lives) {
    this.session.provideToken(this.now, token(text, lives));
    this.settle();
  }

  refuse() {
    const asked = this.session.refuseToken(this.now);
    this.settle();
    return asked;
  }

  takeFrames() {
    this.settle();
    return this.frames.splice(0);
  }

  /** @param {import('../../../../lib/engines/javascript/session/session.js').Output} output */
  #note(output) {
    if (output.kind === 'dial') {
      this.dials += 1;
      this.dialled.push(this.session.dialToken()?.text);
    } else if (output.kind === 'hangUp') this.hangUps.push([output.farewell, output.orderly]);
    else {
      const [kind, body] = output.item;
      if (kind === 'connection') this.states.push(body);
      else if (kind === 'error') this.errors.push(body);
      else if (kind === 'outcome') this.outcomes.push(body);
      else if (kind === 'subscribed') this.confirmed.push(body.subscriptionId);
      else if (kind === 'joined') this.joined.push(body.channel);
      else if (kind === 'gap') this.gaps.push(body);
      else if (kind === 'token') this.asked.push(body.reason);
    }
  }
}
