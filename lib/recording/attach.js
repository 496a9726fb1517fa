/** The recordings of a client: those that the user asks for, and those of errors. */

import { formatRecording } from './format.js';
import { tapeOf } from './tapes.js';

/** @import { Recorder } from '../engines/engine.js' */

/** The errors that a recording explains. */
const CODES = new Set(['RECONNECT_FAILED', 'PROTOCOL_ERROR', 'INTERNAL_ERROR']);

/** @type {Recorder['attach']} */
function attach({ engine: name, record }, engine, dispatch, redaction) {
  const about = { engine: name, payloads: record?.payloads === true, redact: redaction.text.bind(redaction) };
  /** The lines of now; they are formatted when somebody reads them. */
  const take = () => {
    const lines = engine.recording?.() ?? (record && tapeOf(record)?.lines()) ?? '';
    /** @type {string | undefined} */
    let text;
    return () => {
      text ??= formatRecording(lines, about);
      return text;
    };
  };
  const report = dispatch.report.bind(dispatch);
  dispatch.report = (error) => {
    // Not enumerable: a logger would print megabytes.
    if (CODES.has(error.code)) Object.defineProperty(error, 'recording', { get: take(), configurable: true });
    report(error);
  };
  return () => take()();
}

export { attach };
