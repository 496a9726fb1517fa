/**
 * Hints about mistakes that nothing else shows: no event arrives, and no call has failed. Each hint
 * is one warning per process.
 *
 * What a program has forgotten shows only after a while: it may connect, listen and subscribe in
 * any order. So the hints watch the calls of an engine, and look at them once the client has been
 * connected, and has not changed in these matters, for some seconds. They exist on Node alone: a
 * page pays for every byte.
 */

import { cancel, later, warn } from '#host';
import { FilterCheck } from './filter-check.js';

/** @import { Timer } from '#host' */
/** @import { Engine } from '../engine.js' */

/** How often, in milliseconds, to see whether the client is connected. */
const TICK = 5000;
/** After how many ticks without a change a program has done what it does at its start. */
const ENOUGH_TICKS = 2;
/** How many topics a warning names. */
const MAX_NAMED = 3;
/** How many filters of a client are checked. */
const MAX_CHECKS = 16;
const DIRECT_TOPIC = 'direct';

/** The codes of the warnings that were given: a hint is for the developer, who needs it once. */
const given = new Set();

/** Shared by all who have none. @type {Set<any>} */
const NO_MEMBERS = new Set();
/** @type {Map<string, any>} */
const NO_ENTRIES = new Map();

/** Where an engine has its hints. */
const HINTS = Symbol('hints');
/** The prototypes of watched engines, by those of the others. @type {WeakMap<object, object>} */
const watched = new WeakMap();

class Hints {
  #engine;
  /** The topics with listeners; null stands for all of them. @type {Set<string | null>} */
  #heard = NO_MEMBERS;
  /** @type {Map<string, { topic: string, filter: object | undefined }>} */
  #subscriptions = NO_ENTRIES;
  /** @type {Set<string>} */
  #channels = NO_MEMBERS;
  /** How many subscriptions there were: their IDs are `sub_` with a number from 1. */
  #count = 0;
  #isWanted = false;
  #ticks = 0;
  /** @type {Timer | undefined} */
  #timer;
  /** By the ID of the subscription. @type {Map<string, FilterCheck>} */
  #checks = NO_ENTRIES;

  /** @param {Engine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /** Watches the calls of its engine. Those for each event stay as they are. */
  watch() {
    const engine = /** @type {any} */ (this.#engine);
    const prototype = Object.getPrototypeOf(engine);
    engine[HINTS] = this;
    if (prototype === Object.prototype) Hints.#watchCalls(engine, engine);
    else Object.setPrototypeOf(engine, Hints.#watched(prototype));
  }

  /**
   * A prototype whose methods are watched. All engines of a class share it: a function for each
   * method of each engine would take a kilobyte.
   *
   * @param {object} prototype
   */
  static #watched(prototype) {
    const known = watched.get(prototype);
    if (known !== undefined) return known;
    const made = Object.create(prototype);
    Hints.#watchCalls(made, prototype);
    watched.set(prototype, made);
    return made;
  }

  /** @param {any} owner @param {any} methods */
  static #watchCalls(owner, methods) {
    /** @param {keyof Engine} name @param {(hints: Hints, result: any, ...args: any[]) => void} then */
    const after = (name, then) => {
      const method = methods[name];
      owner[name] = function (/** @type {any[]} */ ...args) {
        const result = Reflect.apply(method, this, args);
        then(this[HINTS], result, ...args);
        return result;
      };
    };
    after('connect', (hints) => hints.#restart(true));
    after('disconnect', (hints) => hints.#restart(false));
    after('destroy', (hints) => hints.#restart(false));
    after('listen', (hints, _, topic, wanted) => {
      if (wanted) hints.#heard = withMember(hints.#heard, topic);
      else hints.#heard.delete(topic);
      hints.#restart();
    });
    after('subscribe', (hints, id, topic, filter) => {
      hints.#count += 1;
      if (hints.#subscriptions === NO_ENTRIES) hints.#subscriptions = new Map();
      hints.#subscriptions.set(id, { topic, filter });
      hints.#restart();
    });
    after('unsubscribe', (hints, wasLive, id) => {
      hints.#subscriptions.delete(id);
      hints.#checks.get(id)?.end();
      if (!wasLive) hints.#checkUnsubscribed(id);
    });
    after('joinChannel', (hints, _, channel) => {
      hints.#channels = withMember(hints.#channels, channel);
      hints.#restart();
    });
    after('leaveChannel', (hints, _, channel) => void hints.#channels.delete(channel));
  }

  /**
   * Something has changed: waits again from the start.
   *
   * @param {boolean} [isWanted] whether to be connected
   */
  #restart(isWanted = this.#isWanted) {
    this.#isWanted = isWanted;
    this.#ticks = 0;
    if (isWanted) {
      this.#timer ??= this.#nextTick();
      return;
    }
    cancel(this.#timer);
    this.#timer = undefined;
  }

  /** @returns {Timer} */
  #nextTick() {
    // A client that the program has dropped stays collectable.
    const watched = new WeakRef(this);
    return later(() => watched.deref()?.tick(), TICK, false);
  }

  tick() {
    this.#ticks = this.#engine.stats().transport === null ? 0 : this.#ticks + 1;
    this.#timer = this.#ticks < ENOUGH_TICKS ? this.#nextTick() : undefined;
    if (this.#timer === undefined) this.#look();
  }

  #look() {
    const topics = new Set([...this.#subscriptions.values()].map(({ topic }) => topic));
    const wildcards = [...topics].filter(isWildcard);
    // Only the server knows what a wildcard matches.
    if (wildcards.length === 0) this.#lookForUnsubscribed(topics);
    if (!this.#heard.has(null)) this.#lookForUnheard(topics);
    if (wildcards.length > 0 && wildcards.length === topics.size) this.#lookAtWildcards(wildcards);
    this.#lookAtFilters();
  }

  /** Listeners that no subscription brings an event. @param {Set<string>} topics */
  #lookForUnsubscribed(topics) {
    const comes = (/** @type {string} */ topic) =>
      topics.has(topic) || this.#channels.has(topic) || topic === DIRECT_TOPIC;
    const unsubscribed = [...this.#heard].filter((topic) => topic !== null && !comes(topic));
    if (unsubscribed.length > 0)
      give(
        'LISTENER_WITHOUT_SUBSCRIPTION',
        `RealtimeClient.on(): no event comes to ${list(unsubscribed, 'event:')}: nothing is subscribed to ` +
          `${unsubscribed.length > 1 ? 'these topics' : 'this topic'}. ` +
          `Call subscribe({ topic: '${unsubscribed[0]}' }) as well.`,
      );
    else if (this.#heard.has(null) && topics.size + this.#channels.size === 0)
      give(
        'LISTENER_WITHOUT_SUBSCRIPTION',
        "RealtimeClient.on(): no event comes to 'event': nothing is subscribed. Call subscribe({ topic }) as well.",
      );
  }

  /** Subscriptions whose events no listener gets. @param {Set<string>} topics */
  #lookForUnheard(topics) {
    const isHeard = (/** @type {string} */ topic) =>
      isWildcard(topic) ? this.#heard.size > 0 : this.#heard.has(topic);
    const unheard = [...topics].filter((topic) => !isHeard(topic));
    if (unheard.length === 0) return;
    give(
      'SUBSCRIPTION_WITHOUT_LISTENER',
      `RealtimeClient.subscribe(): no listener hears the events of ${list(unheard)}: they are dropped. ` +
        `Listen with on('event:${unheard[0]}', ...), or on('event', ...) for all topics.`,
    );
  }

  /** @param {string[]} wildcards */
  #lookAtWildcards(wildcards) {
    if (this.#engine.stats().eventsReceived > 0) return;
    give(
      'WILDCARD_WITHOUT_EVENTS',
      `RealtimeClient.subscribe(): no event has come by ${list(wildcards)} so far. ` +
        "To a server without wildcards '*' is a character like any other: subscribe to each topic by its name.",
    );
  }

  /** Watches filters on topics whose events come by another subscription, too. */
  #lookAtFilters() {
    const live = [...this.#subscriptions];
    for (const [id, { topic, filter }] of live) {
      const isHeard = this.#heard.has(topic) || this.#heard.has(null);
      const isShared = live.some(([other, each]) => other !== id && each.topic === topic);
      if (filter === undefined || !isHeard || !isShared || this.#checks.has(id)) continue;
      if (this.#checks.size === MAX_CHECKS) return;
      if (this.#checks === NO_ENTRIES) this.#checks = new Map();
      this.#checks.set(id, new FilterCheck(this.#engine, id, topic, filter, give));
    }
  }

  /** @param {string} id of no live subscription */
  #checkUnsubscribed(id) {
    const [, number] = /^sub_([1-9]\d*)$/.exec(id) ?? [];
    // To end a subscription twice is no mistake.
    if (Number(number) <= this.#count) return;
    const isTopic = [...this.#subscriptions.values()].some(({ topic }) => topic === id);
    const what = isTopic ? `'${id}' is a topic, not an ID` : 'no subscription ever had this ID';
    give(
      'UNKNOWN_SUBSCRIPTION',
      `RealtimeClient.unsubscribe(): ${what}: nothing was ended. Pass what subscribe() returned, such as 'sub_1'.`,
    );
  }
}

/**
 * The set with one more member: itself, unless it is the one that all share while they have none.
 *
 * @template T
 * @param {Set<T>} set
 * @param {T} member
 */
function withMember(set, member) {
  return (set === NO_MEMBERS ? new Set() : set).add(member);
}

/** @param {string} code @param {string} message */
function give(code, message) {
  if (given.has(code)) return;
  given.add(code);
  warn(message, { code });
}

/**
 * The first few topics, for a sentence.
 *
 * @param {readonly (string | null)[]} topics
 * @param {string} [prefix]
 */
function list(topics, prefix = '') {
  return topics
    .slice(0, MAX_NAMED)
    .map((topic) => `'${prefix}${topic}'`)
    .join(', ');
}

/** @param {string} topic */
function isWildcard(topic) {
  return topic.includes('*');
}

export { Hints };
