/** A record as one line that people read. */

/** @import { LogRecord } from '../../index.js' */

/** Texts that stand without quotes. */
const PLAIN = /^[\w./:@*+-]+$/;

/**
 * @param {LogRecord} record
 * @param {(level: LogRecord['level'], text: string) => string} paint
 */
function textOf({ time, level, part, client, message, fields }, paint) {
  const clock = new Date(time).toISOString().slice(11, 23);
  const origin = client === undefined ? part : `${part}#${client}`;
  const more = Object.entries(fields).map(([name, value]) => ` ${name}=${valueText(value)}`);
  return `${clock} ${paint(level, level.toUpperCase().padEnd(5))} ${origin.padEnd(11)} ${message}${more.join('')}`;
}

/** @param {unknown} value */
function valueText(value) {
  return typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
}

export { textOf };
