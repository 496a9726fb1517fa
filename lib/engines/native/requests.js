/**
 * The addon's requests as promises.
 *
 * The addon calls back when outcomes wait, and all of them are parsed at once, except for large
 * answers: each has a turn, so that its handlers can let go of it before the next one is there.
 *
 * The addon roots its callback as long as it lives, so the callback refers weakly to this object;
 * while requests are under way, `busy` holds this object instead. So an idle client that nobody
 * refers to can be collected.
 */

import { yieldTurn } from '#host';
import { PendingCalls } from '#pending-calls';
import { addon } from './addon.js';
import { addonConfig } from './config.js';

/**
 * @import { CancelReason, EngineConfig, Failure, Outcome, PendingRequest, Request, Requests } from '../engine.js'
 */
/** @import { AddonOutcome } from './abi.js' */

/** Those with requests under way. @type {Set<NativeRequests>} */
const busy = new Set();

/** From how many characters on a batch is followed by a turn of the event loop. */
const LARGE_BATCH = 1 << 20;

/** @implements {Requests} */
class NativeRequests {
  #engine;
  #onReady;
  /** By the addon's number. @type {PendingCalls<(outcome: Outcome | CancelReason) => void>} */
  #pending = new PendingCalls();

  /** @param {EngineConfig} config */
  constructor(config) {
    this.#engine = new (addon().Rest)(addonConfig(config));
    const self = new WeakRef(this);
    this.#onReady = () => {
      const requests = self.deref();
      if (requests) requests.#drain();
    };
  }

  /** @param {Request} request @returns {PendingRequest} */
  send({ method, path, body, timeout, repeatable, idempotencyKey, token }) {
    if (token !== undefined) this.#engine.setToken(token);
    const id = this.#engine.send(this.#onReady, method, path, body, timeout, repeatable, idempotencyKey);
    busy.add(this);
    /** @type {Promise<Outcome | CancelReason>} */
    const outcome = new Promise((resolve) => {
      this.#pending.add(id, resolve);
    });
    return { outcome, cancel: (reason) => this.#cancel(id, reason) };
  }

  close() {
    this.#engine.close();
  }

  /** @param {number} id @param {CancelReason} reason */
  #cancel(id, reason) {
    if (!this.#pending.has(id)) return;
    this.#engine.cancel(id);
    this.#settle(id, reason);
  }

  #drain() {
    for (let batch = this.#engine.drain(); typeof batch === 'string'; batch = this.#engine.drain()) {
      for (const [id, status, body] of this.#parse(batch)) this.#settle(id, toOutcome(status, body));
      if (batch.length >= LARGE_BATCH) return yieldTurn(() => this.#drain());
    }
  }

  /** @param {string} batch @returns {AddonOutcome[]} */
  #parse(batch) {
    try {
      return JSON.parse(batch);
    } catch (cause) {
      // It is unknown whose outcomes they were.
      const message = `a batch of answers could not be read: ${cause}`;
      const failure = { code: 'INTERNAL_ERROR', message, uncertain: true };
      return this.#pending.takeAll().map(([id, resolve]) => {
        this.#pending.add(id, resolve);
        return [id, null, failure];
      });
    }
  }

  /** @param {number} id @param {Outcome | CancelReason} outcome */
  #settle(id, outcome) {
    this.#pending.take(id)?.(outcome);
    if (this.#pending.size === 0) busy.delete(this);
  }
}

/** @param {number | null} status @param {unknown} body @returns {Outcome} */
function toOutcome(status, body) {
  if (status === null) return { status, body: null, failure: /** @type {Failure} */ (body) };
  return { status, body, failure: null };
}

/** @param {EngineConfig} config @returns {Requests} */
function createRequests(config) {
  return new NativeRequests(config);
}

export { createRequests };
