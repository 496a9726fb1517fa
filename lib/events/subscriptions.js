/**
 * What the client itself knows of its subscriptions: their handlers and signals, and what the
 * server has said to them. The engine owns everything else.
 */

import { onAbort } from '../aborts.js';
import { matches } from '../filter.js';
import { own } from '../own.js';

/** @import { RealtimeEvent, SubscribeOptions } from '../../index.js' */
/** @import { Report } from '../engines/engine.js' */
/** @import { Dispatch } from './dispatch.js' */
/** @import { Listeners } from './listeners.js' */
/** @typedef {(event: RealtimeEvent<any>) => unknown} Handler */

/**
 * @typedef {object} Subscription
 * @property {number} confirmed the connection on which the server has confirmed it
 * @property {Report} [refusal] why the server has refused it
 * @property {Handler} [handler] undefined once it is not to be called any more
 * @property {() => void} [stop] removes the handler and the callback of the signal
 */

class Subscriptions {
  /** Called when the user has ended a subscription. @type {((id: string) => void) | undefined} */
  ended;
  #listeners;
  /** @type {Map<string, Subscription>} */
  #live = new Map();
  /** Changes with every change of the connection. */
  #connection = 0;

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
  }

  /** @param {Dispatch} dispatch */
  register(dispatch) {
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
   * @param {SubscribeOptions & { signal?: AbortSignal }} options
   * @param {Handler | undefined} handler
   * @param {() => void} end ends the subscription, as its signal demands
   */
  add(id, { topic, filter, signal }, handler, end) {
    /** @type {Subscription} */
    const subscription = { confirmed: -1, handler };
    this.#live.set(id, subscription);
    const ignore = signal && onAbort(signal, end);
    if (handler) this.#listen(subscription, topic, filter);
    const { stop } = subscription;
    subscription.stop = () => {
      ignore?.();
      stop?.();
    };
  }

  /** What the server has said to a subscription; undefined for an unknown id. @param {string} id */
  answer(id) {
    const subscription = this.#live.get(id);
    return subscription && { refusal: subscription.refusal, isConfirmed: subscription.confirmed === this.#connection };
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
    for (const subscription of this.#live.values()) stop(subscription);
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
    const pattern = topic.includes('*') ? patternOf(topic) : undefined;
    const name = pattern ? 'event' : `event:${topic}`;
    /** @this {object} @param {RealtimeEvent<any>} event */
    const listener = function (event) {
      // Another handler may have ended the subscription while this event is delivered.
      const { handler } = subscription;
      if (handler && (!pattern || pattern.test(event.topic)) && matches(filter, event.payload))
        return handler.call(this, event);
    };
    this.#listeners.add(name, listener, false);
    subscription.stop = () => this.#listeners.remove(name, listener);
  }
}

/** @param {Subscription} subscription */
function stop(subscription) {
  subscription.handler = undefined;
  subscription.stop?.();
}

/**
 * The server alone knows what a pattern matches: a star stands for anything here.
 *
 * @param {string} topic with stars
 */
function patternOf(topic) {
  const texts = topic.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${texts.join('.*')}$`, 's');
}

export { Subscriptions };
