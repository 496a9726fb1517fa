'use strict';
// The report of one operation at one concurrency.

const { fixed, percent, range, ratio, table, whole } = require('../table.js');

const SUBJECT = 'realtime';
const COLUMNS = [
  ['requests/s', 'requestsPerSecond', whole],
  ['main µs/request', 'mainThreadMicroseconds', fixed],
  ['process µs/request', 'processMicroseconds', fixed],
  ['p50 µs', 'p50', whole],
  ['p99 µs', 'p99', whole],
];

/** @param {{ plan: object, headroom: object, clients: Record<string, { median: object, trials: object[] }> }} result */
function documentsTable({ plan, headroom, clients }) {
  const titles = ['', ...COLUMNS.map(([title]) => title), 'min .. max', 'source busy'];
  const rows = Object.entries(clients).map(([name, { median, trials }]) => [
    name,
    ...COLUMNS.map(([, key, format]) => format(median[key])),
    range(trials.map((trial) => trial.requestsPerSecond)),
    percent(median.sourceBusy),
  ]);
  const sink = ['(no client)', whole(headroom.requestsPerSecond)];
  const subject = clients[SUBJECT]?.median;
  const others = subject ? Object.entries(clients).filter(([name]) => name !== SUBJECT) : [];
  const ratios = others.map(([name, { median }]) => [
    `${SUBJECT} / ${name}`,
    ...COLUMNS.map(([, key]) => ratio(subject[key], median[key])),
  ]);
  const title = `${plan.operation} of ${whole(plan.size)} bytes, ${plan.concurrency} at a time, ${plan.seconds} s a trial`;
  return table(title, [titles, ...rows, sink, ...ratios]);
}

module.exports = { documentsTable };
