/**
 * Looks at some events of a topic for a filter that can match none of them: they lack the member, or
 * have a value of another type there. Events with another value prove nothing: the right ones may be
 * rare.
 */

/** @import { Listeners } from '../listeners.js' */

/** How many events have to show the same. */
const ENOUGH = 20;

class FilterCheck {
  static CODE = 'FILTER_MATCHES_NOTHING';

  #listeners;
  #name;
  #left = ENOUGH;

  /**
   * @param {Pick<Listeners, 'add' | 'remove'>} listeners
   * @param {string} id of the subscription
   * @param {string} topic
   * @param {object} filter
   * @param {(code: string, message: string) => void} give
   */
  constructor(listeners, id, topic, filter, give) {
    this.#listeners = listeners;
    this.#name = `event:${topic}`;
    this.listener = (/** @type {{ payload?: unknown }} */ { payload }) => {
      const fault = faultOf(filter, payload);
      if (fault === undefined) return this.end();
      this.#left -= 1;
      if (this.#left > 0) return;
      this.end();
      give(
        FilterCheck.CODE,
        `RealtimeClient.subscribe(): the filter of ${id} matches no event of '${topic}': ${fault}.`,
      );
    };
    listeners.add(this.#name, this.listener, false);
  }

  end() {
    this.#listeners.remove(this.#name, this.listener);
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
    const wanted = scalarsOf(condition);
    const found = lookUp(payload, key);
    if (found === undefined) return `they have no ${key}`;
    if (
      found !== null &&
      wanted.length > 0 &&
      !wanted.includes(null) &&
      !wanted.some((value) => typeof value === typeof found)
    )
      return `their ${key} is a ${typeof found}, the filter has a ${typeof wanted[0]}`;
  }
  return undefined;
}

/** @param {any} condition */
function scalarsOf(condition) {
  if (typeof condition !== 'object' || condition === null) return [condition];
  return Object.hasOwn(condition, 'in') ? condition.in : [condition.eq];
}

/** A key as it is, or else as a dotted path. @param {any} payload @param {string} key */
function lookUp(payload, key) {
  /** @param {any} value @param {string} name */
  const step = (value, name) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  return (
    step(payload, key) ??
    key.split('.').reduce((/** @type {any} */ value, /** @type {string} */ name) => step(value, name), payload)
  );
}

export { FilterCheck };
