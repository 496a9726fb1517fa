/**
 * The engine over a transport that the test plays, in virtual time: a Socket.IO server behind each
 * link answers at once, unless the test silences it.
 */

import { engineWith } from '../../../../lib/engines/javascript/engine.js';
import { features } from '../../../../lib/engines/javascript/index.js';
import { parseOptions } from '../../../../lib/options/client.js';

/** @import { Item } from '../../../../lib/engines/engine.js' */
/** @import { Link, LinkHandlers, Loss } from '../../../../lib/engines/javascript/transport/transport.js' */
/** @import { LifecycleSignal } from '../../../../index.js' */

const HANDSHAKE = '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
/** When the tests begin, as a Unix timestamp. */
const START = 1_700_000_000_000;

/** One link, and the server at its other end. @implements {Link} */
class FakeLink {
  transport = 'websocket';
  canPing;
  isReady = true;
  isWritten = true;
  written = 0;
  arrived = 0;
  pongs = 0;
  /** The frames that the client has sent. @type {(string | Uint8Array)[]} */
  frames = [];
  /** Whether the server answers. */
  isAnswering = true;
  /** How often reading was put off until the event loop has had a turn. */
  rests = 0;
  /** How the client has ended it. @type {undefined | 'dropped' | { code: number, farewell?: string }} */
  end;
  /** Whether it holds the process. @type {boolean | undefined} */
  isHeld;
  /** @type {string | undefined} */
  token;
  #world;
  #handlers;
  #closed = () => {};

  /** @param {World} world @param {LinkHandlers} handlers */
  constructor(world, handlers) {
    this.#world = world;
    this.#handlers = handlers;
    this.canPing = world.canPing;
  }

  /** @param {string | Uint8Array} frame */
  send(frame) {
    this.frames.push(frame);
    this.written += frame.length;
    if (this.isAnswering && typeof frame === 'string') this.#answer(frame);
  }

  ping() {
    this.frames.push('PING');
  }

  /** @param {string} token */
  setToken(token) {
    this.token = token;
  }

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.isHeld = isHeld;
  }

  /** @param {number} code @param {string} _reason @param {string} [farewell] @returns {Promise<void>} */
  close(code, _reason, farewell) {
    this.end = farewell === undefined ? { code } : { code, farewell };
    return new Promise((resolve) => {
      this.#closed = () => resolve();
    });
  }

  drop() {
    this.end = 'dropped';
  }

  /** The peer closes, too. */
  async finishClose() {
    this.#closed();
    await Promise.resolve();
    await Promise.resolve();
  }

  open() {
    this.#handlers.onOpen(this);
    if (this.#world.protocol === 'socket.io') this.receive(HANDSHAKE);
  }

  rest() {
    this.rests += 1;
  }

  /** @param {string | Uint8Array} frame @param {boolean} [hasMore] whether another one was read with it */
  receive(frame, hasMore) {
    if (this.end === undefined) this.#handlers.onMessage(frame, frame.length, hasMore);
  }

  progress() {
    this.#handlers.onProgress();
  }

  /** @param {Loss} loss */
  lose(loss) {
    this.#handlers.onLost(loss);
  }

  /** @param {string} topic @param {string | number} id @param {object} [payload] @param {boolean} [hasMore] */
  event(topic, id, payload = {}, hasMore = undefined) {
    const event = { id: String(id), topic, source: 'database', type: 'x', payload, metadata: { timestamp: 1 } };
    this.receive(`42["event",${JSON.stringify(event)}]`, hasMore);
  }

  /** @param {string} frame */
  #answer(frame) {
    const later = (/** @type {string} */ answer) => this.#world.soon(() => this.receive(answer));
    if (frame === '{"type":"ping"}') later('{"type":"pong"}');
    else if (frame === '40/-,') later('44/-,{"message":"Invalid namespace"}');
    else if (frame.startsWith('40'))
      later(`40${JSON.stringify({ sid: `socket-${this.#world.links.length}`, pid: this.#world.pid })}`);
    const [, ack, name, argument] = /^42(\d+)\["([\w:]+)",(.*)\]$/.exec(frame) ?? [];
    if (name === 'subscribe') {
      const { subscriptionId, topic } = JSON.parse(argument);
      later(`43${ack}[${JSON.stringify({ subscriptionId, topic })}]`);
    } else if (name !== undefined) later(`43${ack}[{"id":"m"}]`);
  }
}

/** A client's engine, its clock, its page and its server. */
class World {
  now = 5000;
  /** How far the wall clock is ahead. */
  wall = START - 5000;
  /** One for each dial that has opened. @type {FakeLink[]} */
  links = [];
  /** The tokens of all dials. @type {string[]} */
  dials = [];
  /** Whether links can send pings of RFC 6455. */
  canPing = false;
  /** Whether a dial opens by itself. */
  isReachable = true;
  /** What the user got. @type {Item[]} */
  items = [];
  /** How often the engine has called. */
  wakes = 0;
  /** The session that the server recovers. @type {string | undefined} */
  pid;
  /** What a random draw is; undefined: a defect. @type {number | undefined} */
  random = 0.5;
  /** Called with each item before it is noted. @type {(item: Item) => void} */
  handler = () => {};
  /** Whether items are taken when the engine calls. */
  isTaking = true;
  /** @type {((signal: LifecycleSignal) => void) | undefined} */
  signal;
  /** @type {LifecycleSignal | undefined} */
  initialSignal;
  /** @type {Map<object, { at: number, callback: () => void, holds: boolean }>} */
  #timers = new Map();
  /** @type {(() => void)[]} */
  #turns = [];
  /** @type {{ handlers: LinkHandlers, isCancelled: boolean }[]} */
  #dialling = [];

  /** @param {object} [options] of the client */
  constructor(options) {
    const { config } = parseOptions({
      url: 'http://server.example',
      token: 'token',
      transports: ['websocket'],
      reconnectionDelay: 1000,
      randomizationFactor: 0,
      ...options,
    });
    this.protocol = config.protocol;
    this.engine = engineWith(config, {
      features,
      endpoint: { dial: (token, handlers) => this.#dial(token, handlers) },
      onReady: () => this.#onReady(),
      lifecycle: {
        subscribe: (handler) => {
          this.signal = (signal) => this.soon(() => handler(signal));
          if (this.initialSignal !== undefined) handler(this.initialSignal);
          return () => {
            this.signal = undefined;
          };
        },
      },
      now: () => this.now,
      unix: () => this.now + this.wall,
      later: (callback, milliseconds, holds = true) => {
        const timer = {};
        this.#timers.set(timer, { at: this.now + Math.max(milliseconds, 1), callback, holds });
        return timer;
      },
      cancel: (timer) => void this.#timers.delete(/** @type {object} */ (timer)),
      yieldTurn: (callback) => this.soon(callback),
      random: () => {
        if (this.random === undefined) throw new Error('no randomness');
        return this.random;
      },
    });
    this.engine.listen(null, true);
  }

  /** A world whose client is connected and has a subscription. @param {object} [options] */
  static connected(options) {
    const world = new World(options);
    world.engine.connect();
    world.engine.subscribe('t', undefined, undefined);
    world.settle();
    world.takeItems();
    world.link.frames.length = 0;
    return world;
  }

  /** The newest link. */
  get link() {
    return /** @type {FakeLink} */ (this.links.at(-1));
  }

  /** Whether a timer holds the process. */
  get isHeld() {
    return [...this.#timers.values()].some(({ holds }) => holds);
  }

  get timers() {
    return this.#timers.size;
  }

  /** Calls back in a turn of its own. @param {() => void} callback */
  soon(callback) {
    this.#turns.push(callback);
  }

  /** Runs the turns that are due. */
  settle() {
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
  }

  /** Lets time pass. @param {number} milliseconds */
  pass(milliseconds) {
    const end = this.now + milliseconds;
    this.settle();
    for (;;) {
      const [timer, next] = [...this.#timers].reduce(
        (first, each) => (each[1].at < first[1].at ? each : first),
        /** @type {[object, { at: number, callback: () => void }]} */ ([
          {},
          { at: Number.POSITIVE_INFINITY, callback: () => {} },
        ]),
      );
      if (next.at > end) break;
      this.#timers.delete(timer);
      this.now = Math.max(this.now, next.at);
      next.callback();
      this.settle();
    }
    this.now = end;
  }

  /**
   * The page is frozen, or the thread is busy: no timer runs, and what has arrived waits.
   *
   * @param {number} milliseconds
   * @param {() => void} [arrive] what arrives in the meantime
   */
  freeze(milliseconds, arrive = () => {}) {
    this.now += milliseconds;
    this.soon(arrive);
    // A timer that is due runs before what has arrived.
    const due = [...this.#timers].filter(([, { at }]) => at <= this.now);
    for (const [timer, { callback }] of due) if (this.#timers.delete(timer)) callback();
    this.settle();
  }

  /** The machine sleeps: the wall clock alone goes on. @param {number} milliseconds */
  sleep(milliseconds) {
    this.wall += milliseconds;
  }

  /** @param {LifecycleSignal[]} signals one after the other, at the same time */
  page(...signals) {
    for (const signal of signals) this.signal?.(signal);
    this.settle();
  }

  /** The dial under way opens. */
  openDial() {
    this.#open(this.#dialling.findLast(({ isCancelled }) => !isCancelled));
    this.settle();
  }

  /** The dial under way fails. @param {string} [reason] */
  failDial(reason = 'ECONNREFUSED') {
    const dial = this.#dialling.findLast(({ isCancelled }) => !isCancelled);
    dial?.handlers.onLost({ reason, error: { code: 'NETWORK_ERROR', message: reason } });
    this.settle();
  }

  /** How many dials were cancelled. */
  get cancelled() {
    return this.#dialling.filter(({ isCancelled }) => isCancelled).length;
  }

  takeItems() {
    return this.items.splice(0);
  }

  /** The bodies of the notices of a kind. @param {string} kind @returns {any[]} */
  notices(kind) {
    return this.items.flatMap((item) => (Array.isArray(item) && item[0] === kind ? [item[1]] : []));
  }

  /** The states that the user was told, with their reasons. */
  get states() {
    return this.notices('connection').map(({ state, reason }) =>
      reason === undefined ? state : `${state}: ${reason}`,
    );
  }

  get events() {
    return this.items.flatMap((item) => (Array.isArray(item) ? [] : [item.id]));
  }

  take() {
    this.engine.endOfTurn();
    for (let item = this.engine.next(); item !== undefined; item = this.engine.next()) {
      this.items.push(item);
      this.handler(item);
    }
  }

  #onReady() {
    this.wakes += 1;
    if (this.isTaking) this.take();
  }

  /** @param {string} token @param {LinkHandlers} handlers */
  #dial(token, handlers) {
    const dial = { handlers, isCancelled: false };
    this.dials.push(token);
    this.#dialling.push(dial);
    if (this.isReachable) this.soon(() => this.#open(dial));
    return () => {
      dial.isCancelled = true;
    };
  }

  /** @param {{ handlers: LinkHandlers, isCancelled: boolean } | undefined} dial */
  #open(dial) {
    if (dial === undefined || dial.isCancelled) return;
    const link = new FakeLink(this, dial.handlers);
    this.links.push(link);
    link.open();
  }
}

export { START, World };
