/**
 * A deadline: ends a wait after a time with an error that says what the platform knows. The error
 * has the stack of the call, so a test runner shows the line that waits.
 */

import timers from 'node:timers';
import { refusedBy } from '../arguments.js';

/** @import { WaitOptions } from './options.js' */

// Taken once: fake timers that a test installs later must not stop the time limit.
const { clearTimeout, setTimeout } = timers;

/**
 * @template {WaitOptions} Options
 * @param {object} wait
 * @param {string} wait.method its name for errors
 * @param {Function} wait.caller the public function, above which the stack of an error begins
 * @param {() => Options} wait.parse
 * @param {(signal: AbortSignal, options: Options) => Promise<void>} wait.run
 * @param {(options: Options) => string[]} wait.explain the lines of the error after the deadline
 */
export async function withDeadline({ method, caller, parse, run, explain }) {
  /** @type {{ stack?: string }} */
  const call = {};
  Error.captureStackTrace(call, caller);
  try {
    const options = parse();
    const expire = () => new TimeoutError(`${method}: ${explain(options).join('\n  ')}`);
    await limited(options, (signal) => run(signal, options), expire);
  } catch (error) {
    const failure = refusedBy(method, error);
    if (failure instanceof TimeoutError) failure.showStackOf(call);
    throw failure;
  }
}

/**
 * @param {WaitOptions} options
 * @param {(signal: AbortSignal) => Promise<void>} run
 * @param {() => Error} expire
 */
async function limited({ timeout, signal }, run, expire) {
  const ended = new AbortController();
  const abort = () => ended.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const timer = timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => ended.abort(expire()), timeout);
  try {
    await run(ended.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** What was waited for did not come in time. */
class TimeoutError extends Error {
  code = 'TIMEOUT';

  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'TimeoutError';
  }

  /** @param {{ stack?: string }} call */
  showStackOf({ stack = '' }) {
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
    this.stack = [`${this.name}: ${this.message}`, ...frames].join('\n');
  }
}
