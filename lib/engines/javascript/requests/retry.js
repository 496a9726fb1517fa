/**
 * Retries: which failures are retried, and after which delay. The counterpart of
 * `src/rest/retry.rs` and `src/transport/http/`, which give the reasons.
 */

/** How many times a request is sent. */
const MAX_ATTEMPTS = 4;
/** The ceiling of the first delay, in milliseconds. Each further ceiling is twice as high. */
const FIRST_CEILING = 100;
/** The longest delay of a timer. */
const MAX_TIMER = 0x7fff_ffff;

/**
 * The delay after the given attempt (the first is 1), in milliseconds. Undefined if it was the last
 * attempt, or if the delay exceeds the time `left`.
 *
 * @param {number} attempt
 * @param {number} asked the server's `Retry-After`, which the delay is never shorter than
 * @param {number} left
 * @param {number} random from 0 to 1
 */
function delayAfter(attempt, asked, left, random) {
  const delay = Math.max(FIRST_CEILING * 2 ** (attempt - 1) * random, asked);
  return attempt < MAX_ATTEMPTS && delay < left ? delay : undefined;
}

/** Whether the same request can succeed a moment later. @param {number} status */
function isTransient(status) {
  return /^(?:408|42[159]|50[234]|52[0-4]|530)$/.test(`${status}`);
}

/**
 * Whether the server may have executed a write although this status refuses it.
 *
 * @param {number} status
 */
function leavesWriteUncertain(status) {
  return /^5(?:02|04|2[024])$/.test(`${status}`);
}

/**
 * How long a server asks to wait, in whole milliseconds: seconds, or a date (RFC 9110 section
 * 10.2.3). `Date.parse` alone would accept almost any text.
 *
 * @param {string} value
 * @param {number} now
 */
function retryAfter(value, now) {
  const text = value.trim();
  let wait = NaN;
  if (/^\d[\d.]*$/.test(text)) wait = Math.ceil(Number(text) * 1000 - 1e-6);
  // The asctime form names no zone.
  else if (/^[A-Z][a-z]+,? .* \d\d:\d\d:\d\d( GMT| \d{4})$/.test(text))
    wait = Date.parse(text.replace(/\d$/, '$& GMT')) - now;
  return wait >= 0 || wait < 0 ? Math.min(Math.max(wait, 0), MAX_TIMER) : undefined;
}

export { delayAfter, isTransient, leavesWriteUncertain, retryAfter };
