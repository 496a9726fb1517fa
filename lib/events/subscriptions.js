/**
 * What the client itself knows of its subscriptions: their handlers and signals, and what the
 * server has said to them. The engine owns everything else.
 */

import { onAbort } from '../aborts.js';
import { matches } from '../filter.js';
import { sent } from '../host/symbols.js';
import { own } from '../own.js';

/** @import { RealtimeEvent, SubscribeOptions } from '../../index.js' */
/** @import { Report } from '../engines/engine.js' */
/** @import { Dispatch } from './dispatch.js' */
/** @import { Listeners } from './listeners.js' */
/** @typedef {(event: RealtimeEvent<any>) => unknown} Handler */

/**
 * @typedef {object} Subscription
 * @property {Handler} [handler] undefined once it is not to be called any more
 * @property {(() => void)[]} ends remove what is there besides: a listener, the callback of a signal
 * @property {number} [confirmed] the connection on which the server has confirmed it
 * @property {Report} [refusal] why the server has refused it
 */

class Subscriptions {
  /** Called when the user has ended a subscription. @type {((id: string) => void) | undefined} */
  ended;
  #listeners;
  /** @type {Map<string, Subscription>} */
  #live = new Map();
  /** Changes with every change of the connection. */
  #connection = 0;

  /** @param {Listeners} listeners @param {Dispatch} dispatch */
  constructor(listeners, dispatch) {
    this.#listeners = listeners;
    dispatch.register('connection', () => {
      this.#connection += 1;
    });
    dispatch.register('subscribed', ({ subscriptionId }) => {
      const subscription = this.#live.get(subscriptionId);
      if (subscription) subscription.confirmed = this.#connection;
    });
    dispatch.register('error', (report) => {
      const subscription = this.#live.get(own(report, 'subscriptionId'));
      if (report.code !== 'SUBSCRIBE_DENIED' || !subscription) return;
      subscription.refusal = report;
      stop(subscription);
    });
  }

  /**
   * @param {string} id
   * @param {SubscribeOptions} options
   * @param {Handler | undefined} handler
   * @param {() => void} end ends the subscription, as its signal demands
   */
  add(id, { topic, filter, signal }, handler, end) {
    /** @type {Subscription} */
    const subscription = { handler, ends: signal ? [onAbort(signal, end)] : [] };
    this.#live.set(id, subscription);
    if (handler) this.#listen(subscription, topic, filter);
  }

  /**
   * Whether the server has confirmed or refused a subscription; undefined for an unknown id.
   *
   * @param {string} id
   */
  answer(id) {
    const { confirmed, refusal } = this.#live.get(id) ?? {};
    return this.#live.has(id) ? { refusal, isConfirmed: confirmed === this.#connection } : undefined;
  }

  /** The user ends a subscription. @param {string} id */
  end(id) {
    const subscription = this.#live.get(id);
    if (!subscription) return;
    this.#live.delete(id);
    stop(subscription);
    this.ended?.(id);
  }

  /** The client is destroyed. */
  close() {
    this.#live.forEach(stop);
    this.#live.clear();
  }

  /**
   * Calls the handler with the events of its subscription alone. The engine delivers those of all
   * subscriptions of the topic.
   *
   * @param {Subscription} subscription
   * @param {string} topic
   * @param {SubscribeOptions['filter']} filter
   */
  #listen(subscription, topic, filter) {
    const isPattern = topic.includes('*');
    const name = isPattern ? 'event' : `event:${topic}`;
    // The server alone knows what a pattern matches: here a star stands for anything.
    const pattern = isPattern && new RegExp(`^${topic.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`, 's');
    /** @this {object} @param {RealtimeEvent<any>} event */
    const listener = function (event) {
      if (pattern && !pattern.test(event.topic)) return;
      // Another handler may have ended the subscription while this event is delivered.
      const { payload } = /** @type {any} */ (event)[sent] ?? event;
      if (matches(filter, payload)) subscription.handler?.call(this, event);
    };
    this.#listeners.add(name, listener, false);
    subscription.ends.push(() => this.#listeners.remove(name, listener));
  }
}

/** @param {Subscription} subscription */
function stop(subscription) {
  subscription.handler = undefined;
  for (const end of subscription.ends.splice(0)) end();
}

export { Subscriptions };
