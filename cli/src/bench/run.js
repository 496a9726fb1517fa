/**
 * A quick load: publishes events over REST, receives them over a connection of the SDK, or both. It
 * ends after a number of events or a time, whichever comes first.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.js';
import { post } from '../requests.js';
import { Samples } from './samples.js';

/** @import { RealtimeClient, RealtimeEvent } from '@smarterservices/realtime' */
/** @import { Connection } from '../configuration.js' */
/** @import { CommandError } from '../exit-codes.js' */

/** How long events may still arrive after the last one was published, in ms. */
const GRACE = 3000;
/** Requests without an answer in a row, after which there is nothing to measure. */
const MAX_FAILURES = 20;

/** @typedef {'both' | 'publish' | 'receive'} Mode */

/**
 * @typedef {object} Load
 * @property {Mode} mode
 * @property {string} topic
 * @property {number} count of events, at most
 * @property {number} duration ms, at most
 * @property {number} concurrency publish requests at the same time
 * @property {number} rate events a second, at most; may be Infinity
 * @property {number} size of the padding of a payload, in bytes
 */

/** @typedef {ReturnType<Bench['result']>} Result */

export class Bench {
  #connection;
  #load;
  /** Other programs may publish to the topic. */
  #run = randomBytes(6).toString('hex');
  #start = 0;
  #end = 0;
  #sent = 0;
  #published = 0;
  #received = 0;
  #publishing = new Samples();
  #delivery = new Samples();
  /** How often each failure came about. @type {Record<string, number>} */
  #errors = {};
  /** When each event was published, until it arrives. @type {Map<number, number>} */
  #waiting = new Map();
  /** @type {() => void} */
  #onReceived = () => {};

  /** @param {Connection} connection @param {Load} load */
  constructor(connection, load) {
    this.#connection = connection;
    this.#load = load;
  }

  /** Subscribes, where events are received. @param {RealtimeClient} client @returns {Promise<void>} */
  async subscribe(client) {
    client.on('error', ({ code }) => this.#fail(code));
    client.on('gap', () => this.#fail('GAP'));
    client.on('event', (event) => this.#receive(event));
    const id = client.subscribe({ topic: this.#load.topic });
    await client.subscribed(id);
  }

  /** Runs to its end, or until the signal ends it. @param {AbortSignal} signal */
  async run(signal) {
    const { mode, count, duration, concurrency } = this.#load;
    this.#start = performance.now();
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), duration);
    signal.addEventListener('abort', () => ending.abort());
    try {
      if (mode === 'receive') await this.#waitFor(() => this.#received >= count, ending.signal);
      else await Promise.all(Array.from({ length: concurrency }, () => this.#publishUntil(ending.signal)));
      if (mode === 'both') await this.#waitForLast();
    } finally {
      // Where one request ends the load, the others need not go on.
      ending.abort();
      clearTimeout(timer);
      this.#end = performance.now();
    }
  }

  /** What happened so far. */
  result() {
    const { mode } = this.#load;
    const seconds = Math.max((this.#end || performance.now()) - this.#start, 1) / 1000;
    const events = mode === 'publish' ? this.#published : this.#received;
    return {
      mode,
      seconds: Math.round(seconds * 1000) / 1000,
      ...(mode !== 'receive' && { published: this.#published }),
      ...(mode !== 'publish' && { received: this.#received }),
      ...(mode === 'both' && { lost: this.#waiting.size }),
      eventsPerSecond: Math.round((events / seconds) * 10) / 10,
      // In ms.
      ...(mode !== 'receive' && { publish: this.#publishing.summarise() }),
      ...(mode !== 'publish' && { delivery: this.#delivery.summarise() }),
      errors: { ...this.#errors },
    };
  }

  /** One of the requests at the same time. @param {AbortSignal} ending */
  async #publishUntil(ending) {
    const { topic, count, rate, size } = this.#load;
    const path = `/api/topics/${encodeURIComponent(topic)}/events`;
    const padding = 'x'.repeat(size);
    let failures = 0;
    while (!ending.aborted && this.#sent < count && failures < MAX_FAILURES) {
      const n = this.#sent;
      this.#sent += 1;
      const due = this.#start + (n * 1000) / rate - performance.now();
      if (due > 0) await sleep(due, undefined, { signal: ending }).catch(() => {});
      if (ending.aborted) return;
      const start = performance.now();
      this.#waiting.set(n, start);
      try {
        await post(this.#connection, path, { payload: { run: this.#run, n, padding } });
        this.#published += 1;
        this.#publishing.add(performance.now() - start);
        failures = 0;
      } catch (error) {
        this.#waiting.delete(n);
        if (this.#isHopeless(error)) throw error;
        failures += 1;
        this.#fail(nameOf(error));
      }
    }
  }

  /** Whether no request will succeed. @param {unknown} error */
  #isHopeless(error) {
    const { exitCode } = /** @type {CommandError} */ (error);
    return exitCode === EXIT.refused || (exitCode === EXIT.unreachable && this.#published === 0);
  }

  /** @param {RealtimeEvent} event */
  #receive({ payload, metadata }) {
    const now = performance.now();
    if (this.#load.mode === 'receive') {
      if (this.#received >= this.#load.count) return;
      this.#received += 1;
      // By the clock of the server.
      if (typeof metadata?.timestamp === 'number') this.#delivery.add(Math.max(0, Date.now() - metadata.timestamp));
    } else {
      const { run, n } = /** @type {{ run?: unknown, n?: unknown }} */ (payload);
      const start = run === this.#run ? this.#waiting.get(Number(n)) : undefined;
      if (start === undefined) return;
      this.#waiting.delete(Number(n));
      this.#received += 1;
      this.#delivery.add(now - start);
    }
    this.#onReceived();
  }

  /** What does not arrive in time is lost. */
  async #waitForLast() {
    const grace = new AbortController();
    const timer = setTimeout(() => grace.abort(), GRACE);
    await this.#waitFor(() => this.#waiting.size === 0, grace.signal);
    clearTimeout(timer);
  }

  /** @param {() => boolean} condition @param {AbortSignal} signal */
  async #waitFor(condition, signal) {
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#onReceived = () => condition() && resolve();
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
        this.#onReceived();
      })
    );
    this.#onReceived = () => {};
  }

  /** @param {string} name */
  #fail(name) {
    this.#errors[name] = (this.#errors[name] ?? 0) + 1;
  }
}

/** @param {unknown} error of a publish request */
function nameOf(error) {
  const { message, exitCode } = /** @type {Error & { exitCode?: number }} */ (error);
  const [, status] = /refused with (HTTP \d+)/.exec(message) ?? [];
  return status ?? (exitCode === EXIT.unreachable ? 'no answer' : message);
}
