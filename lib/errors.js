'use strict';

/**
 * The error class of this package.
 *
 * Errors are made here, in JavaScript, and never in the addon: test runners such as jest load this file into a realm of
 * their own, and only an error made in the user's realm is an `instanceof Error` there.
 */

const { errorCodes } = require('./error-codes.js');
const { bare, member } = require('./own.js');
const { printable } = require('./redaction/printable.js');

/** @import { RealtimeErrorCode, RealtimeErrorDetails, WebhookVerificationCode } from '../index.js' */

class RealtimeError extends Error {
  // Private, since the message shows it already and console.log need not repeat it.
  #remediation;

  /**
   * @param {RealtimeErrorCode | WebhookVerificationCode} code
   * @param {string} message what happened; the remediation is added to it
   * @param {RealtimeErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    const given = bare(details);
    const { cause, remediation = errorCodes[code].remediation } = given;
    const { status, subscriptionId, channel, method, path, retryAfter, currentRevision, document, uncertain } = given;
    // The message may contain text of a peer or of the caller.
    super(printable(`${asSentence(message)} ${remediation}`), cause === undefined ? undefined : { cause });
    this.#remediation = remediation;
    this.code = code;
    this.retryable = errorCodes[code].retryable;
    if (status !== undefined) this.status = status;
    if (subscriptionId !== undefined) this.subscriptionId = subscriptionId;
    if (channel !== undefined) this.channel = channel;
    if (method !== undefined) this.method = method;
    if (path !== undefined) this.path = path;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    if (currentRevision !== undefined) this.currentRevision = currentRevision;
    if (document !== undefined) this.document = document;
    if (uncertain !== undefined) this.uncertain = uncertain;
  }

  get remediation() {
    return this.#remediation;
  }

  /**
   * An error the engine reported, or threw.
   *
   * @param {Report} report
   * @param {RealtimeErrorDetails} [details] what the caller knows about it
   * @returns {RealtimeError}
   */
  static from(report, details) {
    const given = bare(report);
    const { code = '', message, status, subscriptionId, channel, retryAfter, uncertain, cause, remediation } = given;
    const known = /** @type {RealtimeErrorCode} */ (Object.hasOwn(errorCodes, code) ? code : 'INTERNAL_ERROR');
    const below = cause ? systemError(cause) : undefined;
    const reported = { status, subscriptionId, channel, retryAfter, uncertain, cause: below, remediation };
    return new RealtimeError(known, message, { ...reported, ...details });
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
 * @property {string} [remediation] where that of the code does not fit
 */

Object.defineProperty(RealtimeError.prototype, 'name', { value: 'RealtimeError', configurable: true, writable: true });

/**
 * The text of an operating system or TLS error, as an Error. It happened outside JavaScript, so there is no stack.
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
 * @returns {T}
 */
function callEngine(call) {
  try {
    return call();
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    throw RealtimeError.from({ code, message });
  }
}

/** What a secret in the wrong argument looks like: a JWT, a webhook secret, HTTP credentials, a PEM key, a URL with a user. */
const SECRET_FORM = /\beyJ\w|\bwhsec_|\b(bearer|basic|digest)\s|^\s*token\s|-----BEGIN |:\/\/[^/]*@/i;

/**
 * The error of a wrong argument: which one, what was expected, what came.
 *
 * @param {string} path e.g. `options.url`
 * @param {string} expected e.g. `a number of milliseconds >= 0`
 * @param {unknown} value
 * @returns {RealtimeError}
 */
function invalidArgument(path, expected, value) {
  return new RealtimeError('INVALID_ARGUMENT', `${path}: expected ${expected}, got ${describe(value)}`);
}

/**
 * The same for a value that is or may hold a secret: its kind is named, never the value.
 *
 * @param {string} path
 * @param {string} expected
 * @param {unknown} value
 * @returns {RealtimeError}
 */
function invalidSecret(path, expected, value) {
  return new RealtimeError('INVALID_ARGUMENT', `${path}: expected ${expected}, got ${describeType(value)}`);
}

/**
 * A short text for a value somebody passed.
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
 * What kind of value somebody passed, without the value.
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
  // Of the prototype: an own member `constructor` may hold any text.
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}

/** Whether somebody forgot to await a value. @param {any} value */
function isPromise(value) {
  return value instanceof Promise || typeof member(value, 'then') === 'function';
}

/**
 * Refuses a promise in the place of what it is a promise of.
 *
 * @param {string} path
 * @param {unknown} value
 */
function refusePromise(path, value) {
  if (isPromise(value)) throw new RealtimeError('INVALID_ARGUMENT', `${path} is a Promise: await it`);
}

/** @param {string} text */
function asSentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

exports.RealtimeError = RealtimeError;
exports.callEngine = callEngine;
exports.describeType = describeType;
exports.invalidArgument = invalidArgument;
exports.invalidSecret = invalidSecret;
exports.refusePromise = refusePromise;
exports.SECRET_FORM = SECRET_FORM;
