/**
 * What observers see of one client's items: connection attempts, handled events, gaps, warnings and
 * drops. Dispatch passes each item with the function that routes it to sinks and listeners.
 */

import { own } from '../own.js';
import { Attempts } from './attempts.js';
import { begin } from './operations.js';

/** @import { ConnectionEvent, GapEvent, RealtimeEvent, RealtimeStats, SlowEvent } from '../../index.js' */
/** @import { HandleTrace } from '../../types/tracing.js' */
/** @import { Item, Report } from '../engines/engine.js' */
/** @import { BatchTrace, Observed, Observer, Operation } from './observer.js' */
/** @import { Client, ObserveResult, Route } from './tracer.js' */

class ClientTrace {
  #observed;
  /** Those of the current turn. @type {readonly Observer[]} */
  #observers = [];
  #attempts;
  /** Whether any observer of this turn wants events one by one, or the batch. */
  #wantsEvents = false;
  #wantsBatch = false;
  /** @type {{ context: BatchTrace, operation: Operation | undefined, failure: { error: unknown } | undefined } | undefined} */
  #batch;

  /** Those that know the client. @type {WeakSet<Observer>} */
  #met = new WeakSet();

  /**
   * @param {Observed & { client: Client }} observed
   * @param {(report: Report) => Error} toError
   * @param {() => readonly Observer[]} observers those of now: an attempt begins between turns, too
   */
  constructor(observed, toError, observers) {
    this.#observed = observed;
    this.#attempts = new Attempts({
      toError,
      transport: () => /** @type {RealtimeStats} */ (observed.client.stats()).transport,
      begin: (attempt, delay) => {
        const context = { ...this.#observed, attempt, delay };
        return { context, operation: begin(observers(), 'connect', context) };
      },
    });
  }

  get observed() {
    return this.#observed;
  }

  /** @param {Observer} observer */
  meet(observer) {
    if (this.#met.has(observer)) return;
    this.#met.add(observer);
    observer.met?.(this.#observed);
  }

  /** A turn of dispatch begins. @param {readonly Observer[]} observers those that want anything */
  beginTurn(observers) {
    const { client } = this.#observed;
    this.#observers = observers;
    this.#wantsEvents = observers.some((observer) => observer.wants('handle', client));
    this.#wantsBatch = observers.some((observer) => observer.wants('batch', client));
    return this;
  }

  /** @param {Item} item @param {Route} route */
  item(item, route) {
    if (Array.isArray(item)) {
      // Routing redacts the notice.
      route(item);
      this.#notice(item);
    } else if (this.#wantsBatch) {
      this.#handleInBatch(/** @type {RealtimeEvent} */ (item), route);
    } else if (this.#wantsEvents) {
      this.#handle(/** @type {RealtimeEvent} */ (item), route);
    } else {
      route(item);
    }
  }

  /** The turn of dispatch ends. */
  endTurn() {
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch === undefined) return;
    if (batch.failure !== undefined) Object.assign(batch.context, batch.failure);
    batch.operation?.end();
  }

  /** Nobody observes any more: an attempt under way may end unseen. */
  forget() {
    this.#attempts.forget();
  }

  /** The client is destroyed. */
  close() {
    this.endTurn();
    this.#attempts.close();
  }

  /** A connection attempt began before anything observed the client. @param {ConnectionEvent} change */
  changed(change) {
    this.#attempts.changed(change);
  }

  /** @param {RealtimeEvent} event @param {Route} route */
  #handleInBatch(event, route) {
    if (this.#batch === undefined) {
      const context = { ...this.#observed, count: 0 };
      this.#batch = { context, operation: begin(this.#observers, 'batch', context), failure: undefined };
    }
    const batch = this.#batch;
    batch.context.count += 1;
    const { operation } = batch;
    if (operation === undefined) return this.#handle(event, route);
    operation.add?.(event);
    operation.run(() =>
      this.#handle(event, (item, observe) =>
        route(item, (hasFailed, value) => {
          if (hasFailed) batch.failure ??= { error: value };
          observe?.(hasFailed, value);
        }),
      ),
    );
  }

  /** @param {RealtimeEvent} event @param {Route} route */
  #handle(event, route) {
    /** @type {HandleTrace} */
    const context = { ...this.#observed, event };
    const operation = this.#wantsEvents ? begin(this.#observers, 'handle', context) : undefined;
    if (operation === undefined) return route(event);
    // The listeners themselves, and the promises of those that are async functions.
    let pending = 1;
    /** @param {boolean} hasFailed @param {unknown} error */
    const settle = (hasFailed, error) => {
      if (hasFailed && !Object.hasOwn(context, 'error')) context.error = error;
      pending -= 1;
      if (pending === 0) operation.end();
    };
    /** @type {ObserveResult} */
    const observe = (hasFailed, value) => {
      if (hasFailed) {
        pending += 1;
        settle(true, value);
      } else if (isPlainPromise(value)) {
        pending += 1;
        follow(value, settle);
      }
    };
    operation.run(() => route(event, observe));
    settle(false, undefined);
  }

  /** @param {[kind: string, body: any]} notice */
  #notice([kind, body]) {
    const { client } = this.#observed;
    switch (kind) {
      case 'connection':
        this.#attempts.changed(body);
        break;
      case 'error':
        this.#attempts.failed(body);
        break;
      case 'slow':
        this.#notify('slow', { client, slow: /** @type {SlowEvent} */ (body) });
        break;
      case 'gap': {
        const gap = /** @type {GapEvent} */ (body);
        this.#notify('gap', { client, gap });
        const count = own(gap, 'dropped');
        if (count !== undefined) this.#notify('drop', { client, count, gap });
        break;
      }
    }
  }

  /**
   * @template {keyof import('./observer.js').Messages} Name
   * @param {Name} kind
   * @param {import('./observer.js').Messages[Name]} message
   */
  #notify(kind, message) {
    for (const observer of this.#observers) if (observer.wants(kind, message.client)) observer.notify?.(kind, message);
  }
}

/**
 * Whether a listener returned the promise of an async function. Any other promise may belong to
 * someone: the one of `publish()` knows whether it is awaited.
 *
 * @param {unknown} value
 * @returns {value is Promise<unknown>}
 */
function isPlainPromise(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Promise.prototype;
}

/**
 * Calls back when a promise has settled. Its rejection stays unhandled: the process must see it, as
 * it does without an observer.
 *
 * @param {Promise<unknown>} promise
 * @param {(hasFailed: boolean, error: unknown) => void} settle
 */
function follow(promise, settle) {
  promise.then(
    () => settle(false, undefined),
    (error) => {
      settle(true, error);
      throw error;
    },
  );
}

export { ClientTrace };
