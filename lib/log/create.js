/**
 * A log: it filters by level, hides secrets, cuts long texts, and calls the handler. Whatever the
 * handler does, the client continues.
 */

import { warn } from '#host';
import { printable } from '../redaction/printable.js';
import { rankOf } from './levels.js';
import { MESSAGES } from './messages.js';
import { said } from './notices.js';
import { parseLog } from './option.js';

/** @import { LogRecord } from '../../index.js' */
/** @import { Notice } from '../engines/engine.js' */
/** @import { Fields, Log, Redaction, Remote } from './log.js' */

/** The longest text of a field that is shown, and the longest that is read, in characters. */
const MAX_TEXT = 256;
const MAX_READ = 4096;
/** How many texts of an array are shown. */
const MAX_TEXTS = 16;
/**
 * How many records may wait while the handler runs: it may itself do what is logged, without end.
 */
const MAX_WAITING = 256;
/**
 * Members of frames and bodies whose values identify a session or are credentials, besides those
 * that the redaction of the client knows.
 */
const CREDENTIAL =
  /(\\*"[\w-]*(?:token|secret|password|passwd|authorization|cookie|api-?_?key|[sp]id)\\*"\s*:\s*\\*")(?:[^"\\]|\\[^"])*/gi;

/** How many clients of this process have a log. */
let clients = 0;

/**
 * @param {unknown} option
 * @param {Redaction} [redaction] of the client that the log belongs to
 * @returns {Log | undefined} undefined where nothing is logged
 */
function createLog(option, redaction) {
  const settings = parseLog(option, redaction === undefined ? 'options.log' : 'RealtimeClient(): options.log');
  if (settings === undefined) return undefined;
  const { ranks, write: handler } = settings;
  /** @type {number | undefined} */
  let client;
  if (redaction !== undefined) {
    clients += 1;
    client = clients;
  }
  /** @type {LogRecord[]} */
  const waiting = [];
  let isWriting = false;
  let hasWarned = false;

  /** @param {LogRecord} record */
  function pass(record) {
    try {
      // Records go to it in order: one that it causes waits for its end.
      const result = /** @type {unknown} */ (handler(record));
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** @param {unknown} error */
  function fail(error) {
    if (hasWarned) return;
    hasWarned = true;
    const detail = 'The client continues without the record; this warning appears once per client.';
    warn(`The handler of logs threw: ${cut(text(String(error)))}`, { code: 'LOG_HANDLER_FAILED', detail });
  }

  /** @param {string} value */
  function text(value) {
    const shown = value.slice(0, MAX_READ).replace(CREDENTIAL, '$1[hidden]');
    return redaction === undefined ? printable(shown) : redaction.text(shown);
  }

  /** @param {Fields} fields */
  function clean(fields) {
    /** @type {LogRecord['fields']} */
    const shown = {};
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') shown[name] = cut(text(value));
      else if (Array.isArray(value)) shown[name] = value.slice(0, MAX_TEXTS).map((each) => cut(text(String(each))));
      else if (value !== undefined) shown[name] = /** @type {number | boolean | null} */ (value);
    }
    return shown;
  }

  /** @type {Remote['write']} */
  function write(level, part, message, fields, time) {
    if (rankOf(level) > ranks[part] || waiting.length >= MAX_WAITING) return;
    const origin = client === undefined ? undefined : { client };
    waiting.push({ time, level, part, ...origin, message, fields: clean(fields) });
    if (isWriting) return;
    isWriting = true;
    for (let written = 0; written < MAX_WAITING && waiting.length > 0; written += 1)
      pass(/** @type {LogRecord} */ (waiting.shift()));
    waiting.length = 0;
    isWriting = false;
  }

  /** @type {Remote} */
  const remote = { ranks, write };
  /** @type {Log} */
  const log = (/** @type {string | Notice} */ what, /** @type {any} */ value, time = Date.now()) => {
    remote.take?.();
    if (typeof what !== 'string') {
      const [level, message, fields] = said(what) ?? [];
      if (level !== undefined) write(level, 'session', /** @type {string} */ (message), fields ?? {}, time);
      return;
    }
    const [level, part, tell = own] = MESSAGES[what];
    if (rankOf(level) <= ranks[part]) write(level, part, what, tell(value), time);
  };
  log.remote = remote;
  return log;
}

/** A value that is what the record tells. @param {Fields} [fields] */
function own(fields = {}) {
  return fields;
}

/** @param {string} shown */
function cut(shown) {
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}...` : shown;
}

export { createLog };
