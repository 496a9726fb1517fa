/**
 * The broker: connections, topics and the way of an event from its publisher to its receivers. It knows nothing
 * of sockets; the wires tell it who is there and it calls their `deliver`.
 */

import { DelayLine } from './delay-line.js';
import { completeEvent, cutEvent } from './event.js';
import { Topics } from './topics.js';
import { LIMITS } from './vocabulary.js';

export class Broker {
  /** @type {Set<import('./connection.js').Connection>} */
  #connections = new Set();
  #topics = new Topics();
  #line = new DelayLine();
  #history = [];
  #waiting = new Set();
  #observer;

  get connections() {
    return [...this.#connections];
  }

  open(connection) {
    this.#connections.add(connection);
    this.#observer?.opened(connection);
    this.#changed();
  }

  close(connection) {
    this.#connections.delete(connection);
    this.#observer?.closed(connection);
    this.#changed();
  }

  /** Swaps `former` for `next` in one step; either may be undefined. */
  replaceSubscription(former, next) {
    if (former) this.#topics.remove(former);
    if (next) this.#topics.add(next);
    this.#changed();
  }

  /** Those of open connections. */
  countSubscriptions(topic) {
    return [...this.#topics.of(topic)].filter(({ connection }) => this.#connections.has(connection)).length;
  }

  /** Completes the event, sends it to its receivers and returns it. */
  publish(partial) {
    const event = completeEvent(partial);
    this.#history.push(event);
    if (this.#history.length > LIMITS.history) this.#history.shift();
    this.#route(event);
    this.#observer?.published(event);
    return event;
  }

  /** Sends the last `count` events again, unchanged, to those who are subscribed now. */
  repeat(count) {
    const events = count === 0 ? [] : this.#history.slice(-count);
    for (const event of events) this.#route(event);
    return events;
  }

  setDelay(milliseconds) {
    this.#line.setDelay(milliseconds);
  }

  /** Resolves as soon as `condition()` holds; it is asked again whenever connections or subscriptions change. */
  until(condition) {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ condition, resolve, reject });
      this.#changed();
    });
  }

  /** Asks everyone who waits in `until` again: something beside connections and subscriptions has changed. */
  recheck() {
    this.#changed();
  }

  /** @param {Record<'published' | 'opened' | 'closed', (subject: object) => void>} [observer] hears of all; must not throw */
  observe(observer) {
    this.#observer = observer;
  }

  /** Rejects everyone who still waits. */
  abandon(error) {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  #route(event) {
    for (const [connection, modes] of this.#topics.receivers(event)) {
      const cut = cutEvent(event, modes);
      this.#line.send(() => connection.deliver(cut));
    }
  }

  #changed() {
    for (const waiter of this.#waiting) {
      try {
        if (!waiter.condition()) continue;
        waiter.resolve();
      } catch (error) {
        waiter.reject(error);
      }
      this.#waiting.delete(waiter);
    }
  }
}
