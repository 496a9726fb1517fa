/**
 * The hints of a client on Node, see `hints.d.ts`.
 *
 * What a program has forgotten shows only after a while: it may connect, listen and subscribe in any
 * order. So the client is looked at once it has been connected, and unchanged in these matters, for
 * some seconds.
 */

import { cancel, later, warn } from '#host';
import { FilterCheck } from './filter-check.js';

/** @import { Timer } from '#host' */
/** @import { Engine } from '../../engines/engine.js' */
/** @import { Listeners } from '../listeners.js' */
/** @import { Hints } from './hints.js' */

/** After how long, in milliseconds, a program has done what it does at its start. */
const PATIENCE = 10_000;
/** How many topics a warning names. */
const MAX_NAMED = 3;
/** How many filters of a client are checked. */
const MAX_CHECKS = 16;
/** All topics, as a listener of 'event' hears them. */
const EVERY = '';

/** The codes of warnings that were given: a hint is for the developer, who needs it once. */
const given = new Set();

/** @implements {Hints} */
class NodeHints {
  #engine;
  #listeners;
  #hasExtension;
  /** Topics with listeners. @type {Set<string>} */
  #heard = new Set();
  /** @type {Map<string, { topic: string, filter: object | undefined }>} */
  #subscriptions = new Map();
  /** The number of subscriptions so far: their IDs are `sub_` with a number from 1. */
  #count = 0;
  #isConnected = false;
  #isClosed = false;
  /** @type {Timer | undefined} */
  #timer;
  /** By the ID of the subscription, also those that are over. @type {Map<string, FilterCheck>} */
  #checks = new Map();
  #isChecking = false;

  /**
   * @param {Pick<Engine, 'stats'>} engine
   * @param {Pick<Listeners, 'add' | 'remove'>} listeners
   * @param {() => boolean} hasExtension
   */
  constructor(engine, listeners, hasExtension) {
    this.#engine = engine;
    this.#listeners = listeners;
    this.#hasExtension = hasExtension;
  }

  /** @param {string} state */
  connection(state) {
    this.#isConnected = state === 'connected';
    this.#arm();
  }

  /** @param {string | undefined} topic @param {boolean} wanted */
  listens(topic = EVERY, wanted) {
    if (this.#isChecking) return;
    if (!wanted) {
      this.#heard.delete(topic);
      return;
    }
    this.#heard.add(topic);
    this.#arm();
  }

  /** @param {string} subscriptionId @param {string} topic @param {object | undefined} filter */
  subscribed(subscriptionId, topic, filter) {
    this.#count += 1;
    this.#subscriptions.set(subscriptionId, { topic, filter });
    this.#arm();
  }

  /** @param {string} subscriptionId @param {boolean} wasLive */
  unsubscribed(subscriptionId, wasLive) {
    this.#subscriptions.delete(subscriptionId);
    const [, number] = /^sub_([1-9]\d*)$/.exec(subscriptionId) ?? [];
    if (wasLive || Number(number) <= this.#count) return;
    const isTopic = [...this.#subscriptions.values()].some(({ topic }) => topic === subscriptionId);
    const what = isTopic ? 'is a topic' : 'was never returned by subscribe()';
    const shown = isTopic ? `'${subscriptionId}'` : 'the ID';
    give(
      'UNKNOWN_SUBSCRIPTION',
      `RealtimeClient.unsubscribe(): ${shown} ${what}, so nothing has ended. Pass what subscribe() returned, such as 'sub_1'.`,
    );
  }

  close() {
    this.#isClosed = true;
    cancel(this.#timer);
    for (const check of this.#checks.values()) check.end();
  }

  #arm() {
    cancel(this.#timer);
    this.#timer = undefined;
    if (!this.#isConnected || this.#isClosed) return;
    this.#timer = later(() => this.#look(), PATIENCE, false);
  }

  #look() {
    this.#timer = undefined;
    const topics = new Set([...this.#subscriptions.values()].map(({ topic }) => topic));
    const wildcards = [...topics].filter(isWildcard);
    // Only the server knows what a wildcard matches; channels and documents have events of their
    // own.
    if (wildcards.length === 0 && !this.#hasExtension()) this.#lookForUnsubscribed(topics);
    this.#lookForUnheard(topics);
    if (wildcards.length > 0 && wildcards.length === topics.size) this.#lookAtWildcards(wildcards);
    this.#lookAtFilters();
  }

  /** Listeners that no subscription brings an event. @param {Set<string>} topics */
  #lookForUnsubscribed(topics) {
    const deaf = [...this.#heard].filter((topic) => (topic === EVERY ? topics.size === 0 : !topics.has(topic)));
    if (deaf.length === 0) return;
    const isGeneral = deaf.length === 1 && deaf[0] === EVERY;
    const names = isGeneral ? "'event'" : named(deaf, (topic) => `'event:${topic}'`);
    const topic = isGeneral ? '...' : deaf.find((each) => each !== EVERY);
    give(
      'LISTENER_WITHOUT_SUBSCRIPTION',
      `RealtimeClient.on(): ${names} gets no events, since nothing is subscribed to ${isGeneral ? 'any topic' : 'it'}. Call subscribe({ topic: '${topic}' }) as well.`,
    );
  }

  /** Subscriptions whose events no listener hears. @param {Set<string>} topics */
  #lookForUnheard(topics) {
    if (this.#heard.has(EVERY)) return;
    const unheard = [...topics].filter((topic) =>
      isWildcard(topic) ? this.#heard.size === 0 : !this.#heard.has(topic),
    );
    if (unheard.length === 0) return;
    give(
      'SUBSCRIPTION_WITHOUT_LISTENER',
      `RealtimeClient.subscribe(): ${named(unheard, quoted)} has no listener, so its events are dropped. ` +
        `Listen with on('event:${unheard[0]}', ...) or on('event', ...).`,
    );
  }

  /** @param {string[]} wildcards */
  #lookAtWildcards(wildcards) {
    if (this.#engine.stats().eventsReceived > 0) return;
    give(
      'WILDCARD_WITHOUT_EVENTS',
      `RealtimeClient.subscribe(): ${named(wildcards, quoted)} has brought no event. ` +
        "Where a server knows no wildcards, '*' stands for itself: subscribe to each topic by its name.",
    );
  }

  /** Watches filters of topics whose events come by another subscription, too. */
  #lookAtFilters() {
    const live = [...this.#subscriptions];
    this.#isChecking = true;
    for (const [id, { topic, filter }] of live) {
      const isHeard = this.#heard.has(topic) || this.#heard.has(EVERY);
      const isShared = live.some(([other, each]) => other !== id && each.topic === topic);
      if (filter === undefined || !isHeard || !isShared || this.#checks.has(id) || this.#checks.size >= MAX_CHECKS)
        continue;
      this.#checks.set(id, new FilterCheck(this.#listeners, id, topic, filter, give));
    }
    this.#isChecking = false;
  }
}

/** @param {string} code @param {string} message */
function give(code, message) {
  if (given.has(code)) return;
  given.add(code);
  warn(message, { code });
}

/** The first few, in a sentence. @param {string[]} topics @param {(topic: string) => string} show */
function named(topics, show) {
  const shown = topics.filter((topic) => topic !== EVERY).slice(0, MAX_NAMED);
  return shown.map(show).join(', ');
}

/** @param {string} topic */
function quoted(topic) {
  return `'${topic}'`;
}

/** @param {string} topic */
function isWildcard(topic) {
  return topic.includes('*');
}

/** @type {typeof import('./hints.js').createHints} */
function createHints(engine, listeners, hasExtension) {
  return new NodeHints(engine, listeners, hasExtension);
}

export { createHints };
