'use strict';
// Reports for people.

/** Rows of cells under each other: the first column to the left, the others to the right. */
function table(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const align = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  const lines = rows.map((row) => row.map(align).join('   ').trimEnd());
  return `${title}\n${lines.join('\n')}\n`;
}

/** What the system does not tell is `null`, and shown as `-`. */
const shown = (format) => (number) => (number === null ? '-' : format(number));
const whole = shown((number) => Math.round(number).toLocaleString('en-US'));
const fixed = shown((number) => number.toFixed(2));
const percent = shown((number) => `${Math.round(number * 100)} %`);

function range(numbers) {
  return `${whole(Math.min(...numbers))} .. ${whole(Math.max(...numbers))}`;
}

function ratio(value, baseline) {
  return value === null || baseline === null ? '-' : `${(value / baseline).toFixed(2)} x`;
}

module.exports = { fixed, percent, range, ratio, table, whole };
