/**
 * The flight recorder of the JavaScript session: it takes the place of the functions that the
 * driver calls, and keeps a line of each call. `src/session/recorder/` is the one of the Rust
 * session, and documents the lines; this one writes the same.
 */

import { DRIVER_CALLS, USER_CALLS } from '../engines/javascript/session/calls.js';
import { Ring } from './ring.js';
import { getters } from './session.js';
import { Wishes } from './wishes.js';

/** @import { EngineConfig } from '../engines/engine.js' */
/** @import { Session } from '../engines/javascript/session/session.js' */

/** The names of the calls, in the order of the lists. */
const DRIVER_NAMES = [
  'abandon',
  'reportDropped',
  'pause',
  'resume',
  'receive',
  'receiveBinary',
  'handleLifecycle',
  'handleOpen',
  'discardResumableSession',
  'handleClose',
  'handleDisconnect',
  'handlePongs',
  'handleProgress',
  'pollPing',
  'setCanPing',
];
const USER_NAMES = [
  'connect',
  'destroy',
  'disconnect',
  'discardSince',
  'subscribe',
  'unsubscribe',
  'provideToken',
  'refuseToken',
];
/**
 * The steps of a recorded clock in a millisecond: numbers hold such times and their sums exactly.
 */
const TICKS = 64;
/** A repetition of these has no effect. */
const REPEATED = new Set(['handlePongs', 'handleProgress', 'setCanPing']);
const BEGINS_REPORTS = new Set(['handleOpen', 'pause']);

/**
 * A clock in steps of 1/64 ms, as that of the Rust recorder.
 *
 * @param {() => number} read
 */
function clock(read) {
  return () => Math.floor(read() * TICKS) / TICKS;
}

class Tape {
  #session;
  #ring;
  #start;
  #payloads;
  /** @type {number[]} */
  #draws = [];
  /** What the getters returned after the call before, as JSON. @type {Record<string, string>} */
  #known = {};
  /**
   * The arguments of the driver's regular reports, when they were recorded last.
   *
   * @type {Map<string, string>}
   */
  #latest = new Map();
  #wishes = new Wishes();
  /** What the session calls of itself is not recorded. */
  #isInside = false;

  /** @param {Session} session @param {NonNullable<EngineConfig['record']>} options */
  constructor(session, { maxBytes, payloads }) {
    this.#session = session;
    this.#start = session.watermark;
    this.#payloads = payloads;
    this.#ring = new Ring(JSON.stringify({ config: this.#config() }), maxBytes);
    this.driverCalls = DRIVER_CALLS.map((call, index) => this.#recorded(DRIVER_NAMES[index], call));
    this.userCalls = USER_CALLS.map((call, index) => this.#recorded(USER_NAMES[index], call));
    const { random } = session;
    session.random = () => {
      const draw = random();
      this.#draws.push(draw);
      return draw;
    };
    this.#replace(session, 'handleTimeout');
    this.#replace(session, 'pollFrame');
    this.#replace(session.outputs, 'shift', 'pollOutput');
    this.#replace(session.tokens, 'present', 'dialToken');
    this.#replace(session.interest, 'set', 'listen');
    this.#replace(session.interest, 'setMessages', 'listenToMessages');
    this.#replace(session.interest, 'assumeAll', 'assumeInterest');
    this.#replace(session.interest, 'endOfTurn');
    for (const name of ['emit', 'joinChannel', 'leaveChannel']) this.#replace(session.messaging, name);
  }

  /** The lines so far, with their secrets. */
  lines() {
    return this.#ring.lines();
  }

  /** A function of a slice, whose first argument is the session. */
  #recorded(/** @type {string} */ name, /** @type {Function} */ call) {
    return (/** @type {any} */ session, /** @type {unknown[]} */ ...args) =>
      this.#run(name, args, () => call(session, ...args));
  }

  /** @param {any} owner @param {string} method @param {string} [name] */
  #replace(owner, method, name = method) {
    if (owner === undefined) return;
    const call = owner[method];
    Object.defineProperty(owner, method, {
      enumerable: false,
      value: (/** @type {unknown[]} */ ...args) => this.#run(name, args, () => call.apply(owner, args)),
    });
  }

  /** @param {string} name @param {unknown[]} args @param {() => any} call */
  #run(name, args, call) {
    if (this.#isInside || this.#isRepetition(name, args)) return call();
    this.#isInside = true;
    this.#draws = [];
    /** @type {{ returns?: unknown, delivers?: string }} */
    let outcome = {};
    // Written before the call: the session may change what it was given.
    const given = this.#args(name, args);
    try {
      const result = call();
      this.#wishes.note(name, args, result);
      if (name.startsWith('receive')) outcome = { delivers: result?.topic };
      else outcome = { returns: this.#value(result) };
      return result;
    } catch (error) {
      const { code, message } = /** @type {Error & { code?: string }} */ (error);
      outcome = { returns: { throws: { code: code ?? 'INTERNAL_ERROR', message } } };
      throw error;
    } finally {
      this.#isInside = false;
      this.#write(name, given, outcome);
    }
  }

  /** @param {string} name @param {unknown[]} args */
  #isRepetition(name, args) {
    if (BEGINS_REPORTS.has(name)) this.#latest.clear();
    if (!REPEATED.has(name)) return false;
    const report = args.slice(1).join();
    const isRepetition = this.#latest.get(name) === report;
    this.#latest.set(name, report);
    return isRepetition;
  }

  /**
   * @param {string} call
   * @param {unknown[]} args
   * @param {{ returns?: unknown, delivers?: string }} outcome
   */
  #write(call, args, outcome) {
    const changes = this.#changes();
    const isNothing = (outcome.returns ?? outcome.delivers) === undefined && changes === undefined;
    if (isNothing && call.startsWith('poll')) return;
    const draws = this.#draws.length > 0 ? this.#draws : undefined;
    // biome-ignore lint/suspicious/noThenProperty: a member of the lines
    const line = JSON.stringify({ call, args, ...outcome, draws, then: changes });
    this.#ring.push(call, line, this.#session, () => this.#root());
  }

  /** The getters whose values have changed. */
  #changes() {
    /** @type {Record<string, unknown> | undefined} */
    let changes;
    for (const [name, read] of Object.entries(getters)) {
      const value =
        name === 'deadline' || name === 'sentBefore' ? this.#time(read(this.#session)) : read(this.#session);
      const text = JSON.stringify(value ?? null);
      if (this.#known[name] === text) continue;
      this.#known[name] = text;
      changes ??= {};
      changes[name] = JSON.parse(text);
    }
    return changes;
  }

  /** @param {unknown} at */
  #time(at) {
    return typeof at === 'number' ? at - this.#start : undefined;
  }

  /**
   * The arguments with times that count from the start.
   *
   * @param {string} name
   * @param {unknown[]} args
   */
  #args(name, args) {
    if (name === 'reportDropped') {
      const [since, until, count, concerns] = /** @type {[number, number, number, (topic: string) => boolean]} */ (
        args
      );
      return [this.#time(since), this.#time(until), count, { topics: this.#wishes.topics().filter(concerns) }];
    }
    // The size of a frame is that of its text.
    const some = name === 'receive' ? args.slice(0, 2) : args;
    const list = some.map((arg, index) => (index === 0 && isTimed(name) ? this.#time(arg) : this.#value(arg)));
    while (list.length > 0 && list.at(-1) === undefined) list.pop();
    return list;
  }

  /** @param {any} value @returns {any} */
  #value(value) {
    if (value instanceof Uint8Array) return this.#payloads ? { bytes: [...value] } : { zeros: value.length };
    if (value?.attachments) return { ...value, attachments: value.attachments.map(this.#value, this) };
    return value;
  }

  #config() {
    const { config } = this.#session;
    const { protocol, token, applicationId, environment, reconnect, connectTimeout } = config;
    const { heartbeat, outbox, maxPause, readsLate, maxMessageBytes } = config;
    // The driver's config has more members than the session's.
    return {
      protocol,
      token,
      applicationId,
      environment,
      // JSON has no Infinity: without a member, the number of attempts is not limited.
      reconnect: { ...reconnect, attempts: Number.isFinite(reconnect.attempts) ? reconnect.attempts : undefined },
      connectTimeout,
      heartbeat,
      outbox: { messages: outbox.messages, bytes: outbox.bytes, age: outbox.age },
      maxPause,
      readsLate,
      maxMessageBytes,
    };
  }

  /** What a session needs to continue here; `src/session/recorder/root.rs` documents it. */
  #root() {
    const { count, link, messaging, nextAckId, phase, subscriptions, tokens, watermark } = this.#session;
    return {
      at: this.#time(watermark),
      phase: link === undefined ? phase : 'open',
      ...this.#wishes.root(),
      lastSubscription: subscriptions.last,
      token: tokens.newest,
      calls: messaging?.calls ?? 0,
      nextAckId: link?.acks.nextId ?? nextAckId,
      counters: count,
    };
  }
}

/** The calls without a time as their first argument. */
const TIMELESS = new Set([
  'disconnect',
  'abandon',
  'destroy',
  'unsubscribe',
  'listen',
  'listenToMessages',
  'assumeInterest',
  'endOfTurn',
  'discardResumableSession',
  'handleReadToEnd',
  'pollOutput',
  'dialToken',
]);

/** @param {string} name */
function isTimed(name) {
  return !TIMELESS.has(name);
}

export { clock, isTimed, Tape };
