/**
 * The error class of this package.
 *
 * Errors are created here, in JavaScript, never in the addon: test runners such as jest load this
 * file into a realm of their own, and only an error of the user's realm is an `instanceof Error`
 * there.
 */

import { docs, isCode, isRetryable, remedy } from '#advice';
import { bare, member } from '../own.js';
import { printable } from '../redaction/printable.js';
import { brand, MARK } from './brand.js';

/**
 * @import { RealtimeErrorCode, RealtimeErrorDetails, WebhookVerificationCode } from '../../index.js'
 */

/** What an error may tell besides its cause. */
const DETAILS = /** @type {const} */ ([
  'status',
  'subscriptionId',
  'channel',
  'method',
  'path',
  'retryAfter',
  'currentRevision',
  'document',
  'uncertain',
  'topic',
  'eventId',
  'issues',
]);

class RealtimeError extends Error {
  /** @type {(value: unknown) => value is RealtimeError} */
  static is = (value) => value instanceof RealtimeError;

  /**
   * A class of a user that extends this one has no mark of its own.
   *
   * @override
   * @this {Function}
   * @param {unknown} value
   */
  static [Symbol.hasInstance](value) {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one inherits the method
    const { prototype } = this;
    if (Object.hasOwn(prototype, MARK)) return member(value, MARK) >= prototype[MARK];
    // biome-ignore lint/complexity/noThisInStatic: the same
    return super[Symbol.hasInstance](value);
  }

  // Private: the message contains it, and console.log need not repeat it.
  #remediation;

  /**
   * @param {RealtimeErrorCode | WebhookVerificationCode} code
   * @param {string} message what happened, as a sentence with or without its capital and full stop;
   *   the remediation is added to it
   * @param {RealtimeErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    const given = bare(details);
    const { cause, remediation = remedy(code, message) } = given;
    // The message may contain text of a peer or of the caller.
    super(printable(`${asSentence(message)} ${remediation}`.trimEnd()), cause === undefined ? undefined : { cause });
    this.#remediation = remediation;
    this.code = code;
    this.retryable = isRetryable(code, given.status);
    for (const name of DETAILS) if (given[name] !== undefined) Object.assign(this, { [name]: given[name] });
  }

  get remediation() {
    return this.#remediation;
  }

  get docs() {
    return docs(this.code);
  }

  /**
   * The error that an engine reported or threw.
   *
   * @param {Report} report
   * @param {RealtimeErrorDetails} [details] known to the caller
   * @returns {RealtimeError}
   */
  static from(report, details) {
    const { code = '', message, cause } = bare(report);
    const known = isCode(code) ? code : 'INTERNAL_ERROR';
    return new RealtimeError(known, message, { ...report, cause: cause ? systemError(cause) : undefined, ...details });
  }
}

/**
 * @typedef {object} Report
 * @property {string} [code]
 * @property {string} message
 * @property {number} [status]
 * @property {string} [subscriptionId]
 * @property {string} [channel]
 * @property {number} [retryAfter]
 * @property {boolean} [uncertain]
 * @property {string} [cause]
 * @property {string} [remediation] replaces the advice of the code
 * @property {string} [topic]
 * @property {string} [eventId]
 * @property {RealtimeErrorDetails['issues']} [issues]
 */

brand(RealtimeError, 'RealtimeError', 1);

/**
 * An Error with the text of an operating system or TLS error. It happened outside JavaScript, so it
 * has no stack.
 *
 * @param {string} text
 */
function systemError(text) {
  const error = new Error(text);
  error.stack = String(error);
  return error;
}

/**
 * Calls an engine, and turns its error into the user's.
 *
 * @template T
 * @param {() => T} call
 * @param {string} [at] the method, where its arguments may be wrong
 * @returns {T}
 */
function callEngine(call, at = '') {
  try {
    return call();
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    throw RealtimeError.from({ code, message: at + message });
  }
}

/**
 * The forms of misplaced secrets: a JWT, a webhook secret, HTTP credentials, a PEM key, a URL with
 * a user.
 */
const SECRET_FORM = /\beyJ\w|\bwhsec_|\b(bearer|basic|digest)\s|^\s*token\s|-----BEGIN |:\/\/[^/]*@/i;

/**
 * The error of a wrong argument: its path, what was expected, what was passed.
 *
 * @param {string} path e.g. `options.url`
 * @param {string} expected e.g. `a number of milliseconds >= 0`
 * @param {unknown} value
 * @param {string} [remediation]
 * @returns {RealtimeError}
 */
function invalidArgument(path, expected, value, remediation) {
  return invalid(path, expected, describe(value), remediation);
}

/**
 * The same for a value that may hold a secret: the error names its kind, never the value.
 *
 * @param {string} path
 * @param {string} expected
 * @param {unknown} value
 * @param {string} [remediation]
 * @returns {RealtimeError}
 */
function invalidSecret(path, expected, value, remediation) {
  return invalid(path, expected, describeType(value), remediation);
}

/** @param {string} path @param {string} expected @param {string} got @param {string} [remediation] */
function invalid(path, expected, got, remediation) {
  return new RealtimeError('INVALID_ARGUMENT', `${path}: expected ${expected}, got ${got}`, { remediation });
}

/**
 * A short description of an argument.
 *
 * @param {unknown} value
 * @returns {string}
 */
function describe(value) {
  if (typeof value === 'string' && !SECRET_FORM.test(value))
    return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' ? String(value) : describeType(value);
}

/**
 * Describes the kind of an argument, without its value.
 *
 * @param {unknown} value
 * @returns {string}
 */
function describeType(value) {
  if (value === undefined || value === null || typeof value === 'boolean') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  if (isPromise(value)) return 'a Promise: await it';
  if (typeof value !== 'object') return `a ${typeof value}`;
  // The prototype's: an own member `constructor` may hold any text.
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}

/** Whether the caller forgot to await a value. @param {any} value */
function isPromise(value) {
  return value instanceof Promise || typeof member(value, 'then') === 'function';
}

/**
 * Refuses a promise in place of its value.
 *
 * @param {string} path
 * @param {unknown} value
 */
function refusePromise(path, value) {
  if (isPromise(value)) throw new RealtimeError('INVALID_ARGUMENT', `${path} is a Promise: await it`);
}

/**
 * Begins with a capital, unless the text begins with an identifier, and ends with a full stop.
 *
 * @param {string} text
 */
function asSentence(text) {
  const begun = `${text}`.replace(/^[a-z](?=[a-z']* )/, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

export { callEngine, describeType, invalidArgument, invalidSecret, RealtimeError, refusePromise, SECRET_FORM };
