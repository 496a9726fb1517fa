'use strict';

/**
 * Ordinary words, which stay readable even if a header contains them: words of our own texts, words of HTTP, and the words of the
 * addresses that a client connects to. An `Origin` header must not blank out "connect ECONNREFUSED localhost:3000".
 */

/** Words of our own texts. */
const OWN = wordsOf(`
  all an and any are as at be but by can did do for got had has in is it its may ms new not of off on one or out put say set so
  the to too two via was who why yet you get
  above accept acceptable address after again alert along another answer answered asked attachments attempts authority
  authorization available awaited away before begin binary body broke broken bytes cannot certificate certificates channel check
  client close closed closure code come connect connected connection consumer content continuation control cookies could deadline
  decode denied detail different disconnect disconnected does down dropped during empty encoded ended engine enotfound
  econnrefused econnreset etimedout epipe error event exact exceeds expected expects expired extension extra failed failure first
  follow followed form fragment fragments frame from gateway gave getaddrinfo given gone half handshake have head header headers
  heard heartbeat hint hold holds host ignored incomplete invalid issuer itself joined keep kind large larger last later left
  letter like limit limits line local localhost location long longer longest lost malformed masked match message messages method
  milliseconds missing moment more must name names namespace neither network none normal nothing null object offered opcode open
  option options other outside packet page panic part path payload peer percent permission ping pipe place platform plain policy
  polling pong port positive printable problem protocol proxy query quiet reached read ready realtime reason received reconnection
  redirect redirected redirects refused reported request replaces requires reserved reset restart roster route said scheme second
  self sends sent server service should signed size skipped slow socket speak started starts status stream string subject
  subscription such switched system taken takes target task text than that their things this thread time timed timeout times
  tolerance transport trusted type unknown unless unreachable unsupported upgrade used user uses valid value version violation
  waiting websocket what when where which while with within without words work write
`);
/** Words of common headers and addresses. */
const HTTP = wordsOf(`
  0 1 127 application any br brotli cache chunked charset css csv data deflate event form gzip html http https identity image
  javascript json localhost max age no octet plain store stream text true false undefined utf 8 video audio xml www urlencoded
`);

/** @param {string} text @returns {Set<string>} the words in lower case */
function wordsOf(text) {
  return new Set(text.toLowerCase().match(/[a-z0-9]+/g));
}

/**
 * Whether a range of a normalised text, extended to whole words, consists of ordinary words.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {ReadonlySet<string>} addresses the words of the client's addresses
 * @param {boolean} inPhrases whether several words of our own texts in a row are ordinary, too
 */
function isOrdinary(text, start, end, addresses, inPhrases) {
  let [from, to] = [start, end];
  while (isWordAt(text, start) && isWordAt(text, from - 1)) from -= 1;
  while (isWordAt(text, end - 1) && isWordAt(text, to)) to += 1;
  const words = wordsOf(text.slice(from, to));
  const mayBeOurs = inPhrases || words.size === 1;
  const isKnown = (/** @type {string} */ word) => HTTP.has(word) || addresses.has(word) || (mayBeOurs && OWN.has(word));
  return words.size > 0 && [...words].every(isKnown);
}

/** @param {string} text normalised @param {number} at */
function isWordAt(text, at) {
  return /[a-z0-9]/.test(text.charAt(at));
}

module.exports = { isOrdinary, isWordAt, wordsOf };
