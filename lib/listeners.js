'use strict';

/**
 * The listener table of a client. Adding, removing and `once` behave as in Node's EventEmitter: a function added twice is
 * called twice, `off` removes the one added last, and changes made by a handler take effect with the next event, since
 * the lists are copied on write.
 */

const { invalidArgument } = require('./errors.js');
const values = require('./values.js');

/**
 * @typedef {{ readonly name: string, readonly handler: (data: any) => unknown, readonly once: boolean }} Listener
 */

const TOPIC_PREFIX = 'event:';
/** @type {readonly Listener[]} */
const NONE = Object.freeze([]);

class Listeners {
  /** By name, and by topic: an arriving event is looked up without building 'event:<topic>'. */
  #byName = /** @type {Map<string, readonly Listener[]>} */ (new Map());
  #byTopic = /** @type {Map<string, readonly Listener[]>} */ (new Map());
  #interest;

  /**
   * @param {(topic: string | null, wanted: boolean) => void} interest called when the first listener of 'event' (null) or of
   *   'event:<topic>' comes and when the last one goes
   */
  constructor(interest) {
    this.#interest = interest;
  }

  /** @param {unknown} name @param {unknown} handler @param {boolean} once */
  add(name, handler, once) {
    const { map, key } = this.#locate(name);
    const listener = { name: String(name), handler: values.handler(handler, 'handler'), once };
    const list = map.get(key);
    map.set(key, list === undefined ? [listener] : [...list, listener]);
    if (list === undefined) this.#tell(map, key, true);
  }

  /** @param {unknown} name @param {unknown} handler */
  remove(name, handler) {
    const { map, key } = this.#locate(name);
    values.handler(handler, 'handler');
    const index = map.get(key)?.findLastIndex((listener) => listener.handler === handler) ?? -1;
    this.#removeAt(map, key, index);
  }

  /** @param {'event' | 'connection' | 'error'} name */
  named(name) {
    return this.#byName.get(name) ?? NONE;
  }

  /** The listeners of 'event:<topic>'. @param {string} topic */
  topical(topic) {
    return this.#byTopic.get(topic) ?? NONE;
  }

  /** Removes a `once` listener that is about to be called. @param {Listener} listener */
  spend(listener) {
    const { map, key } = this.#locate(listener.name);
    this.#removeAt(map, key, map.get(key)?.indexOf(listener) ?? -1);
  }

  /** Forgets all of them, without a word to `interest`. */
  clear() {
    this.#byName.clear();
    this.#byTopic.clear();
  }

  /** @param {unknown} name */
  #locate(name) {
    if (name === 'event' || name === 'connection' || name === 'error') return { map: this.#byName, key: name };
    if (typeof name !== 'string' || !name.startsWith(TOPIC_PREFIX))
      throw invalidArgument('event', "'event', 'event:<topic>', 'connection' or 'error'", name);
    return { map: this.#byTopic, key: values.topic(name.slice(TOPIC_PREFIX.length), `'${TOPIC_PREFIX}<topic>'`) };
  }

  /** @param {Map<string, readonly Listener[]>} map @param {string} key @param {number} index */
  #removeAt(map, key, index) {
    const list = map.get(key);
    if (list === undefined || index < 0) return;
    if (list.length > 1) {
      map.set(key, list.toSpliced(index, 1));
      return;
    }
    map.delete(key);
    this.#tell(map, key, false);
  }

  /** @param {Map<string, readonly Listener[]>} map @param {string} key @param {boolean} wanted */
  #tell(map, key, wanted) {
    if (map === this.#byTopic) this.#interest(key, wanted);
    else if (key === 'event') this.#interest(null, wanted);
  }
}

exports.Listeners = Listeners;
