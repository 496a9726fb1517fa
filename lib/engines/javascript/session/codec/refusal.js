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
 * @property {string} text the server's words, and its code unless it is the one of the client's
 *   error, for people to read
 * @property {boolean} isAboutToken whether another token may help, and the same one cannot
 * @property {number | undefined} retryAfter how long the server asks the client to wait
 */

/**
 * Reads the payload of a `CONNECT_ERROR`: an object with `message` and `data`, or a text.
 *
 * @param {unknown} payload
 * @returns {Refusal}
 */
function readRefusal(payload) {
  /** Members with a status or a code of the server's own. @type {string[]} */
  const codes = [];
  /** Members with a name of the kind of error. @type {string[]} */
  const names = [];
  /** Sentences. @type {string[]} */
  const sentences = [];
  /** @type {number | undefined} */
  let retryAfter;

  /**
   * Adds the members of an object; returns the error in it.
   *
   * @param {unknown} object
   * @returns {unknown}
   */
  const collect = (object) => {
    let error;
    for (const [name, value] of isObject(object) ? Object.entries(object) : []) {
      const key = words(name).join('');
      const text = typeof value === 'string' || typeof value === 'number' ? [`${value}`] : [];
      // A code tells people more than a status.
      if (/^(?:error)?code$/.test(key)) codes.unshift(...text);
      else if (/^(?:status(?:code)?|httpstatus)$/.test(key)) codes.push(...text);
      else if (/^(?:type|name|reason|error)$/.test(key)) names.push(...text);
      else if (key === 'message' && typeof value === 'string') sentences.push(value);
      // A longer wait than Rust's clock can count is a mistake.
      else if (key === 'retryafter' && typeof value === 'number' && value >= 0 && value < 2 ** 64 * 1000)
        retryAfter ??= Math.min(value, MAX_TIMER);
      if (key === 'error') error = value;
    }
    return error;
  };

  const message = memberOf(payload, 'message');
  const data = memberOf(payload, 'data');
  for (const value of [payload, message, data]) collect(collect(value));
  if (typeof data === 'string') names.push(data);
  if (typeof data === 'number') codes.push(`${data}`);
  let said = message === undefined && typeof payload === 'string' ? payload : message;
  if (said !== undefined && typeof said !== 'string') said = JSON.stringify(said);
  if (said) sentences.push(said);
  said ||= 'no reason given';
  const code = [...codes, ...names].find((label) => label);
  return {
    text: code && code !== 'AUTH_FAILED' ? `${said.replace(/\.+$/, '')} (${code})` : said,
    isAboutToken: isAboutToken(codes, names, sentences),
    retryAfter,
  };
}

/** @param {string[]} codes @param {string[]} names @param {string[]} sentences */
function isAboutToken(codes, names, sentences) {
  const statuses = codes.map((code) => statusIn(words(code)));
  const verdicts = [...codes, ...names].map(judge);
  for (const known of [statuses, verdicts])
    if (known.some((verdict) => verdict !== undefined)) return known.includes(true);
  const hasCode = codes.some((code) => Number.isNaN(Number(code)));
  return !hasCode && sentences.map(judge).includes(true);
}

export { readRefusal };
