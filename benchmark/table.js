'use strict';
// Reports for people.

const { reached } = require('./marks.js');

/** What the system does not tell is `null`, and shown as `-`. */
const shown = (format) => (number) => (number === null ? '-' : format(number));
const whole = shown((number) => Math.round(number).toLocaleString('en-US'));
const fixed = shown((number) => number.toFixed(number < 100 ? 2 : 0));
const percent = shown((number) => `${Math.round(number * 100)} %`);

/** The report of one case: a client in each row, and what the source does without any. */
function resultTable({ figures }, { name, baseline, headroom, clients }) {
  const base = clients[baseline]?.median;
  const busy = Object.values(clients).some(({ median }) => median.sourceBusy !== undefined);
  const [{ key, format }] = figures;
  const titles = ['', ...figures.map(({ title }) => title), 'min .. max', ...(busy ? ['source busy'] : [])];
  const rows = Object.entries(clients).map(([client, { median, trials }]) => [
    client,
    ...figures.map(({ key, format }) => cell(format, median[key], client === baseline ? undefined : base?.[key])),
    range(
      trials.map((trial) => trial[key]),
      format,
    ),
    ...(busy ? [percent(median.sourceBusy)] : []),
  ]);
  if (headroom) {
    rows.push(['(no client)', ...figures.map(({ key, format }) => (key in headroom ? format(headroom[key]) : ''))]);
  }
  return table(name, [titles, ...rows]);
}

/** The goals of those cases that were run, or `undefined` if there are none. */
function marksTable(results) {
  const rows = reached(results).map(({ mark, value, ok }) => [
    `${mark.kind}, ${mark.name}: ${mark.title}`,
    reachedText(mark, value),
    `${mark.least === undefined ? 'at most' : 'at least'} ${mark.least ?? mark.most} ${mark.unit ?? 'x'}`,
    ok ? 'reached' : 'missed',
  ]);
  return rows.length > 0 ? table('Marks', [['', 'ratio', 'mark', ''], ...rows]) : undefined;
}

/** Rows of cells under each other: the first column to the left, the others to the right. */
function table(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const align = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  const lines = rows.map((row) => row.map(align).join('   ').trimEnd());
  return `${title}\n${lines.join('\n')}\n`;
}

/** A figure, with its ratio to that of the baseline if there is one. */
function cell(format, value, base) {
  return base === undefined || base === null || value === null
    ? format(value)
    : `${format(value)} (${ratioText(value / base)})`;
}

function range(numbers, format) {
  return numbers.includes(null) ? '-' : `${format(Math.min(...numbers))} .. ${format(Math.max(...numbers))}`;
}

/** A ratio, or a value with its unit. */
function reachedText({ unit }, value) {
  return unit ? `${fixed(value)} ${unit}` : ratioText(value);
}

function ratioText(ratio) {
  return `${ratio.toFixed(ratio < 0.095 ? 3 : 2)} x`;
}

module.exports = { cell, fixed, marksTable, ratioText, reachedText, resultTable, whole };
