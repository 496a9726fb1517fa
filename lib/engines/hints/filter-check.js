/**
 * Looks at some events of a topic for a filter that can match none of them: they lack the member,
 * or have a value of another type there. Events with another value prove nothing: the right ones
 * may be rare.
 */

import { own } from '../../own.js';

/** @import { Engine } from '../engine.js' */

/** How many events have to show the same. */
const ENOUGH = 20;

class FilterCheck {
  #engine;
  #next;
  #left = ENOUGH;

  /**
   * @param {Engine} engine whose events are looked at until there is a result
   * @param {string} id of the subscription
   * @param {string} topic
   * @param {object} filter
   * @param {(code: string, message: string) => void} give
   */
  constructor(engine, id, topic, filter, give) {
    this.#engine = engine;
    this.#next = engine.next;
    engine.next = () => {
      const item = Reflect.apply(this.#next, engine, []);
      if (item === undefined || Array.isArray(item) || item.topic !== topic || this.#left === 0) return item;
      const fault = faultOf(filter, own(item, 'payload'));
      this.#left = fault === undefined ? 0 : this.#left - 1;
      if (this.#left > 0) return item;
      this.end();
      if (fault !== undefined)
        give(
          'FILTER_MATCHES_NOTHING',
          `RealtimeClient.subscribe(): the filter of ${id} matches no event of '${topic}': ${fault}.`,
        );
      return item;
    };
  }

  end() {
    this.#left = 0;
    // Another check may have put itself before this one: then this one passes items on.
    this.#engine.next = this.#next;
  }
}

/**
 * Why a filter can never match events like this one; undefined where it may.
 *
 * @param {object} filter
 * @param {unknown} payload
 */
function faultOf(filter, payload) {
  for (const [key, condition] of Object.entries(filter)) {
    const found = own(payload, key) ?? lookUp(payload, key);
    if (found === undefined) return `they have no '${key}'`;
    const wanted = scalarsOf(condition);
    if (found === null || wanted.includes(null) || wanted.length === 0) continue;
    if (wanted.every((value) => typeof value !== typeof found))
      return `'${key}' is a ${typeof found} in them and a ${typeof wanted[0]} in the filter`;
  }
  return undefined;
}

/** @param {any} condition @returns {unknown[]} */
function scalarsOf(condition) {
  if (typeof condition !== 'object' || condition === null) return [condition];
  return own(condition, 'in') ?? [condition.eq];
}

/** A dotted path. @param {unknown} payload @param {string} path */
function lookUp(payload, path) {
  let value = payload;
  for (const key of path.split('.')) value = own(value, key);
  return value;
}

export { FilterCheck };
