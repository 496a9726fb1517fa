/**
 * What waits for a client: `ready`, `subscribed`, `waitFor`, and loops. Loaded on first use.
 *
 * The end of a connection ends what cannot come any more: a wait for the connection, a subscription
 * or an event. News of the client itself (`connection`, `gap`, ...) may come later.
 */

import { invalidArgument, RealtimeError } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { own } from '../own.js';
import { Loops } from './loops.js';
import { aborted, Wait } from './wait.js';

/**
 * @import { ConnectionEvent, ConnectionState, RealtimeEvent, SubscribeOptions } from '../../index.js'
 */
/** @import { Engine, EngineConfig, Notices } from '../engines/engine.js' */
/** @import { Dispatch } from '../events/dispatch.js' */
/** @import { Subscriptions } from '../events/subscriptions.js' */
/** @import { Inlet } from './inlet.js' */
/** @import { Source } from './loops.js' */
/** @import { Stream } from './stream.js' */
/** @import { Limits } from './wait.js' */

/**
 * @typedef {object} Client
 * @property {ConnectionState} state
 * @property {(options: SubscribeOptions, handler: (event: RealtimeEvent<any>) => void) => string} subscribe
 * @property {(subscriptionId: string) => void} unsubscribe
 */
/**
 * The parts of a client.
 *
 * @typedef {object} Parts
 * @property {Client} client
 * @property {EngineConfig} config
 * @property {Engine} engine
 * @property {Dispatch} dispatch
 * @property {Subscriptions} subscriptions
 * @property {() => void} assertUsable throws when the client was destroyed
 */
/** @typedef {'connection' | 'confirmation' | 'event' | 'news'} Goal */

/** The reason of the session when the user has called disconnect(). */
const BY_USER = 'client disconnect';
/** The names of listeners that hear of events. */
const OF_EVENTS = /^event(:|$)/;
/** An argument, for errors. */
const ID = 'RealtimeClient.subscribed(): subscriptionId';
const WAIT = { signal: optional(values.signal), timeout: optional(values.positiveMilliseconds) };
const WAIT_FOR = { ...WAIT, where: optional(values.handler) };

class Waiting {
  #client;
  #subscriptions;
  #assertUsable;
  #loops;
  /**
   * What each waits for, and for which subscription.
   *
   * @type {Map<Wait<any>, { goal: Goal, id?: string }>}
   */
  #waits = new Map();
  /** By their subscriptions. @type {Map<string, Stream<any>>} */
  #streams = new Map();
  /**
   * The latest error since the latest change of the connection.
   *
   * @type {Notices['error'] | undefined}
   */
  #failure;
  /** Why there is no connection yet. @type {RealtimeError | undefined} */
  #trouble;

  /** @param {Parts} parts */
  constructor(parts) {
    const { client, dispatch, subscriptions, assertUsable } = parts;
    this.#client = client;
    this.#subscriptions = subscriptions;
    this.#assertUsable = assertUsable;
    this.#loops = new Loops(parts);
    dispatch.register('connection', (change) => this.#changed(change));
    dispatch.register('subscribed', ({ subscriptionId }) => {
      for (const wait of this.#confirmations(subscriptionId)) wait.resolve(undefined);
    });
    dispatch.register('error', (report) => this.#failed(report));
    subscriptions.ended = (id) => {
      const message = `RealtimeClient.subscribed(): '${id}' was ended by unsubscribe()`;
      for (const wait of this.#confirmations(id)) wait.reject(new RealtimeError('ABORTED', message));
      this.#streams.get(id)?.end();
      this.#streams.delete(id);
    };
  }

  /** @param {unknown} [options] */
  async ready(options) {
    const limits = this.#limits('ready', options, WAIT);
    this.#assertConnecting('ready');
    if (this.#client.state === 'connected') return;
    await this.#wait({ goal: 'connection' }, 'RealtimeClient.ready(): Connecting', limits).promise;
  }

  /** @param {unknown} id @param {unknown} [options] */
  async subscribed(id, options) {
    if (typeof id !== 'string') throw invalidArgument(ID, "the string that subscribe() returned, such as 'sub_1'", id);
    const limits = this.#limits('subscribed', options, WAIT);
    const answer = this.#subscriptions.answer(id);
    if (answer === undefined) throw invalidArgument(ID, 'the ID of a live subscription', id);
    if (answer.refusal) throw RealtimeError.from(answer.refusal);
    this.#assertConnecting('subscribed');
    if (answer.isConfirmed) return;
    const what = `RealtimeClient.subscribed(): The confirmation of '${id}'`;
    await this.#wait({ goal: 'confirmation', id }, what, limits).promise;
  }

  /** @param {string} name @param {unknown} options @param {Inlet} inlet where the data comes in */
  async waitFor(name, options, inlet) {
    const { where = () => true, ...limits } = this.#limits('waitFor', options, WAIT_FOR);
    const goal = OF_EVENTS.test(name) ? 'event' : 'news';
    const wait = this.#wait({ goal }, `RealtimeClient.waitFor(): '${name}'`, limits);
    inlet.open((data) => {
      if (!this.#waits.has(wait)) return;
      try {
        if (where(data)) wait.resolve(data);
      } catch (error) {
        wait.reject(error);
      }
    });
    return wait.promise;
  }

  /** @param {any} options */
  events(options) {
    const { signal: _, buffer: __, ...subscription } = Object(options);
    let id = '';
    return this.loop({
      method: 'RealtimeClient.events',
      options: { signal: own(options, 'signal'), buffer: own(options, 'buffer') },
      open: (stream) => {
        // subscribe() refuses what is no object.
        const given = options === Object(options) ? subscription : options;
        id = this.#client.subscribe(given, (event) => stream.push(event));
        this.#streams.set(id, stream);
        return () => this.#client.unsubscribe(id);
      },
      missed: () => ({ subscriptions: [{ subscriptionId: id, topic: subscription.topic }], channels: [] }),
    });
  }

  /** @param {Source} source */
  loop(source) {
    this.#assertUsable();
    return this.#loops.open(source);
  }

  /** The client is destroyed. */
  close() {
    const message = 'The client was destroyed while something waited for it';
    for (const wait of [...this.#waits.keys()]) wait.reject(new RealtimeError('CLIENT_DESTROYED', message));
    this.#loops.close();
  }

  /** @param {ConnectionEvent} change */
  #changed({ state, reason = '' }) {
    const failure = this.#failure;
    this.#failure = undefined;
    // A change may be older than the latest connect().
    if (this.#client.state === 'connected') {
      this.#trouble = undefined;
      for (const wait of this.#waitsWith((goal) => goal === 'connection')) wait.resolve(undefined);
    } else if (state === 'disconnected' && this.#client.state === 'disconnected') {
      const error = endOf(reason, failure);
      for (const wait of this.#waitsWith((goal) => goal !== 'news')) wait.reject(error);
      // Subscriptions outlive a disconnect(): the events of loops may go on.
      if (reason !== BY_USER) this.#loops.fail(error);
    }
  }

  /** @param {Notices['error']} report */
  #failed(report) {
    const { code } = report;
    const id = own(report, 'subscriptionId');
    if (id === undefined) {
      if (code === 'INVALID_EVENT' || own(report, 'channel') !== undefined) return;
      this.#failure = report;
      this.#trouble = RealtimeError.from(report);
    } else if (code === 'SUBSCRIBE_DENIED' || code === 'SUBSCRIBE_UNCONFIRMED') {
      const error = RealtimeError.from(report);
      for (const wait of this.#confirmations(id)) wait.reject(error);
      if (code === 'SUBSCRIBE_DENIED') this.#streams.get(id)?.end(error);
    }
  }

  /**
   * @template {import('../options/schema.js').Parsers} Table
   * @param {string} method
   * @param {unknown} options
   * @param {Table} table
   */
  #limits(method, options, table) {
    this.#assertUsable();
    const given = options === undefined ? {} : options;
    const limits = /** @type {Limits & import('../options/schema.js').Parsed<Table>} */ (
      parseBag(given, `RealtimeClient.${method}(): options`, table)
    );
    if (limits.signal?.aborted) throw aborted(`RealtimeClient.${method}()`, limits.signal);
    return limits;
  }

  /** @param {string} method */
  #assertConnecting(method) {
    if (this.#client.state !== 'disconnected') return;
    const details = { remediation: 'Call connect() first.' };
    throw new RealtimeError('NETWORK_ERROR', `RealtimeClient.${method}(): The client is not connecting`, details);
  }

  /**
   * @param {{ goal: Goal, id?: string }} about
   * @param {string} what for errors
   * @param {Limits} limits
   */
  #wait(about, what, limits) {
    /** @type {Wait<any>} */
    const wait = new Wait(
      what,
      limits,
      () => this.#waits.delete(wait),
      () => this.#trouble,
    );
    this.#waits.set(wait, about);
    return wait;
  }

  /** @param {string} subscriptionId */
  #confirmations(subscriptionId) {
    return this.#waitsWith((goal, id) => goal === 'confirmation' && id === subscriptionId);
  }

  /** @param {(goal: Goal, id?: string) => boolean} fits */
  #waitsWith(fits) {
    return [...this.#waits].filter(([, { goal, id }]) => fits(goal, id)).map(([wait]) => wait);
  }
}

/**
 * Why a connection has ended for good.
 *
 * @param {string} reason
 * @param {Notices['error'] | undefined} failure
 */
function endOf(reason, failure) {
  if (reason === BY_USER) return new RealtimeError('ABORTED', 'disconnect() was called while something waited');
  if (failure) return RealtimeError.from(failure);
  return new RealtimeError('NETWORK_ERROR', `The connection has ended: ${reason}`);
}

export { Waiting };
