/**
 * The subscriptions a client wants, and the server's ids for them.
 *
 * @import { Requests } from './requests.js'
 */

import { Filter } from './filter.js';

/**
 * One subscription.
 *
 * @typedef {object} Subscription
 * @property {string} topic
 * @property {string | undefined} filter its JSON, as the user wrote it
 * @property {string | undefined} returnMode
 * @property {Filter | undefined} conditions
 * @property {string | undefined} serverId the server's own id in the present session
 */

/**
 * The subscription that a confirmation belongs to.
 *
 * - `number`: a live one. The server now has two subscriptions where `former` is its earlier id in
 *   this session: that one has to be ended.
 * - `ended`: one that the user has ended in the meantime. The server has to end it under this id.
 *
 * @typedef {{ number: number, former: string | undefined, ended?: undefined } | { ended: string }} Confirmed
 */

/** Under this key are the topics with a `*`. Only the server knows what those match. */
const PATTERNS = '*';

/** All subscriptions of a client, in the order of their creation. */
class Subscriptions {
  last = 0;
  /** @type {Map<number, Subscription>} */
  #live = new Map();
  /** The same by topic, for the look-up of every event. @type {Map<string, Subscription[]>} */
  #topics = new Map();

  get size() {
    return this.#live.size;
  }

  /**
   * Adds a subscription and returns its number.
   *
   * @param {string} topic
   * @param {string | undefined} filter
   * @param {string | undefined} returnMode
   */
  insert(topic, filter, returnMode) {
    this.last += 1;
    const conditions = filter === undefined ? undefined : new Filter(JSON.parse(filter));
    const subscription = { topic, filter, returnMode, conditions, serverId: undefined };
    this.#live.set(this.last, subscription);
    const key = keyOf(topic);
    this.#topics.set(key, [...(this.#topics.get(key) ?? []), subscription]);
    return this.last;
  }

  /**
   * Removes a subscription and returns the id under which the server knows it.
   *
   * @param {number} number
   */
  remove(number) {
    const subscription = this.#live.get(number);
    if (subscription === undefined) return undefined;
    this.#live.delete(number);
    const key = keyOf(subscription.topic);
    const others = this.#topics.get(key)?.filter((other) => other !== subscription) ?? [];
    if (others.length > 0) this.#topics.set(key, others);
    else this.#topics.delete(key);
    return subscription.serverId ?? ourId(number);
  }

  /**
   * Whether any subscription wants an event with this topic and payload.
   *
   * @param {string} topic
   * @param {unknown} payload
   */
  want(topic, payload) {
    const subscriptions = this.#topics.get(topic);
    // Every event comes here: a loop costs less than a function.
    if (subscriptions) for (const { conditions } of subscriptions) if (!conditions?.excludes(payload)) return true;
    return this.#topics.has(PATTERNS);
  }

  /**
   * Adds a subscription to the requests of a link, and returns it.
   *
   * @param {number} number
   * @param {Requests} requests
   */
  request(number, requests) {
    const subscription = this.#live.get(number);
    if (subscription) requests.push(number, subscription.topic, this.size);
    return subscription;
  }

  /**
   * Applies the server's confirmation of one of the link's requests; see {@link Requests.confirm}.
   * Undefined: no request is pending.
   *
   * @param {Requests} requests
   * @param {number | undefined} number
   * @param {string | undefined} topic
   * @param {string | undefined} serverId
   * @returns {Confirmed | undefined}
   */
  confirm(requests, number, topic, serverId) {
    const owns = (/** @type {number} */ requested) => this.#live.get(requested)?.serverId === serverId;
    const confirmed = requests.confirm(number, serverId === undefined ? undefined : owns, topic);
    const subscription = this.#live.get(/** @type {number} */ (confirmed));
    if (confirmed === undefined) return undefined;
    const ours = ourId(confirmed);
    if (subscription === undefined)
      return serverId === undefined || serverId === ours ? undefined : { ended: serverId };
    const former = subscription.serverId;
    if (serverId !== undefined) subscription.serverId = serverId;
    // Our own id may name either of the server's two subscriptions, so it ends neither.
    const isUnused = former !== undefined && former !== ours && serverId !== ours && !this.hasServerId(former);
    return { number: confirmed, former: isUnused ? former : undefined };
  }

  /** Whether a live subscription has this id on the server. @param {string} serverId */
  hasServerId(serverId) {
    for (const subscription of this.#live.values()) if (subscription.serverId === serverId) return true;
    return false;
  }

  /** The topic of a live subscription. @param {number} number */
  topic(number) {
    return this.#live.get(number)?.topic;
  }

  /** Forgets the server's ids: a new session of the server has others. */
  forgetServerIds() {
    for (const subscription of this.#live.values()) subscription.serverId = undefined;
  }

  /** Removes all subscriptions. Their numbers are not used again. */
  clear() {
    this.#live.clear();
    this.#topics.clear();
  }

  /** The numbers of the live ones, in the order of their creation. */
  numbers() {
    return [...this.#live.keys()];
  }
}

/** @param {string} topic */
function keyOf(topic) {
  return topic.includes('*') ? PATTERNS : topic;
}

/** The SDK's id as a server's id, which is JSON. @param {number} number */
function ourId(number) {
  return `"${idOf(number)}"`;
}

/** The SDK's id of a subscription. @param {number} number */
function idOf(number) {
  return `sub_${number}`;
}

/** The number in an SDK id. @param {string} id */
function numberOf(id) {
  const number = Number(/^sub_([1-9]\d{0,9}|0)$/.exec(id)?.[1]);
  return number < 2 ** 32 ? number : undefined;
}

export { idOf, numberOf, Subscriptions };
