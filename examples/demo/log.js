'use strict';

/** The log of the demo: aligned columns, a time on each row, colours only on a terminal. */

const COLOURS = {
  platform: 35,
  client: 36,
  publisher: 33,
  handler: 32,
  demo: 31,
  reader: 32,
  ada: 33,
  ben: 36,
  clerks: 35,
  shop: 33,
  database: 35,
  screen: 32,
};

/** @param {NodeJS.WriteStream} out */
function openLog(out) {
  const coloured = out.isTTY && !process.env.NO_COLOR;
  const paint = (code, text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const print = (line) => out.write(`${line.trimEnd()}\n`);

  return {
    /** Logs one step: who, what, and the details. */
    row(who, what, details = '') {
      const time = new Date().toISOString().slice(11, 23);
      print(`${paint(2, time)}  ${paint(COLOURS[who], who.padEnd(9))}  ${what.padEnd(20)}  ${details}`);
    },

    /** Prints columns as wide as their widest cell, aligned to the right. */
    table(head, rows) {
      const cells = [head, ...rows].map((row) => row.map(String));
      const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
      const align = (cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(widths[column]));
      print('');
      for (const [index, row] of cells.entries()) {
        const line = row.map(align).join('  ');
        print(index === 0 ? paint(1, line) : line);
      }
    },

    verdict(right, text) {
      print(`\n${paint(right ? 32 : 31, text)}`);
      print('');
    },
  };
}

module.exports = { openLog };
