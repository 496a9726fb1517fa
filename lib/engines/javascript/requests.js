/**
 * Requests by `fetch`, with the retries, redirects, limits and outcomes of the native ones: the
 * counterpart of `src/rest/`.
 *
 * | room | what is in it |
 * |---|---|
 * | `requests/exchange.js` | one exchange, and the reading of its body |
 * | `requests/budget.js`, `ledger.js` | the memory of answers |
 * | `requests/response.js`, `excerpt.js` | PURE: what a response means |
 * | `requests/retry.js` | PURE: what is repeated and when |
 * | `requests/redirect.js` | PURE: what is followed. Loaded on demand: browsers hide redirects |
 * | `requests/failure.js` | what the user learns about a failed exchange |
 * | `requests/no-answer.*.js` | why there was no answer, by runtime |
 * | `requests/cors.js` | what a browser's rules have to do with it. Loaded on demand |
 */

import { cancel, later, now } from '#host';
import { exchange } from './requests/exchange.js';
import { fail } from './requests/failure.js';
import { judge } from './requests/response.js';
import { delayAfter } from './requests/retry.js';

/**
 * @import { CancelReason, EngineConfig, Outcome, PendingRequest, Request, Requests } from '../engine.js'
 */
/** @import { AnswerBudget } from './requests/budget.js' */
/** @import { Progress } from './requests/exchange.js' */
/** @import { Ended, Init } from './requests/failure.js' */

/** How many requests are sent at the same time. Further ones wait in the order of their calls. */
const MAX_CONCURRENT_REQUESTS = 128;
const MAX_REDIRECTS = 5;
/** How many characters of a path an error shows. */
const MAX_SHOWN = 200;

/**
 * How far a call has come. It decides what the user learns when the call times out.
 *
 * @typedef {Progress & { signal: AbortSignal, attempts: number, uncertain: boolean, previous?: string }} Course
 */

/** @param {EngineConfig} config @param {AnswerBudget} [budget] @returns {Requests} */
function createRequests(config, budget) {
  const { origin, pathname } = new URL(config.url);
  /** What all addresses begin with: the origin, and the path of the URL. */
  const base = origin + pathname.replace(/\/+$/, '');
  let sending = 0;
  /** @type {((value?: undefined) => void)[]} */
  const waiting = [];
  /** What ends each request without an outcome. @type {Set<() => void>} */
  const pending = new Set();

  /** @param {Request} request @returns {PendingRequest} */
  function send(request) {
    const { method, path, timeout } = request;
    const controller = new AbortController();
    /** @type {Course} */
    const course = { signal: controller.signal, budget, attempts: 0, uncertain: false, isSent: false };
    /** @type {(outcome: Outcome | CancelReason) => void} */
    let settle = () => {};
    /** @type {Promise<Outcome | CancelReason>} */
    const outcome = new Promise((resolve) => {
      settle = resolve;
    });
    const drop = () => {
      cancel(timer);
      pending.delete(drop);
      controller.abort();
      course.share?.close();
    };
    /** @param {Ended} ended */
    const end = ({ outcome: { failure }, outcome }) => {
      if (course.signal.aborted) return;
      drop();
      if (failure) {
        failure.message = `${method} ${withoutQuery(path)}: ${failure.message}`;
        failure.uncertain = course.uncertain || undefined;
      }
      settle(outcome);
    };
    const timer = later(() => end(timedOut(request, course)), timeout);
    pending.add(drop);
    perform(request, course, now() + timeout).then(end, (defect) => {
      course.uncertain = method !== 'GET';
      end(fail('INTERNAL_ERROR', 'a defect of this package ended the request', { cause: String(defect) }));
    });
    return {
      outcome,
      cancel(reason) {
        drop();
        settle(reason);
      },
    };
  }

  /**
   * @param {Request} request
   * @param {Course} course
   * @param {number} deadline
   * @returns {Promise<Ended>}
   */
  async function perform(request, course, deadline) {
    const { method, path, repeatable } = request;
    const init = initOf(config, request, course.signal);
    for (;;) {
      course.attempts++;
      const ended = await attempt(path, init, course);
      const { failure } = ended.outcome;
      if (failure === null || course.signal.aborted) return ended;
      course.uncertain ||= failure.uncertain === true && method !== 'GET';
      const mayRetry = repeatable && ended.transient;
      const left = deadline - now();
      const delay = mayRetry ? delayAfter(course.attempts, failure.retryAfter ?? 0, left, Math.random()) : undefined;
      if (delay === undefined) {
        await ended.explain?.(init);
        return ended;
      }
      const { code, message, status } = failure;
      const report = {
        method,
        path: withoutQuery(path),
        attempt: course.attempts,
        retryIn: delay,
        code,
        status,
      };
      config.log?.('retrying', { ...report, reason: message });
      course.share?.close();
      Object.assign(course, { isSent: false, status: undefined, previous: failure.message });
      await sleep(delay, course.signal);
    }
  }

  /**
   * Sends one request when its turn has come.
   *
   * @param {string} path
   * @param {Init} init
   * @param {Course} course
   */
  async function attempt(path, init, course) {
    if (sending < MAX_CONCURRENT_REQUESTS) sending++;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await followed(base + path, withoutQuery(path), init, course);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else sending--;
    }
  }

  return {
    send,
    close() {
      for (const drop of [...pending]) drop();
    },
  };
}

/**
 * Sends one request and follows its redirects.
 *
 * @param {string} url
 * @param {string} path without its query
 * @param {Init} init
 * @param {Course} course
 * @returns {Promise<Ended>}
 */
async function followed(url, path, init, course) {
  for (let redirects = 0; ; redirects++) {
    const received = await exchange(url, init, course);
    if ('outcome' in received) return received;
    const { status, response } = received;
    if (response.type === 'opaqueredirect') {
      const what = 'the server answered with a redirect, whose target browsers hide';
      return fail('PROTOCOL_ERROR', `${what}: write the final address in options.url`, { uncertain: true });
    }
    if (status < 300 || status >= 400) return judge(init.method, path, received, Date.now());
    const { follow } = await import('./requests/redirect.js');
    const next = follow(status, init.method, url, response.headers.get('location') ?? '');
    // Web pages answer a form that they have accepted with one of these statuses.
    const uncertain = status > 300 && status < 304;
    if (typeof next === 'string')
      return fail('PROTOCOL_ERROR', `the server answered ${status}, ${next}`, { status, uncertain });
    if (redirects === MAX_REDIRECTS) {
      const last = next.pathname.slice(0, MAX_SHOWN);
      const message = `the server redirected more than ${MAX_REDIRECTS} times, at last to ${last}`;
      return fail('PROTOCOL_ERROR', message, { status });
    }
    url = next.href;
  }
}

/**
 * @param {EngineConfig} config
 * @param {Request} request
 * @param {AbortSignal} signal
 * @returns {Init}
 */
function initOf(config, { method, body, idempotencyKey, token = config.token }, signal) {
  const { applicationId, environment, headers: own } = config;
  const headers = new Headers(own);
  headers.delete('content-type');
  for (const [name, value] of Object.entries({
    accept: headers.get('accept') ?? 'application/json',
    // Browsers ask for encodings themselves, and ignore this header.
    'accept-encoding': headers.get('accept-encoding') ?? 'identity',
    'x-application-id': applicationId,
    'x-environment': environment,
    authorization: token && `Bearer ${token}`,
    'content-type': body === null ? undefined : 'application/json',
    'idempotency-key': idempotencyKey,
  }))
    if (value) headers.set(name, value);
  /** @type {Init} */
  const init = { method, headers, body, redirect: 'manual', signal };
  // A document must not come from a browser's cache. Some workers refuse what they do not know.
  return 'cache' in globalThis.Request.prototype ? Object.assign(init, { cache: 'no-store' }) : init;
}

/** @param {Request} request @param {Course} course */
function timedOut({ method, timeout }, course) {
  const { status, previous } = course;
  course.uncertain ||= course.isSent && method !== 'GET';
  const what = status === undefined ? 'no answer' : 'no complete answer';
  return fail('TIMEOUT', `${what} within ${timeout} ms`, { status, cause: previous });
}

/** @param {number} milliseconds @param {AbortSignal} signal ends it, without a result */
function sleep(milliseconds, signal) {
  return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    const timer = later(resolve, milliseconds);
    signal.addEventListener('abort', () => cancel(timer), { once: true });
  });
}

/** @param {string} path */
function withoutQuery(path) {
  return path.split('?')[0];
}

export { createRequests };
