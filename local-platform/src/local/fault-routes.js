/**
 * `POST /_local/faults/:name`: the faults for the inspector and for tests in other languages. The
 * body has the options as JSON.
 */

import express from 'express';
import { adviseName, inMethod, requireOptions } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { isNameIn, isObject } from '../json.js';
import { MAX_MILLISECONDS } from '../options.js';

/** @import { RefusedUpgrade } from '../../index.js' */
/** @import { Cluster } from '../cluster/cluster.js' */
/** @import { ClusterFaults } from '../cluster/faults.js' */
/** @import { Faults } from '../faults.js' */

/** How long `goAway` lasts over HTTP, in ms: nobody could ask a gone platform to come back. */
const AWAY = 1_000;

export class FaultRoutes {
  #faults;
  /** @type {NodeJS.Timeout | undefined} */
  #return;
  #closed = false;
  /** The faults of all processes, if there are several. @type {ClusterFaults | undefined} */
  #all;
  /** @type {Record<string, (options: Record<string, unknown>) => object | Promise<object>>} */
  #acts = {
    dropAll: async (options) => {
      only(options, []);
      return { dropped: await this.#faults.dropAll() };
    },
    refuseUpgrades: (options) => {
      this.#faults.refuseUpgrades(/** @type {RefusedUpgrade} */ (options));
      return {};
    },
    acceptUpgrades: (options) => {
      only(options, []);
      this.#faults.acceptUpgrades();
      return {};
    },
    stopAnsweringPings: (options) => {
      only(options, []);
      this.#faults.stopAnsweringPings();
      return {};
    },
    delay: (options) => {
      const { milliseconds } = only(options, ['milliseconds']);
      this.#faults.delay(/** @type {number} */ (milliseconds));
      return {};
    },
    repeat: (options) => {
      const { count } = only(options, ['count']);
      return { repeated: this.#faults.repeat(/** @type {number | undefined} */ (count)).length };
    },
    gap: (options) => {
      this.#faults.gap(options);
      return {};
    },
    goAway: (options) => {
      const { milliseconds = AWAY } = only(options, ['milliseconds']);
      if (!Number.isInteger(milliseconds) || Number(milliseconds) < 0 || Number(milliseconds) > MAX_MILLISECONDS) {
        throw invalid('milliseconds: expected a whole number, how long the platform is away.');
      }
      return { milliseconds };
    },
  };

  /** @param {Faults} faults */
  constructor(faults) {
    this.#faults = faults;
  }

  /** Faults over HTTP are for all processes. @param {Cluster} cluster */
  join({ faults }) {
    faults.apply = (name, options) => this.#acts[name](options);
    this.#all = faults;
  }

  /** @returns {import('express').Router} */
  get router() {
    const routes = express.Router();
    routes.post('/:name', async ({ params: { name }, body }, response) => {
      if (!isNameIn(this.#acts, name)) {
        const known = Object.keys(this.#acts);
        throw new PlatformError('NotFoundError', `There is no fault '${name}'. ${adviseName(name, known)}`);
      }
      const { processes, ...options } = isObject(body) ? body : { processes: undefined };
      const answer = await this.#act(name, isObject(body) ? options : (body ?? {}), requireProcesses(processes));
      // The answer leaves before the platform does.
      if (name === 'goAway') response.once('finish', () => void this.#goAway(answer));
      response.json(answer);
    });
    return routes;
  }

  /** Ends the time away without coming back. */
  close() {
    this.#closed = true;
    clearTimeout(this.#return);
  }

  /**
   * @param {string} name
   * @param {{ [name: string]: unknown }} options
   * @param {'all' | 'this'} processes
   */
  async #act(name, options, processes) {
    const all = this.#all;
    if (all === undefined) return this.#acts[name](options);
    if (processes === 'all' && name !== 'goAway') return sumOf(await all.call(name, options));
    return { ...(await this.#acts[name](options)), processes: 1 };
  }

  /** @param {{ milliseconds?: unknown }} answer */
  async #goAway({ milliseconds }) {
    await this.#faults.goAway();
    clearTimeout(this.#return);
    if (this.#closed) return;
    this.#return = setTimeout(() => this.#faults.comeBack().catch(console.error), Number(milliseconds));
  }
}

/**
 * Which processes a fault is for. A platform that goes away cannot be called back by the others, so
 * `goAway` is always for one.
 *
 * @param {unknown} processes
 * @returns {'all' | 'this'}
 */
function requireProcesses(processes = 'all') {
  if (processes !== 'all' && processes !== 'this') throw invalid("processes: expected 'all' or 'this'.");
  return processes;
}

/** One answer from those of all processes: numbers are sums. @param {object[]} answers */
function sumOf(answers) {
  /** @type {Record<string, unknown>} */
  const sum = {};
  for (const answer of answers) {
    for (const [name, value] of Object.entries(answer)) {
      sum[name] = typeof value === 'number' ? Number(sum[name] ?? 0) + value : value;
    }
  }
  return { ...sum, processes: answers.length };
}

/** @param {Record<string, unknown>} options @param {string[]} known */
const only = (options, known) => inMethod('body', () => requireOptions(options, known, '{ "milliseconds": 1000 }'));
