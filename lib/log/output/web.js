/** Where records go in browsers and workers unless the program says: the console. */

/** @import { LogRecord } from '../../../index.js' */

/** Pages have no environment. @returns {import('../levels.js').Ranks | undefined} */
function environmentLevels() {
  return undefined;
}

/** @param {LogRecord} record */
function write({ level, part, client, message, fields }) {
  const origin = client === undefined ? part : `${part}#${client}`;
  // `console.trace` prints a stack. The console shows the time itself.
  console[level === 'trace' ? 'debug' : level](`[realtime] ${origin} ${message}`, fields);
}

export { environmentLevels, write };
