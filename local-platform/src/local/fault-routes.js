/**
 * `POST /_local/faults/:name`: the faults for the inspector and for tests in other languages. The
 * body has the options as JSON.
 */

import express from 'express';
import { adviseName, inMethod, requireOptions } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { isNameIn } from '../json.js';
import { MAX_MILLISECONDS } from '../options.js';

/** @import { RefusedUpgrade } from '../../index.js' */
/** @import { Faults } from '../faults.js' */

/** How long `goAway` lasts over HTTP, in ms: nobody could ask a gone platform to come back. */
const AWAY = 1_000;

export class FaultRoutes {
  #faults;
  /** @type {NodeJS.Timeout | undefined} */
  #return;
  #closed = false;
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

  /** @returns {import('express').Router} */
  get router() {
    const routes = express.Router();
    routes.post('/:name', async ({ params: { name }, body }, response) => {
      if (!isNameIn(this.#acts, name)) {
        const known = Object.keys(this.#acts);
        throw new PlatformError('NotFoundError', `There is no fault '${name}'. ${adviseName(name, known)}`);
      }
      const answer = await this.#acts[name](body ?? {});
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

  /** @param {{ milliseconds?: unknown }} answer */
  async #goAway({ milliseconds }) {
    await this.#faults.goAway();
    clearTimeout(this.#return);
    if (this.#closed) return;
    this.#return = setTimeout(() => this.#faults.comeBack().catch(console.error), Number(milliseconds));
  }
}

/** @param {Record<string, unknown>} options @param {string[]} known */
const only = (options, known) => inMethod('body', () => requireOptions(options, known, '{ "milliseconds": 1000 }'));
