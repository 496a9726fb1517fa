/**
 * The subscriptions a client wants, and the server's ids for them.
 *
 * @import { Requests } from './requests.js'
 */

import { Filter } from './filter.js';
import { append, remove } from './lists.js';
import { Owners, serverIdOf } from './server-ids.js';

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

/** All subscriptions of a client, in the order of their creation. */
class Subscriptions {
  #last = 0;
  /** @type {Map<number, Subscription>} */
  #live = new Map();
  /** @type {Map<string, Subscription[]>} */
  #topics = new Map();
  /** The live ones by the server's ids. The server may use one id for several. */
  #owners = new Owners();
  /** How many live topics contain a `*`. Only the server knows what those match. */
  #patterns = 0;

  /**
   * Adds a subscription and returns its number.
   *
   * @param {string} topic
   * @param {string | undefined} filter
   * @param {string | undefined} returnMode
   */
  insert(topic, filter, returnMode) {
    this.#last += 1;
    const conditions = filter === undefined ? undefined : new Filter(JSON.parse(filter));
    const subscription = { topic, filter, returnMode, conditions, serverId: undefined };
    this.#live.set(this.#last, subscription);
    append(this.#topics, topic, subscription);
    this.#patterns += Number(topic.includes('*'));
    return this.#last;
  }

  /**
   * Removes a subscription and returns the id under which the server knows it.
   *
   * @param {number} number
   */
  remove(number) {
    const subscription = this.#live.get(number);
    if (subscription === undefined) return undefined;
    const { topic, serverId } = subscription;
    this.#live.delete(number);
    this.#patterns -= Number(topic.includes('*'));
    remove(this.#topics, topic, subscription);
    if (serverId !== undefined) this.#owners.remove(serverId, number);
    return serverId ?? serverIdOf(idOf(number));
  }

  /**
   * Whether any subscription wants an event with this topic and payload.
   *
   * @param {string} topic
   * @param {unknown} payload
   */
  want(topic, payload) {
    if (this.#patterns > 0) return true;
    const subscriptions = this.#topics.get(topic);
    if (subscriptions === undefined) return false;
    for (const { conditions } of subscriptions) if (!conditions?.excludes(payload)) return true;
    return false;
  }

  /**
   * Adds a subscription to the requests of a link, and returns it.
   *
   * @param {number} number
   * @param {Requests} requests
   */
  request(number, requests) {
    const subscription = this.#live.get(number);
    if (subscription) requests.push(number, subscription.topic, this.len());
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
    const confirmed = requests.confirm(number, serverId !== undefined, this.#owners.of(serverId), topic);
    if (confirmed === undefined) return undefined;
    const subscription = this.#live.get(confirmed);
    if (subscription)
      return {
        number: confirmed,
        former: serverId === undefined ? undefined : this.#rename(confirmed, subscription, serverId),
      };
    return serverId === undefined || serverId === serverIdOf(idOf(confirmed)) ? undefined : { ended: serverId };
  }

  /** Whether a live subscription has this id on the server. @param {string} serverId */
  hasServerId(serverId) {
    return this.#owners.of(serverId).length > 0;
  }

  /** The topic of a live subscription. @param {number} number */
  topic(number) {
    return this.#live.get(number)?.topic;
  }

  /** Forgets the server's ids: a new session of the server has others. */
  forgetServerIds() {
    for (const subscription of this.#live.values()) subscription.serverId = undefined;
    this.#owners.clear();
  }

  /** Removes all subscriptions. Their numbers are not used again. */
  clear() {
    for (const number of this.numbers()) this.remove(number);
  }

  /** The numbers of the live ones, in the order of their creation. */
  numbers() {
    return [...this.#live.keys()];
  }

  len() {
    return this.#live.size;
  }

  /**
   * Sets the server's id of a live subscription. Returns its former id if no other live
   * subscription has that one.
   *
   * @param {number} number
   * @param {Subscription} subscription
   * @param {string} serverId
   */
  #rename(number, subscription, serverId) {
    const former = subscription.serverId;
    if (former === serverId) return undefined;
    subscription.serverId = serverId;
    if (former !== undefined) this.#owners.remove(former, number);
    this.#owners.insert(serverId, number);
    // Our own id may name either of the server's two subscriptions, so it ends neither.
    const ours = serverIdOf(idOf(number));
    const isUnused = former !== undefined && former !== ours && serverId !== ours && !this.hasServerId(former);
    return isUnused ? former : undefined;
  }
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
