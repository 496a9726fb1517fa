/**
 * From the engine to the handlers: takes items, and passes each to the parts of the client that
 * registered for it, then to the listeners.
 *
 * The engine calls once when it has something. Its items are then taken until there are none, with
 * a turn of the event loop in between whenever the time is up, which all clients share (see
 * `host/turns.js`). So a flood of events cannot starve timers and sockets. A handler that throws
 * stops nothing.
 */

import { loadChecks } from '#checks';
import { later, now, report, warn } from '#host';
import { invalidArgument, RealtimeError } from '../errors/errors.js';
import { awaitTurn, takeTurn } from '../host/turns.js';

/** @import { Engine, Event, Item, Notices } from '../engines/engine.js' */
/** @import { Listeners } from './listeners.js' */
/** @import { StandardSchema } from '../../index.js' */
/** @import { Redaction } from '../redaction/redaction.js' */
/** @import { CheckedItems, TopicSchemas } from '../schemas/checked-items.js' */

/** Until the code that checks events is loaded again, in milliseconds. */
const RELOAD_DELAY = 5000;

/**
 * Takes the bodies of one kind of notices. Returns true to keep a notice from the sinks behind it,
 * and from the listeners.
 *
 * @template {keyof Notices} Kind
 * @typedef {(body: Notices[Kind]) => boolean | void} Sink
 */

/**
 * Takes the events of channels and direct messages, with their topics as they came.
 *
 * @typedef {(event: Event, topic: string, observe?: ObserveResult) => void} MessageSink
 */

/**
 * What observes the items of a turn, see `tracing/client-trace.js`.
 *
 * @typedef {(hasFailed: boolean, value: unknown) => void} ObserveResult called with what each
 *   listener returned or threw
 * @typedef {object} Trace
 * @property {(item: Item, route: (item: Item, observe?: ObserveResult) => void) => void} item
 * @property {() => void} endTurn
 */

/**
 * Where items come from: the engine, or what checks its events.
 *
 * @typedef {Pick<Engine, 'next' | 'wants'>} Source
 */

/** @type {readonly Sink<any>[]} */
const NONE = Object.freeze([]);

class Dispatch {
  /** How many events the loops have dropped. */
  dropped = 0;
  /** How many events were dropped because they did not fit their schemas. */
  invalid = 0;
  #engine;
  /** Undefined while the code that checks events is being loaded. @type {Source | undefined} */
  #source;
  /** By subscription. @type {TopicSchemas | undefined} */
  #schemas;
  /** @type {CheckedItems | undefined} */
  #checks;
  #listeners;
  #redaction;
  #receiver;
  #trace;
  /** In the order in which they are called. @type {Map<string, Sink<any>[]>} */
  #sinks = new Map();
  /** @type {MessageSink | undefined} */
  #messageSink;
  /** Whether it waits for a turn. */
  #isWaiting = false;
  #closed = false;
  /**
   * Whether a handler of the current event has ended a subscription, left a channel or
   * disconnected.
   */
  #subscriptionsChanged = false;
  /** How many errors were reported, by code. @type {Record<string, number> | undefined} */
  errors;
  /** Codes of errors without a listener that were warned about. */
  /** @type {Set<string> | undefined} */
  #warned;

  /**
   * @param {object} deps
   * @param {Engine} deps.engine
   * @param {Listeners} deps.listeners
   * @param {Redaction} deps.redaction
   * @param {object} deps.receiver `this` of the handlers
   * @param {() => Trace | undefined} [deps.trace] called for each turn
   */
  constructor({ engine, listeners, redaction, receiver, trace }) {
    this.#engine = engine;
    this.#source = engine;
    this.#listeners = listeners;
    this.#redaction = redaction;
    this.#receiver = receiver;
    this.#trace = trace;
  }

  /**
   * Adds a sink behind those of the same kind. Listeners of that name come after all sinks.
   *
   * @template {keyof Notices} Kind
   * @param {Kind} kind
   * @param {Sink<Kind>} sink
   */
  register(kind, sink) {
    this.#sinks.set(kind, this.#sinks.get(kind)?.concat(sink) ?? [sink]);
  }

  /** @param {MessageSink} sink */
  registerMessages(sink) {
    this.#messageSink = sink;
  }

  /**
   * Checks the events of a topic with a schema from now on. No item is taken until the code for
   * that is loaded.
   *
   * @param {string} topic
   * @param {StandardSchema} schema
   * @param {() => string} subscribe
   * @returns {string} the subscription's id
   */
  check(topic, schema, subscribe) {
    this.#schemas ??= new Map();
    const others = [...this.#schemas.values()];
    // An event is delivered once, and only the server knows what a pattern matches.
    if (topic.includes('*') || others.some((other) => other.topic === topic && other.schema !== schema))
      throw invalidArgument('RealtimeClient: schema', 'one schema for a topic, and none for a pattern', topic);
    const id = subscribe();
    this.#schemas.set(id, { topic, schema });
    if (this.#source === this.#engine) {
      this.#source = undefined;
      this.#loadCheck(this.#schemas);
    }
    this.#checks?.changed();
    return id;
  }

  /**
   * The engine has items. A turn that it waits for already will take them.
   *
   * @param {number} [time] just read
   */
  onReady(time) {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    takeTurn(this.#turn, time);
  }

  /**
   * A subscription or a channel has ended, or the connection: the current event may be cancelled.
   *
   * @param {string} [subscriptionId] of the subscription
   */
  subscriptionsChanged(subscriptionId = '') {
    this.#subscriptionsChanged = true;
    this.#schemas?.delete(subscriptionId);
    this.#checks?.changed();
  }

  /**
   * Whether handlers of the current event have done what keeps it from further lists of listeners.
   *
   * @param {Event} event
   */
  isCancelled(event) {
    return this.#subscriptionsChanged && !(this.#source ?? this.#engine).wants(event);
  }

  /** Treats a notice as if it came from the engine. @param {Item} notice */
  notify(notice) {
    if (!this.#closed) this.#route(notice);
  }

  /** Calls the listeners of 'error', or else warns. @param {RealtimeError} error */
  report(error) {
    if (this.#closed) return;
    const { code } = error;
    const errors = this.errors ?? Object.create(null);
    errors[code] = (errors[code] ?? 0) + 1;
    this.errors = errors;
    const listeners = this.#listeners.named('error');
    if (listeners.length > 0) {
      this.#listeners.call(listeners, error, this.#receiver);
    } else if (!this.#warned?.has(code)) {
      this.#warned ??= new Set();
      this.#warned.add(code);
      const detail = "Listen to 'error' to see all of them; this warning appears once per code.";
      warn(error.message, { code, detail });
    }
  }

  /** No handler is called after it. */
  close() {
    this.#closed = true;
  }

  /** @param {TopicSchemas} schemas */
  async #loadCheck(schemas) {
    try {
      const { CheckedItems } = await loadChecks();
      this.#source = this.#checks = new CheckedItems(this, this.#engine, schemas, this.#redaction);
      this.onReady();
    } catch (error) {
      this.report(/** @type {RealtimeError} */ (error));
      if (!this.#closed) later(() => this.#loadCheck(schemas), RELOAD_DELAY, false);
    }
  }

  /** @type {import('../host/turns.js').Task} */
  #turn = (began, slice) => {
    this.#isWaiting = false;
    let spent = 0;
    if (this.#closed) return spent;
    /** @type {Trace | undefined} */
    let trace;
    let done = 0;
    let check = 1;
    try {
      // The code that changes listeners has had its turn, and its microtasks too.
      this.#engine.endOfTurn();
      trace = this.#trace?.();
      while (!this.#closed) {
        const item = this.#next();
        if (item === undefined) return spent;
        if (trace === undefined) this.#route(item);
        else trace.item(item, (each, observe) => this.#route(each, observe));
        done += 1;
        if (done < check) continue;
        spent = now() - began;
        if (spent >= slice) {
          this.#awaitTurn();
          return spent;
        }
        // Reads the clock again when half of the time that is left should have passed.
        check += Math.max(1, Math.min(done, Math.floor((done * (slice - spent)) / spent / 2)));
      }
    } catch (error) {
      report(error);
      // The engine does not call again before it was found empty.
      this.#awaitTurn();
      spent = now() - began;
    } finally {
      trace?.endTurn();
    }
    return spent;
  };

  #awaitTurn() {
    this.#isWaiting = true;
    awaitTurn(this.#turn);
  }

  /** The next item that can be read. @returns {Item | undefined} */
  #next() {
    for (;;) {
      try {
        return this.#source?.next();
      } catch (cause) {
        // The error may quote the item.
        const report = { code: 'INTERNAL_ERROR', message: 'an item of a batch could not be read and was dropped' };
        this.report(RealtimeError.from({ ...report, cause: this.#redaction.text(String(cause)) }));
      }
    }
  }

  /** @param {Item} item @param {ObserveResult} [observe] */
  #route(item, observe) {
    if (!Array.isArray(item)) return this.#deliver(item, observe);
    const [kind, body] = item;
    // All notices may contain texts of a peer.
    this.#redaction.clean(body);
    for (const sink of this.#sinks.get(kind) ?? NONE) if (sink(body) === true) return;
    if (kind === 'error') this.report(RealtimeError.from(body));
    else this.#listeners.call(this.#listeners.named(kind), body, this.#receiver);
  }

  /** @param {Event} event @param {ObserveResult} [observe] */
  #deliver(event, observe) {
    this.#subscriptionsChanged = false;
    // Read before a handler can change the event: handlers do not decide who gets it.
    const { topic, source } = event;
    this.#listeners.call(this.#listeners.named('event'), event, this.#receiver, observe);
    if (this.isCancelled(event)) return;
    this.#listeners.call(this.#listeners.keyed(topic), event, this.#receiver, observe);
    if (source !== 'socket' || this.isCancelled(event)) return;
    this.#messageSink?.(event, topic, observe);
  }
}

export { Dispatch };
