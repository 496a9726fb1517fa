/**
 * A session that makes the calls of a recording: the JavaScript session, with the time, the random
 * numbers and everything else from the lines.
 */

import { getters, Session } from './session.js';

/**
 * What a call came to. @typedef {{ returns?: unknown, delivers?: string, problem?: unknown }}
 * Outcome
 */

class Player {
  /** @type {number[]} */
  #draws = [];
  /** What the getters returned after the call before, as JSON. @type {Record<string, string>} */
  #known = {};

  /**
   * @param {any} config as in the first line
   * @param {any} [root] as in the line of that name
   */
  constructor(config, root = {}) {
    this.session = new Session(sessionConfig(config), () => this.#draw(), root.at ?? 0);
    /** How many random numbers the latest call drew beyond those of the line. */
    this.missingDraws = 0;
    this.continueAt(root);
  }

  /** The numbers of a session whose beginning is not recorded. @param {any} root */
  continueAt({ lastSubscription, calls, nextAckId, counters }) {
    const { link, messaging, subscriptions } = /** @type {any} */ (this.session);
    if (lastSubscription !== undefined) subscriptions.last = lastSubscription;
    if (calls !== undefined) messaging.calls = calls;
    if (nextAckId !== undefined) {
      this.session.nextAckId = nextAckId;
      if (link) link.acks.nextId = nextAckId;
    }
    if (counters) Object.assign(this.session.count, counters);
  }

  /**
   * Makes a call.
   *
   * @param {{ call: string, args: any[], draws?: number[] }} line
   * @returns {Outcome}
   */
  play({ call, args, draws = [] }) {
    this.#draws = [...draws];
    this.missingDraws = 0;
    try {
      const given = args.map(revive);
      // An absent filter before a return mode.
      const list = call === 'subscribe' ? given.map((arg) => arg ?? undefined) : given;
      const result = /** @type {any} */ (this.session)[call](...list);
      // As JSON has it.
      if (call.startsWith('receive')) return { delivers: result?.topic };
      return { returns: result === undefined ? undefined : JSON.parse(show(result)) };
    } catch (thrown) {
      const { code, message } = /** @type {Error & { code?: string }} */ (thrown);
      return code ? { returns: { throws: { code, message } } } : { problem: thrown };
    }
  }

  /**
   * The random numbers that the latest call has drawn; undefined: none.
   *
   * @param {number[]} [given] those of the line
   */
  drawn(given = []) {
    const draws = [...given.slice(0, given.length - this.#draws.length), ...Array(this.missingDraws).fill(0.5)];
    return draws.length > 0 ? draws : undefined;
  }

  /** The getters whose values the call has changed; undefined: none. */
  changes() {
    /** @type {Record<string, unknown> | undefined} */
    let changes;
    for (const [name, read] of Object.entries(getters)) {
      const text = JSON.stringify(read(this.session) ?? null);
      if (this.#known[name] === text) continue;
      this.#known[name] = text;
      changes ??= {};
      changes[name] = JSON.parse(text);
    }
    return changes;
  }

  #draw() {
    const draw = this.#draws.shift();
    if (draw === undefined) this.missingDraws += 1;
    return draw ?? 0.5;
  }
}

/**
 * The settings of a session. Its Unix time is its own clock, as in the traces.
 *
 * @param {any} config
 */
function sessionConfig(config) {
  const { reconnect } = config;
  return { ...config, reconnect: { attempts: Infinity, ...reconnect }, unixTime: Math.floor };
}

/** An argument as the JavaScript session takes it. @param {any} value @returns {any} */
function revive(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (value.bytes) return Uint8Array.from(value.bytes);
  if (value.zeros !== undefined) return new Uint8Array(value.zeros);
  if (value.topics) return (/** @type {string} */ topic) => value.topics.includes(topic);
  return value.attachments ? { ...value, attachments: value.attachments.map(revive) } : value;
}

/** A value as JSON; of bytes only their number. @param {unknown} value */
function show(value) {
  return JSON.stringify(value, (_name, part) => (part instanceof Uint8Array ? { zeros: part.length } : part));
}

export { Player, revive, sessionConfig };
