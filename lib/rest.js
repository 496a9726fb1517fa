'use strict';

/**
 * REST calls: promises over the engine's requests.
 *
 * The engine rings when outcomes wait, and all that have come are parsed at once. Its bell is rooted for as long as the
 * engine lives, so it refers weakly to this object; while requests are under way, `busy` holds it instead. So an idle
 * client that nobody refers to can be collected.
 */

const { onAbort } = require('./aborts.js');
const { clearTimeout, now, setTimeout } = require('./clock.js');
const { RealtimeError, enter } = require('./errors.js');
const native = require('./engines/native/addon.js');
const { engineConfig } = require('./options.js');
const { bare, own } = require('./own.js');

/** @import { RealtimeErrorDetails } from '../index.js' */
/** @import { EngineConfig, Failure, Outcome, Rest as Engine } from './engines/native/abi.js' */
/** @import { Redaction } from './redaction/redaction.js' */
/** @import { TokenProvider } from './token-provider.js' */

/**
 * @typedef {object} RequestOptions
 * @property {string | null} [body] JSON text
 * @property {number} timeout of the whole call, in milliseconds
 * @property {AbortSignal} [signal]
 * @property {boolean} [repeatable] whether the engine may send it again after a failure
 * @property {string | null} [idempotencyKey]
 * @property {Expectation} [expected] what a success must bring; without it, anything will do
 */

/**
 * What the server must answer with. An answer of another kind is an error here, and not a riddle
 * later.
 *
 * @typedef {object} Expectation
 * @property {string} what for the error
 * @property {(answer: any) => boolean} fits
 */

/** Instead of an outcome, when the request is ended from here. @typedef {'ABORTED' | 'CLIENT_DESTROYED'} Ending */

/**
 * What became of a request, and whether it may have been carried out although it failed.
 *
 * @typedef {{ outcome: Outcome | Ending, uncertain: boolean, token?: string }} Result
 */

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

  #redaction;
  #tokens;
  /** What ends the calls that wait for what is not ours, such as a token. @type {Set<(ending: Ending) => void>} */
  #waiting = new Set();

  /**
   * @param {EngineConfig} config
   * @param {Redaction} redaction
   * @param {TokenProvider} [tokens] where the config has no token
   */
  constructor(config, redaction, tokens) {
    this.#config = config;
    this.#redaction = redaction;
    this.#tokens = tokens;
    const self = new WeakRef(this);
    this.#ring = () => {
      const rest = self.deref();
      if (rest) rest.#drain();
    };
  }

  /**
   * @param {string} method
   * @param {string} path percent-encoded, with its query
   * @param {RequestOptions} request
   * @returns {Promise<any>} the server's JSON, or null where it sent nothing
   */
  async request(method, path, request) {
    const options = bare(request);
    const unsent = this.#refusal(options.signal);
    const { outcome, uncertain } = unsent ? unsentResult(unsent) : await this.#perform(method, path, options);
    const { signal, expected } = options;
    if (isSuccess(outcome) && (expected?.fits(outcome[2]) ?? true)) return outcome[2];
    // Errors are made here, not where the outcome comes in: the async stack shows who called.
    const call = callOf(method, path, uncertain);
    if (typeof outcome === 'string') throw ended(outcome, call, signal);
    throw isSuccess(outcome) ? unexpected(outcome, call, expected) : failed(outcome[2], call);
  }

  /** Ends all requests. */
  destroy() {
    this.#destroyed = true;
    this.#engine?.close();
    for (const end of [...this.#waiting]) end('CLIENT_DESTROYED');
    for (const settle of [...this.#pending.values()]) settle('CLIENT_DESTROYED');
  }

  /** Why nothing is to be sent at all. @param {AbortSignal | undefined} signal @returns {Ending | undefined} */
  #refusal(signal) {
    if (this.#destroyed) return 'CLIENT_DESTROYED';
    return signal?.aborted ? 'ABORTED' : undefined;
  }

  /**
   * Sends a request with a token that is valid, and once more with another where it was refused: nothing was done then.
   *
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   * @returns {Promise<Result>}
   */
  async #perform(method, path, options) {
    const tokens = this.#tokens;
    if (tokens === undefined) return sentResult(await this.#send(method, path, options));
    const deadline = now() + options.timeout;
    /**
     * @param {() => string | Promise<string>} ask
     * @param {{ status?: number, uncertain?: boolean }} [former] what became of the attempt with another token
     * @returns {Promise<Result>}
     */
    const attempt = async (ask, former = {}) => {
      const waiting = this.#wait(ask, deadline - now(), options, former.status);
      const token = await waiting.catch((error) => {
        throw withoutToken(error, { ...callOf(method, path, former.uncertain), status: former.status });
      });
      if (typeof token !== 'string') return unsentResult(token.outcome);
      // Even a token that was there takes a turn to be waited for, in which the call may have been ended.
      const ending = this.#refusal(options.signal);
      if (ending !== undefined) return unsentResult(ending);
      const timeout = Math.max(deadline - now(), 1);
      return { ...sentResult(await this.#send(method, path, bare({ ...options, timeout }), token)), token };
    };
    const first = await attempt(() => tokens.current());
    const { token } = first;
    if (token === undefined || !isRefusal(first.outcome)) return first;
    const second = await attempt(() => tokens.replace(token), { status: 401, uncertain: first.uncertain });
    // The engine may have repeated the request before the token was refused.
    return { ...second, uncertain: first.uncertain || second.uncertain };
  }

  /**
   * A token, or what ends the request before there is one.
   *
   * @param {() => string | Promise<string>} ask
   * @param {number} left how long it may take, in milliseconds
   * @param {RequestOptions} options
   * @param {number} [status] that the former token was refused with
   * @returns {Promise<string | { outcome: Outcome | Ending }>}
   */
  async #wait(ask, left, { timeout, signal }, status) {
    const ending = this.#refusal(signal);
    if (ending !== undefined) return { outcome: ending };
    const token = ask();
    if (typeof token === 'string') return token;
    return new Promise((resolve, reject) => {
      const what = status === undefined ? 'no token' : `the server answered ${status}, and there was no other token`;
      const overdue = { code: 'TIMEOUT', message: `${what} within ${timeout} ms`, status };
      const forget = this.onEnding(left, signal, (ending) =>
        resolve({ outcome: ending === 'TIMEOUT' ? [0, null, overdue] : ending }),
      );
      token.finally(forget).then(resolve, reject);
    });
  }

  /**
   * Tells what ends a wait for something that is not ours.
   *
   * @param {number} left how long it may take, in milliseconds
   * @param {AbortSignal | undefined} signal
   * @param {(ending: Ending | 'TIMEOUT') => void} tell called once, at once where it has ended already
   * @returns {() => void} forgets it
   */
  onEnding(left, signal, tell) {
    const ending = this.#refusal(signal);
    if (ending !== undefined) {
      tell(ending);
      return () => {};
    }
    /** @param {Ending | 'TIMEOUT'} ending */
    const end = (ending) => {
      forget();
      tell(ending);
    };
    const timer = setTimeout(end, Math.max(left, 1), 'TIMEOUT');
    const ignore = signal && onAbort(signal, () => end('ABORTED'));
    this.#waiting.add(end);
    const forget = () => {
      clearTimeout(timer);
      ignore?.();
      this.#waiting.delete(end);
    };
    return forget;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   * @param {string} [token] where it is not that of the config
   * @returns {Promise<Outcome | Ending>}
   */
  #send(method, path, { body = null, timeout, signal, repeatable = false, idempotencyKey = null }, token) {
    const engine = enter(() => {
      this.#engine ??= new native.Rest(engineConfig(this.#config));
      if (token !== undefined) this.#engine.setToken(token);
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
      for (const outcome of this.#parse(batch)) {
        if (outcome[1] === null) this.#redaction.clean(/** @type {Failure} */ (outcome[2]));
        this.#pending.get(outcome[0])?.(outcome);
      }
    }
  }

  /** @param {string} batch @returns {Outcome[]} */
  #parse(batch) {
    try {
      return JSON.parse(batch);
    } catch (cause) {
      // Whose it was is not known.
      const message = `a batch of answers could not be read: ${cause}`;
      const failure = { code: 'INTERNAL_ERROR', message, uncertain: true };
      return Array.from(this.#pending.keys(), (id) => [id, null, failure]);
    }
  }
}

/** Whether the server refused the token. @param {Outcome | Ending} outcome */
function isRefusal(outcome) {
  return typeof outcome !== 'string' && !isSuccess(outcome) && own(outcome[2], 'status') === 401;
}

/** @param {Outcome | Ending} outcome @returns {outcome is Extract<Outcome, [number, number, unknown]>} */
function isSuccess(outcome) {
  return typeof outcome !== 'string' && outcome[1] !== null;
}

/** @param {Outcome | Ending} outcome @returns {Result} */
function unsentResult(outcome) {
  return { outcome, uncertain: false };
}

/** A request that was ended from here may have been carried out; one that succeeded was. @param {Outcome | Ending} outcome @returns {Result} */
function sentResult(outcome) {
  return {
    outcome,
    uncertain: typeof outcome === 'string' || isSuccess(outcome) || own(outcome[2], 'uncertain') === true,
  };
}

/**
 * What an error says of a request.
 *
 * @param {string} method
 * @param {string} path
 * @param {boolean} [uncertain]
 * @returns {RealtimeErrorDetails}
 */
function callOf(method, path, uncertain) {
  return { method, path: path.replace(/\?.*/s, ''), uncertain: (uncertain && method !== 'GET') || undefined };
}

/** The failure of the token function, for one of the requests that waited for it. @param {RealtimeError} error @param {RealtimeErrorDetails} call */
function withoutToken({ code, message, remediation, cause }, call) {
  const reason = message.slice(0, -remediation.length).trimEnd();
  return new RealtimeError(code, `${call.method} ${call.path}: ${reason}`, { ...call, cause });
}

/** @param {Ending} ending @param {RealtimeErrorDetails} call @param {AbortSignal} [signal] */
function ended(ending, call, signal) {
  const what = ending === 'ABORTED' ? 'the signal was aborted' : 'the client was destroyed';
  const cause = ending === 'ABORTED' ? signal?.reason : undefined;
  return new RealtimeError(ending, `${call.method} ${call.path}: ${what}`, { ...call, cause });
}

/**
 * A success that does not bring what it must.
 *
 * @param {Extract<Outcome, [number, number, unknown]>} outcome
 * @param {RealtimeErrorDetails} call
 * @param {Expectation} [expected]
 */
function unexpected([, status, answer], call, expected) {
  const brought = answer === null ? 'without a' : 'with something that is not a';
  const message = `${call.method} ${call.path}: the server answered ${status} ${brought} ${expected?.what}`;
  return new RealtimeError('PROTOCOL_ERROR', message, { ...call, status });
}

/** @param {Failure} failure @param {RealtimeErrorDetails} call */
function failed(failure, call) {
  const body = own(failure, 'body');
  if (failure.code === 'REVISION_CONFLICT' && body !== undefined) {
    const [currentRevision, document] = [own(body, 'currentRevision'), own(body, 'document')];
    return RealtimeError.from(failure, { ...call, currentRevision, document });
  }
  return RealtimeError.from(failure, call);
}

exports.Rest = Rest;
