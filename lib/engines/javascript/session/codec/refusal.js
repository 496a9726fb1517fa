/**
 * A refused CONNECT: the server's words, and whether they are about the token.
 *
 * Servers word this in many ways, so the words are compared without regard to case and separators.
 * The strongest evidence decides:
 *
 * | evidence | read from |
 * |---|---|
 * | an HTTP status: 401 and 403 are about the token, other statuses from 402 on are not | `code`, `errorCode`, `status`, `statusCode`, `httpStatus`: a number, or a text with one |
 * | the words of a code | the same, `type`, `name`, `reason`, `error`, or `data` where that is a text |
 * | the words of the message, unless there is a `code` | `message` |
 *
 * The names of the members are compared in the same way: `error_code` is `errorCode`.
 *
 * Without evidence the refusal is not about the token: the same token may be accepted a moment
 * later.
 */

import { isObject, memberOf } from '../../protocol/json.js';
import { judge, statusIn, words } from './wording.js';

/** The longest delay of a timer. */
const MAX_TIMER = 0x7fff_ffff;

/**
 * A server's refusal of CONNECT.
 *
 * @typedef {object} Refusal
 * @property {string} text the server's words and its code, for people to read
 * @property {boolean} isAboutToken whether another token may help, and the same one cannot
 * @property {number | undefined} retryAfter how long the server asks the client to wait
 */

/**
 * The evidence in a refusal.
 *
 * @typedef {object} Evidence
 * @property {string[]} codes members with a status or a code of the server's own
 * @property {string[]} names members with a name of the kind of error
 * @property {string[]} messages sentences
 * @property {number | undefined} retryAfter
 */

/**
 * Reads the payload of a `CONNECT_ERROR`: an object with `message` and `data`, or a text.
 *
 * @param {unknown} payload
 * @returns {Refusal}
 */
function readRefusal(payload) {
  /** @type {Evidence} */
  const evidence = { codes: [], names: [], messages: [], retryAfter: undefined };
  const message = memberOf(payload, 'message');
  const data = memberOf(payload, 'data');
  for (const value of [payload, message, data]) collect(evidence, collect(evidence, value));
  (typeof data === 'string' ? evidence.names : evidence.codes).push(...text(data));
  let said = message === undefined && typeof payload === 'string' ? payload : message;
  if (said !== undefined && typeof said !== 'string') said = JSON.stringify(said);
  if (said) evidence.messages.push(said);
  const code = [...evidence.codes, ...evidence.names].find((label) => label !== '');
  return {
    text: `${said || 'no reason given'}${code ? ` (${code})` : ''}`,
    isAboutToken: isAboutToken(evidence),
    retryAfter: evidence.retryAfter,
  };
}

/**
 * Adds the members of an object.
 *
 * @param {Evidence} evidence
 * @param {unknown} object
 * @returns {object | undefined} the error in it, where that is an object
 */
function collect(evidence, object) {
  let error;
  for (const [name, value] of isObject(object) ? Object.entries(object) : [])
    switch (words(name).join('')) {
      case 'code':
      case 'errorcode':
        // A code tells people more than a status.
        evidence.codes.unshift(...text(value));
        break;
      case 'status':
      case 'statuscode':
      case 'httpstatus':
        evidence.codes.push(...text(value));
        break;
      case 'error':
        error = isObject(value) ? value : undefined;
        evidence.names.push(...text(value));
        break;
      case 'type':
      case 'name':
      case 'reason':
        evidence.names.push(...text(value));
        break;
      case 'message':
        if (typeof value === 'string') evidence.messages.push(value);
        break;
      case 'retryafter':
        // Longer waits than Rust's clock can count are a mistake.
        if (typeof value === 'number' && value >= 0 && value < 2 ** 64 * 1000)
          evidence.retryAfter ??= Math.min(value, MAX_TIMER);
    }
  return error;
}

/** @param {Evidence} evidence */
function isAboutToken({ codes, names, messages }) {
  const statuses = codes.map((code) => statusIn(words(code))).filter(isKnown);
  if (statuses.length > 0) return statuses.includes(true);
  const verdicts = [...codes, ...names].map(judge).filter(isKnown);
  if (verdicts.length > 0) return verdicts.includes(true);
  const hasCode = codes.some((code) => Number.isNaN(Number(code)));
  return !hasCode && messages.some((message) => judge(message) === true);
}

/** @param {unknown} verdict */
function isKnown(verdict) {
  return verdict !== undefined;
}

/** A text or a number as text, in a list. @param {unknown} value */
function text(value) {
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

export { readRefusal };
