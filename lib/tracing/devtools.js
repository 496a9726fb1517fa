/**
 * The track of a client in the performance panel of DevTools: an entry of `performance.measure` for
 * each connection attempt, message, request, and batch of handled events. Chrome draws those whose
 * `detail.devtools` names a track; elsewhere they are ordinary measures.
 *
 * The format is Chrome's extensibility API,
 * https://developer.chrome.com/docs/devtools/performance/extension
 */

import { own } from '../own.js';
import { Tracer } from './tracer.js';

/** @import { ConnectionEvent } from '../../index.js' */
/** @import { Contexts, Kind, Messages, Observer, Operation } from './observer.js' */
/** @import { ClientTrace } from './client-trace.js' */

const TRACK = 'Realtime';
/** Topics that an entry of a batch lists. */
const MAX_TOPICS = 5;

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} [color] of Chrome's palette
 * @property {string} [tooltip]
 * @property {[name: string, value: unknown][]} properties those without a value are left out
 */

/** @type {Record<Kind, (context: any, topics: Map<string, number>) => Entry>} */
const ENTRIES = {
  connect: (/** @type {Contexts['connect']} */ { attempt, delay, outcome, transport, recovered, reason }) => ({
    name: attempt === 0 ? 'Connect' : `Reconnect, attempt ${attempt}`,
    color: outcome === 'cancelled' ? 'secondary-light' : 'secondary',
    tooltip: outcome === 'connected' ? `connected over ${transport}` : reason,
    properties: [
      ['Delay before it', `${delay} ms`],
      ['Outcome', outcome],
      ['Transport', transport],
      ['Session recovered', recovered],
      ['Reason', reason],
    ],
  }),
  publish: (/** @type {Contexts['publish']} */ { operation, channel, event, id, dropped }) => ({
    name: `${operation} ${channel ?? event}`,
    color: 'tertiary',
    properties: [
      ['Channel', channel],
      ['Event', event],
      ['ID', id],
      ['Dropped', dropped],
    ],
  }),
  request: (/** @type {Contexts['request']} */ { method, template, path, status }) => ({
    name: `${method} ${template}`,
    color: 'tertiary-dark',
    properties: [
      ['Path', path],
      ['Status', status],
    ],
  }),
  batch: (/** @type {Contexts['batch']} */ { count }, topics) => ({
    name: count === 1 ? 'Handle 1 event' : `Handle ${count} events`,
    color: 'primary',
    tooltip: [...topics.keys()].join(', '),
    properties: [...topics].map(([topic, events]) => [topic, events]),
  }),
  // Single events would be too many entries, and pages receive no webhooks.
  handle: () => ({ name: '', properties: [] }),
  webhook: () => ({ name: '', properties: [] }),
};

/** @implements {Operation} */
class Measure {
  #kind;
  #context;
  #start;
  /** Events of a batch, by topic. @type {Map<string, number>} */
  #topics = new Map();

  /** @param {Kind} kind @param {object} context @param {number} start */
  constructor(kind, context, start) {
    this.#kind = kind;
    this.#context = context;
    this.#start = start;
  }

  /**
   * @template Result
   * @param {() => Result} body
   */
  run(body) {
    return body();
  }

  /** @param {object} event */
  add(event) {
    const topic = own(event, 'topic');
    const events = this.#topics.get(topic);
    if (events !== undefined || this.#topics.size < MAX_TOPICS) this.#topics.set(topic, (events ?? 0) + 1);
  }

  /** @param {number} [at] */
  end(at = performance.now()) {
    const { name, color, tooltip, properties } = ENTRIES[this.#kind](this.#context, this.#topics);
    const error = own(this.#context, 'error');
    const all = error === undefined ? properties : [...properties, ['Error', own(error, 'code') ?? String(error)]];
    const devtools = {
      dataType: 'track-entry',
      track: TRACK,
      color: error === undefined ? color : 'error',
      tooltipText: tooltip || name,
      properties: all.filter(([, value]) => value !== undefined).map(([label, value]) => [label, String(value)]),
    };
    performance.measure(name, { start: this.#start, end: at, detail: { devtools } });
  }
}

/**
 * Observes the clients that have `devtools: true`, and no others.
 *
 * @implements {Observer}
 */
class DevtoolsObserver {
  /** @type {WeakSet<object>} */
  #clients = new WeakSet();
  /** When the next attempt began, where it began before this was loaded. @type {number | undefined} */
  startedAt;

  /** @param {object} client */
  add(client) {
    this.#clients.add(client);
  }

  /** @param {Kind | keyof Messages} kind @param {object} [client] */
  wants(kind, client) {
    return client !== undefined && kind !== 'handle' && kind in ENTRIES && this.#clients.has(client);
  }

  /**
   * @template {Kind} Name
   * @param {Name} kind
   * @param {Contexts[Name]} context
   */
  begin(kind, context) {
    return new Measure(kind, context, this.startedAt ?? performance.now());
  }
}

/** @type {DevtoolsObserver | undefined} */
let observer;

/**
 * Shows a client from now on, and the connection changes that came while this was loaded.
 *
 * @param {any} client
 * @param {() => ClientTrace | undefined} trace of the client
 * @param {readonly [at: number, change: ConnectionEvent][]} early
 */
function showInDevtools(client, trace, early) {
  if (observer === undefined) {
    observer = new DevtoolsObserver();
    Tracer.add(observer);
  }
  observer.add(client);
  const pending = measureEarly(client, early);
  const last = early.at(-1);
  if (last === undefined) return;
  observer.startedAt = pending;
  // The trace takes over an attempt under way, or one that was announced.
  if (last[1].state === 'connecting' || last[1].state === 'reconnecting') trace()?.changed(last[1]);
  observer.startedAt = undefined;
}

/**
 * @param {any} client
 * @param {readonly [at: number, change: ConnectionEvent][]} early
 * @returns {number | undefined} when the attempt under way began
 */
function measureEarly(client, early) {
  /** @type {Measure | undefined} */
  let attempt;
  let startedAt;
  /** @type {Partial<Contexts['connect']>} */
  let context = {};
  for (const [at, change] of early) {
    if (change.state === 'connecting') {
      startedAt = at;
      context = { attempt: 0, delay: 0 };
      attempt = new Measure('connect', context, at);
      continue;
    }
    const { state, reason } = change;
    const outcome = state === 'connected' ? 'connected' : 'failed';
    Object.assign(context, { outcome, reason, recovered: change.recovered, transport: client.stats().transport });
    if (outcome === 'failed') context.error = new Error(reason);
    attempt?.end(at);
    attempt = undefined;
    startedAt = undefined;
  }
  return startedAt;
}

export { showInDevtools };
