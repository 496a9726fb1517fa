/**
 * What a response means. The body of a success is one JSON value or empty. The platform explains a
 * failure with `{ error, message }`; a proxy explains a failure in its own way, mostly with an HTML
 * page. The counterpart of `src/rest/response/`.
 */

import { utf8 } from '#host';
import { own } from '../../../own.js';
import { describe, excerpt, startOf } from './excerpt.js';
import { fail } from './failure.js';
import { isTransient, leavesWriteUncertain, retryAfter } from './retry.js';

/** @import { Ended } from './failure.js' */

/** How many characters of the server's message an error shows. */
const MAX_MESSAGE = 1000;

const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * @typedef {object} Received
 * @property {number} status
 * @property {Response} response without its body
 * @property {Uint8Array} body for a failure, possibly only its beginning
 * @property {boolean} isWhole
 */

/**
 * Interprets a response that is not a redirect.
 *
 * @param {string} method
 * @param {string} path without its query
 * @param {Received} received
 * @param {number} now
 * @returns {Ended}
 */
function judge(method, path, { status, response, body, isWhole }, now) {
  const isSuccess = status >= 200 && status < 300;
  let value;
  /** @type {string | undefined} */
  let cause;
  try {
    // Skips a byte order mark.
    const text = strict.decode(body);
    // White space without a value is not JSON, but no body is an answer.
    if (text !== '') value = JSON.parse(text);
    else if (isSuccess) return { outcome: { status, body: null, failure: null } };
  } catch (error) {
    cause = String(/** @type {Error} */ (error).message);
  }
  if (isSuccess && cause === undefined) return { outcome: { status, body: value, failure: null } };

  const line = statusLine(status, response.statusText);
  const about = () => describe(response.headers.get('content-type') ?? '', body);
  // The server carried out the write, but its result is lost.
  if (isSuccess) return fail('PROTOCOL_ERROR', `${line} with ${about()}`, { status, cause, uncertain: true });

  const isReport = typeof value === 'object' && value !== null && !Array.isArray(value);
  let message = line;
  if (isReport) message = explanation(value, status, line);
  else if (cause === undefined) message += value === undefined ? '' : `: ${excerpt(body)}`;
  else if (/\S/.test(excerpt(body))) message += ` with ${about()}`;
  if (!isWhole) message += ' (the body of this answer is incomplete)';
  const conflicts = isReport && Object.hasOwn(value, 'currentRevision');
  const details = {
    status,
    retryAfter: retryAfter(response.headers.get('retry-after') ?? '', now),
    uncertain: leavesWriteUncertain(status),
    body: isReport ? value : undefined,
  };
  return fail(codeOf(method, path, status, conflicts), message, details, isTransient(status));
}

/**
 * `the server answered 404 Not Found`. HTTP/2 has no words for a status.
 *
 * @param {number} status
 * @param {string} words
 */
function statusLine(status, words) {
  return `the server answered ${status} ${startOf(words, MAX_MESSAGE)}`.trimEnd();
}

/** @param {object} report @param {number} status @param {string} line */
function explanation(report, status, line) {
  const [name, text] = [own(report, 'error'), own(report, 'message')];
  const start = isText(name) ? `the server answered ${status} ${excerpt(utf8(name))}` : line;
  return isText(text) ? `${start}: ${startOf(text, MAX_MESSAGE)}` : start;
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== '';
}

/** @type {Record<number, string>} */
const CODES = {
  401: 'AUTH_FAILED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT',
  409: 'REVISION_CONFLICT',
  410: 'NOT_FOUND',
  421: 'SERVER_ERROR',
  425: 'SERVER_ERROR',
  429: 'RATE_LIMITED',
};

/** @param {string} method @param {string} path @param {number} status @param {boolean} conflicts */
function codeOf(method, path, status, conflicts) {
  if (status === 409 && !conflicts && method === 'POST' && path.endsWith('/documents')) return 'ALREADY_EXISTS';
  if (Object.hasOwn(CODES, status)) return CODES[status];
  if (status >= 500 && status < 600) return 'SERVER_ERROR';
  return status >= 400 && status < 500 ? 'INVALID_ARGUMENT' : 'PROTOCOL_ERROR';
}

export { judge };
