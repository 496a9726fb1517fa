/** A handler of logs that keeps the records, with promises for later ones. */

/** @import { LogRecord } from '../../index.js' */

function logRecords() {
  /** @type {LogRecord[]} */
  const records = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();
  return {
    records,
    /** @param {LogRecord} record */
    handler(record) {
      records.push(record);
      for (const check of waiting) check();
    },
    /** `part level message` of each record. */
    lines: () => records.map(({ part, level, message }) => `${part} ${level} ${message}`),
    /** The `count`th record with this message. @param {string} message @returns {Promise<LogRecord>} */
    seen(message, count = 1) {
      return new Promise((resolve) => {
        const check = () => {
          const found = records.filter((record) => record.message === message)[count - 1];
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
  };
}

export { logRecords };
