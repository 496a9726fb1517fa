/**
 * What did not fit a schema: its issues, bounded, and the error that shows them. The texts of an
 * issue come from the schema's library and may quote the data, and its path has keys of the data.
 */

/** @import { PayloadIssue } from '../../index.js' */
/** @import { Redaction } from '../redaction/redaction.js' */

/**
 * @typedef {object} Misfit
 * @property {PayloadIssue[]} issues
 * @property {number} more how many issues there are beyond these
 * @property {string} [reason] why there are none: what the schema did
 * @property {string} [cause] what the schema threw
 */

/**
 * What the errors of documents that do not fit need of the client.
 *
 * @typedef {object} Misfits
 * @property {Redaction} redaction
 * @property {() => void} dropped counts the state of a watched document that does not fit
 */

/** The bounds of what an error shows: issues, keys of a path, characters of a text. */
const MAX_ISSUES = 20;
const MAX_KEYS = 32;
const MAX_TEXT = 200;
/** How many issues the message of an error tells. */
const MAX_TOLD = 3;

/**
 * @param {Iterable<any> & { length?: number }} found
 * @returns {Misfit}
 */
function boundIssues(found) {
  const all = Array.from(found);
  const issues = all.slice(0, MAX_ISSUES).map(({ message, path }) => ({
    path: Array.from(path ?? [])
      .slice(0, MAX_KEYS)
      .map(keyOf),
    message: cut(String(message)),
  }));
  return { issues, more: all.length - issues.length };
}

/**
 * A report of a misfit, as an engine's reports are.
 *
 * @param {string} what did not fit, e.g. `Event 'e1' of 'session.status'`
 * @param {Misfit} misfit
 * @param {Redaction} redaction hides the client's secrets
 */
function describeMisfit(what, { issues, more, reason, cause }, redaction) {
  const clean = issues.map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'string' ? redaction.text(key) : key)),
    message: redaction.text(message),
  }));
  const told = clean
    .slice(0, MAX_TOLD)
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  const others = issues.length + more - told.length;
  const rest = others > 0 ? ` (and ${others} more)` : '';
  const message =
    reason === undefined
      ? `${what} does not fit its schema: ${told.join('; ')}${rest}`
      : `${what}: its schema ${reason}`;
  return {
    code: 'PAYLOAD_INVALID',
    message: redaction.text(message),
    issues: clean,
    ...(cause !== undefined && { cause: redaction.text(cause) }),
  };
}

/** A key of a path is a key, or an object that has one. @param {any} segment @returns {string | number} */
function keyOf(segment) {
  const key = segment !== null && typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'number' ? key : cut(String(key));
}

/** @param {string} text */
function cut(text) {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

export { boundIssues, describeMisfit };
