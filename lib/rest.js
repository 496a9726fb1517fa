'use strict';

/**
 * REST calls: promises over the engine's requests.
 *
 * The engine rings when outcomes wait, and all that have come are parsed at once. Its bell is rooted for as long as the
 * engine lives, so it refers weakly to this object; while requests are under way, `busy` holds it instead. So an idle
 * client that nobody refers to can be collected.
 */

const { onAbort } = require('./aborts.js');
const { RealtimeError, enter } = require('./errors.js');
const native = require('./native.js');

/** @import { RealtimeErrorDetails } from '../index.js' */
/** @import { EngineConfig, Failure, Outcome, Rest as Engine } from './engine.js' */

/**
 * @typedef {object} RequestOptions
 * @property {string | null} [body] JSON text
 * @property {number} timeout of the whole call, in milliseconds
 * @property {AbortSignal} [signal]
 * @property {boolean} [repeatable] whether the engine may send it again after a failure
 * @property {string | null} [idempotencyKey]
 */

/** Instead of an outcome, when the request is ended from here. @typedef {'ABORTED' | 'CLIENT_DESTROYED'} Ending */

/** Those with requests under way. @type {Set<Rest>} */
const busy = new Set();

class Rest {
  #config;
  /** Made with the first request: a client of topics never needs it. @type {Engine | undefined} */
  #engine;
  /** @type {Map<number, (outcome: Outcome | Ending) => void>} */
  #pending = new Map();
  #destroyed = false;
  #ring;

  /** @param {EngineConfig} config */
  constructor(config) {
    this.#config = config;
    const self = new WeakRef(this);
    this.#ring = () => {
      const rest = self.deref();
      if (rest) rest.#drain();
    };
  }

  /**
   * @param {string} method
   * @param {string} path percent-encoded, with its query
   * @param {RequestOptions} options
   * @returns {Promise<any>} the server's JSON, or null where it sent nothing
   */
  async request(method, path, options) {
    const unsent = this.#refusal(options.signal);
    const outcome = unsent ?? (await this.#send(method, path, options));
    if (typeof outcome !== 'string' && outcome[1] !== null) return outcome[2];
    // Errors are made here, not where the outcome comes in: the async stack shows who called.
    const call = { method, path: path.replace(/\?.*/s, '') };
    if (typeof outcome !== 'string') throw failed(/** @type {Failure} */ (outcome[2]), call);
    const what = outcome === 'ABORTED' ? 'the signal was aborted' : 'the client was destroyed';
    throw new RealtimeError(outcome, `${method} ${call.path}: ${what}`, {
      ...call,
      uncertain: unsent === undefined && method !== 'GET' ? true : undefined,
      cause: outcome === 'ABORTED' ? options.signal?.reason : undefined,
    });
  }

  /** Ends all requests. */
  destroy() {
    this.#destroyed = true;
    this.#engine?.close();
    for (const settle of [...this.#pending.values()]) settle('CLIENT_DESTROYED');
  }

  /** Why nothing is to be sent at all. @param {AbortSignal | undefined} signal @returns {Ending | undefined} */
  #refusal(signal) {
    if (this.#destroyed) return 'CLIENT_DESTROYED';
    return signal?.aborted ? 'ABORTED' : undefined;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   * @returns {Promise<Outcome | Ending>}
   */
  #send(method, path, { body = null, timeout, signal, repeatable = false, idempotencyKey = null }) {
    const engine = enter(() => {
      this.#engine ??= new native.Rest(this.#config);
      return this.#engine;
    });
    const id = enter(() => engine.send(this.#ring, method, path, body, timeout, repeatable, idempotencyKey));
    busy.add(this);
    return new Promise((resolve) => {
      const abort = () => {
        engine.cancel(id);
        settle('ABORTED');
      };
      const forget = signal && onAbort(signal, abort);
      /** @param {Outcome | Ending} outcome */
      const settle = (outcome) => {
        forget?.();
        this.#pending.delete(id);
        if (this.#pending.size === 0) busy.delete(this);
        resolve(outcome);
      };
      this.#pending.set(id, settle);
    });
  }

  #drain() {
    for (let batch = this.#engine?.drain(); typeof batch === 'string'; batch = this.#engine?.drain()) {
      for (const outcome of this.#parse(batch)) this.#pending.get(outcome[0])?.(outcome);
    }
  }

  /** @param {string} batch @returns {Outcome[]} */
  #parse(batch) {
    try {
      return JSON.parse(batch);
    } catch (cause) {
      // Whose it was is not known.
      const failure = { code: 'INTERNAL_ERROR', message: `a batch of answers could not be read: ${cause}` };
      return Array.from(this.#pending.keys(), (id) => [id, null, failure]);
    }
  }
}

/** @param {Failure} failure @param {{ method: string, path: string }} call */
function failed(failure, call) {
  /** @type {RealtimeErrorDetails} */
  const details = call;
  if (failure.code === 'REVISION_CONFLICT' && failure.body !== undefined) {
    const { currentRevision, document } = /** @type {RealtimeErrorDetails} */ (failure.body);
    return RealtimeError.from(failure, { ...details, currentRevision, document });
  }
  return RealtimeError.from(failure, details);
}

exports.Rest = Rest;
