/**
 * One exchange by `fetch`: the whole body of a success, and of a refusal as much as arrives soon.
 * The counterpart of `src/rest/http.rs` and `src/rest/body.rs`.
 */

import { cancel, later, now } from '#host';
import { causeOf, noAnswer } from '#no-answer';
import { concat } from '../../../bytes.js';
import { fail } from './failure.js';

/** @import { AnswerBudget, Share } from './budget.js' */
/** @import { Ended, Init } from './failure.js' */
/** @import { Received } from './response.js' */

/** The maximum size of a success, and of a refusal: enough for the document of a conflict. */
const MAX_SUCCESS_BYTES = 64 * 2 ** 20;
const MAX_REFUSAL_BYTES = 4 * 2 ** 20;
/**
 * What each answer may hold beside the budget of all: a usual answer neither pays nor waits.
 */
const FREE_BYTES = 64 * 2 ** 10;
/**
 * The longest waits for the next piece of a refusal's body, and for all of it. The status is known
 * by then, and the body only explains it.
 */
const REFUSAL_PIECE_TIMEOUT = 500;
const REFUSAL_BODY_TIMEOUT = 2000;

/**
 * @typedef {object} Progress how far a call has come
 * @property {boolean} isSent whether the server may have received the request
 * @property {number} [status] that of a success whose body is being read
 * @property {AnswerBudget} [budget] for the body; by default that of all clients
 * @property {Share} [share] the room of the last body, if it is large. The caller closes it
 */

/** @typedef {(bytes: number) => Promise<void> | undefined} Hold waits until there is room for the bytes */

/**
 * @param {string} url
 * @param {Init} init
 * @param {Progress} progress
 * @returns {Promise<Received | Ended>}
 */
async function exchange(url, init, progress) {
  progress.isSent = true;
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    return noAnswer(error, url);
  }
  const { status, ok: isSuccess } = response;
  progress.share?.close();
  progress.share = undefined;
  /** Waits for room, if the body is large. @param {number} bytes @returns {Promise<void> | undefined} */
  const hold = (bytes) => {
    if (progress.share) return progress.share.hold(bytes);
    return bytes > FREE_BYTES ? begin(bytes) : undefined;
  };
  const begin = async (/** @type {number} */ bytes) => {
    // Few pages ever need it.
    const { Share } = await import('./budget.js');
    // The call may have ended meanwhile.
    if (init.signal?.aborted) return;
    progress.share = new Share(FREE_BYTES, progress.budget);
    await progress.share.hold(bytes);
  };
  if (!isSuccess) return { status, response, ...(await readRefusal(response, hold)) };
  progress.status = status;
  const announced = Number(response.headers.get('content-length'));
  const limit = announced > MAX_SUCCESS_BYTES ? -1 : MAX_SUCCESS_BYTES;
  if (limit > 0) await hold(announced);
  const { body, isWhole, error } = await read(response, limit, hold);
  if (isWhole) return { status, response, body, isWhole };
  if (error === undefined) {
    const message = `the answer is larger than ${MAX_SUCCESS_BYTES} bytes`;
    return fail('MESSAGE_TOO_LARGE', message, { status, uncertain: true });
  }
  const cause = causeOf(error);
  const message = `the connection broke before its answer was complete: ${cause}`;
  return fail('NETWORK_ERROR', message, { status, cause, uncertain: true }, true);
}

/** @param {Response} response @param {Hold} hold */
function readRefusal(response, hold) {
  const end = now() + REFUSAL_BODY_TIMEOUT;
  return read(response, MAX_REFUSAL_BYTES, hold, () => Math.min(REFUSAL_PIECE_TIMEOUT, end - now()));
}

/**
 * Reads a body until it ends, stalls, breaks off or exceeds the limit.
 *
 * @param {Response} response
 * @param {number} limit
 * @param {Hold} hold
 * @param {() => number} [patience] how long the next piece may take
 */
async function read(response, limit, hold, patience) {
  const reader = response.body?.getReader();
  const chunks = [];
  let room = limit;
  let error;
  try {
    // There is no body, or the runtime has no streams: React Native.
    if (reader === undefined) return { body: new Uint8Array(await response.arrayBuffer()), isWhole: true };
    while (room >= 0) {
      const piece = reader.read();
      const { done, value } = await (patience ? within(piece, patience()) : piece);
      if (done) return { body: concat(chunks), isWhole: true };
      const wait = hold(limit - room + value.length);
      if (wait) await (patience ? within(wait, patience()) : wait);
      chunks.push(value.subarray(0, room));
      room -= value.length;
    }
  } catch (thrown) {
    error = thrown;
  }
  // Closes the connection. The error of a stream that broke was reported.
  reader?.cancel().catch(() => {});
  return { body: concat(chunks), isWhole: false, error };
}

/** @template T @param {Promise<T>} promise @param {number} milliseconds @returns {Promise<T>} */
function within(promise, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = later(() => reject(new Error('stalled')), Math.max(milliseconds, 0));
    promise.finally(() => cancel(timer)).then(resolve, reject);
  });
}

export { exchange };
