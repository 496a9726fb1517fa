/**
 * The broker: connections, topics and the way of an event from its publisher to its receivers. It knows nothing
 * of sockets; the wires tell it who is there and it calls their `deliver`.
 */

import { Channels } from '../channels/channels.js';
import { LIMITS } from '../vocabulary.js';
import { DelayLine } from './delay-line.js';
import { completeEvent, cutEvent } from './event.js';
import { Topics } from './topics.js';

export class Broker {
  /** @type {Set<import('./connection.js').Connection>} */
  #connections = new Set();
  #topics = new Topics();
  #line = new DelayLine();
  #history = [];
  #waiting = new Set();
  #observer;
  channels = new Channels(this, () => this.#changed());

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

  /** Whether it has a link at this moment. */
  isOpen(connection) {
    return this.#connections.has(connection);
  }

  /** Those of open connections. */
  countSubscriptions(topic) {
    return [...this.#topics.of(topic)].filter(({ connection }) => this.isOpen(connection)).length;
  }

  /** Completes the event, sends it to its receivers and returns it. */
  publish(partial) {
    const event = completeEvent(partial);
    const receivers = () => this.#topics.receivers(event);
    this.#remember(event, () => Array.from(receivers(), ([connection, modes]) => [connection, cutEvent(event, modes)]));
    return event;
  }

  /** Sends a whole event to whom `receivers()` names, and remembers both for `repeat()`. */
  distribute(event, receivers) {
    this.#remember(event, () => Array.from(receivers(), (connection) => [connection, event]));
  }

  /** Sends a whole event once. */
  send(event, receivers) {
    this.#observer?.published(event);
    this.#deliver(Array.from(receivers, (connection) => [connection, event]));
  }

  /** Sends the last `count` events again, same ids, to those who would receive them now. */
  repeat(count) {
    const past = count === 0 ? [] : this.#history.slice(-count);
    for (const { deliveries } of past) this.#deliver(deliveries());
    return past.map(({ event }) => event);
  }

  setDelay(milliseconds) {
    this.#line.setDelay(milliseconds);
  }

  /** Resolves as soon as `condition()` holds; it is asked again whenever connections, subscriptions or channels change. */
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

  #remember(event, deliveries) {
    this.#observer?.published(event);
    this.#history.push({ event, deliveries });
    if (this.#history.length > LIMITS.history) this.#history.shift();
    this.#deliver(deliveries());
  }

  /** Everything goes through here, in one order: what each receiver gets of an event. */
  #deliver(deliveries) {
    for (const [connection, event] of deliveries) this.#line.send(() => connection.deliver(event));
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
