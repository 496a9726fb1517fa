/**
 * REST calls: an engine's requests with the right token, deadlines, aborts, and the user's errors.
 */

import { createRequests } from '#engine';
import { now } from '#host';
import { tracer } from '#tracing';
import { callEngine, RealtimeError } from '../errors/errors.js';
import { bare, own } from '../own.js';
import { cancelled, Endings, pathOf } from './endings.js';

/** @import { RealtimeErrorDetails } from '../../index.js' */
/**
 * @import { CancelReason, EngineConfig, Failure, Outcome, Requests, Success } from '../engines/engine.js'
 */
/** @import { Fields, Log } from '../log/log.js' */
/** @import { Redaction } from '../redaction/redaction.js' */
/** @import { TokenProvider } from '../auth/token-provider.js' */
/** @import { RequestTrace } from '../../types/tracing.js' */

/**
 * @typedef {object} RequestOptions
 * @property {string | null} [body] JSON text
 * @property {number} timeout for the whole call, in milliseconds
 * @property {AbortSignal} [signal]
 * @property {boolean} [repeatable] whether the engine may send it again after a failure
 * @property {string | null} [idempotencyKey]
 * @property {Record<string, string>} [metadata] of the message in the body, in place of the request's
 * @property {Expectation} [expected] what a successful answer must contain; by default anything
 */

/**
 * What the server must answer with. A different answer is an error here, not a riddle later.
 *
 * @typedef {object} Expectation
 * @property {string} what for the error
 * @property {(answer: any) => boolean} fits
 */

/**
 * How a request ended, and whether it may have been carried out although it failed.
 *
 * @typedef {{ outcome: Outcome | CancelReason, uncertain: boolean, token?: string }} Result
 */

class Rest {
  #config;
  #redaction;
  #tokens;
  #client;
  /**
   * Created with the first request: a client that only subscribes never needs it.
   *
   * @type {Requests | undefined}
   */
  #requests;
  #endings = new Endings();

  /**
   * @param {EngineConfig} config
   * @param {Redaction} redaction
   * @param {TokenProvider} [tokens] where the config has no token
   * @param {object} [client] whose requests these are, for observers
   */
  constructor(config, redaction, tokens, client) {
    this.#config = config;
    this.#redaction = redaction;
    this.#tokens = tokens;
    this.#client = client;
  }

  /**
   * @param {string} method
   * @param {string} path percent-encoded, with its query
   * @param {RequestOptions} request
   * @returns {Promise<any>} the server's JSON, or null for an empty answer
   */
  async request(method, path, request) {
    const trace = tracer();
    if (trace === undefined) return this.#request(method, path, request);
    return trace.request(this.#client, this.#config.url, method, path, (context) =>
      this.#request(method, path, withMetadata(request, context), context),
    );
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} request
   * @param {RequestTrace} [context]
   */
  async #request(method, path, request, context) {
    const options = bare(request);
    const refusal = this.#endings.refusal(options.signal);
    const { outcome, uncertain } = refusal ? unsentResult(refusal) : await this.#perform(method, path, options);
    const { signal, expected } = options;
    if (context !== undefined) context.status = statusOf(outcome);
    if (isSuccess(outcome) && (expected?.fits(outcome.body) ?? true)) return outcome.body;
    // Errors are created here, not where the outcome comes in: the async stack shows the caller.
    const call = callOf(method, path, uncertain);
    if (typeof outcome === 'string') throw cancelled(outcome, call, signal);
    throw isSuccess(outcome) ? unexpected(outcome, call, expected) : failed(outcome.failure, call);
  }

  /** Ends all calls. */
  destroy() {
    this.#requests?.close();
    this.#endings.destroy();
  }

  /**
   * Calls back when a wait for the user's code has to end.
   *
   * @type {Endings['limit']}
   */
  onEnding(left, signal, onEnd) {
    return this.#endings.limit(left, signal, onEnd);
  }

  /**
   * Sends a request with a valid token. If the server refuses the token, nothing was done, and the
   * request is sent once more with another token.
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
     * @param {() => string | Promise<string>} getToken
     * @param {{ status?: number, uncertain?: boolean }} [former] how the attempt with another token
     *   ended
     * @returns {Promise<Result>}
     */
    const attempt = async (getToken, former = {}) => {
      const waiting = this.#wait(getToken, deadline - now(), options, former.status);
      const token = await waiting.catch((error) => {
        throw withoutToken(error, { ...callOf(method, path, former.uncertain), status: former.status });
      });
      if (typeof token !== 'string') return unsentResult(token.outcome);
      // Waiting takes a microtask even for a token that is there, and the call may have ended
      // meanwhile.
      const refusal = this.#endings.refusal(options.signal);
      if (refusal !== undefined) return unsentResult(refusal);
      const timeout = Math.max(deadline - now(), 1);
      return { ...sentResult(await this.#send(method, path, bare({ ...options, timeout }), token)), token };
    };
    const first = await attempt(() => tokens.current());
    const { token } = first;
    if (token === undefined || !isTokenRefusal(first.outcome)) return first;
    const second = await attempt(() => tokens.replace(token), { status: 401, uncertain: first.uncertain });
    // The engine may have repeated the request before the server refused the token.
    return { ...second, uncertain: first.uncertain || second.uncertain };
  }

  /**
   * A token, or what ends the call before there is one.
   *
   * @param {() => string | Promise<string>} getToken
   * @param {number} left how long it may take, in milliseconds
   * @param {RequestOptions} options
   * @param {number} [status] with which the server refused the former token
   * @returns {Promise<string | { outcome: Outcome | CancelReason }>}
   */
  async #wait(getToken, left, { timeout, signal }, status) {
    const refusal = this.#endings.refusal(signal);
    if (refusal !== undefined) return { outcome: refusal };
    const token = getToken();
    if (typeof token === 'string') return token;
    return new Promise((resolve, reject) => {
      const what = status === undefined ? 'no token' : `the server answered ${status}, and there was no other token`;
      const failure = { code: 'TIMEOUT', message: `${what} within ${timeout} ms`, status };
      const forget = this.#endings.limit(left, signal, (ending) =>
        resolve({ outcome: ending === 'TIMEOUT' ? { status: null, body: null, failure } : ending }),
      );
      token.finally(forget).then(resolve, reject);
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   * @param {string} [token] unless it is that of the config
   * @returns {Promise<Outcome | CancelReason>}
   */
  async #send(method, path, { body = null, timeout, signal, repeatable = false, idempotencyKey = null }, token) {
    const { log } = this.#config;
    const began = log && now();
    log?.('sending', { method, path: pathOf(path), body });
    const { outcome, cancel } = callEngine(() => {
      this.#requests ??= createRequests(this.#config);
      return this.#requests.send({ method, path, body, timeout, repeatable, idempotencyKey, token });
    });
    const unwatch = this.#endings.watch(signal, cancel);
    const result = await outcome;
    unwatch();
    if (typeof result !== 'string' && result.failure !== null) this.#redaction.clean(result.failure);
    if (log && began !== undefined)
      logResult(log, { method, path: pathOf(path), ms: Math.round(now() - began) }, result);
    return result;
  }
}

/** @param {Log} log @param {Fields} call @param {Outcome | CancelReason} result */
function logResult(log, call, result) {
  if (typeof result === 'string') return log('cancelled', { ...call, reason: result });
  const { body, failure, status } = result;
  if (failure !== null) {
    const { code, message, retryAfter } = failure;
    return log('failed', {
      ...call,
      status: own(failure, 'status'),
      code,
      reason: message,
      retryAfter,
    });
  }
  log('done', { ...call, status });
  log('answer', { ...call, body });
}

/** Whether the server refused the token. @param {Outcome | CancelReason} outcome */
function isTokenRefusal(outcome) {
  return typeof outcome !== 'string' && own(outcome.failure, 'status') === 401;
}

/** @param {Outcome | CancelReason} outcome @returns {outcome is Success} */
function isSuccess(outcome) {
  return typeof outcome !== 'string' && outcome.failure === null;
}

/**
 * The status with which the server answered, if it did.
 *
 * @param {Outcome | CancelReason} outcome
 * @returns {number | undefined}
 */
function statusOf(outcome) {
  return own(outcome, 'status') ?? own(own(outcome, 'failure'), 'status');
}

/**
 * A request whose body has the metadata that an observer adds for the server to pass on.
 *
 * @param {RequestOptions} request
 * @param {RequestTrace} context
 * @returns {RequestOptions}
 */
function withMetadata(request, context) {
  const body = own(request, 'body');
  const metadata = own(request, 'metadata') ?? context.metadata;
  if (metadata === undefined || typeof body !== 'string') return request;
  return { ...request, body: `${body.slice(0, -1)},"metadata":${JSON.stringify(metadata)}}` };
}

/** @param {Outcome | CancelReason} outcome @returns {Result} */
function unsentResult(outcome) {
  return { outcome, uncertain: false };
}

/**
 * A request that was cancelled may have been carried out; one that succeeded was.
 *
 * @param {Outcome | CancelReason} outcome
 * @returns {Result}
 */
function sentResult(outcome) {
  return {
    outcome,
    uncertain: typeof outcome === 'string' || isSuccess(outcome) || own(outcome.failure, 'uncertain') === true,
  };
}

/**
 * What an error says about a request.
 *
 * @param {string} method
 * @param {string} path
 * @param {boolean} [uncertain]
 * @returns {RealtimeErrorDetails}
 */
function callOf(method, path, uncertain) {
  return { method, path: pathOf(path), uncertain: (uncertain && method !== 'GET') || undefined };
}

/**
 * The failure of the token function, for one of the requests that waited for it.
 *
 * @param {RealtimeError} error
 * @param {RealtimeErrorDetails} call
 */
function withoutToken({ code, message, remediation, cause }, call) {
  const reason = message.slice(0, message.length - remediation.length).trimEnd();
  return new RealtimeError(code, `${call.method} ${call.path}: ${reason}`, { ...call, cause });
}

/**
 * A successful answer without what it must contain.
 *
 * @param {Success} outcome
 * @param {RealtimeErrorDetails} call
 * @param {Expectation} [expected]
 */
function unexpected({ status, body }, call, expected) {
  const brought = body === null ? 'without a' : 'with something that is not a';
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

export { Rest };
