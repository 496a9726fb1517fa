'use strict';
// The report of one payload size, for people.

const BASELINE = 'socket.io-client';
const TITLES = ['', 'events/s', 'min .. max', 'main µs/event', 'process µs/event', 'peak MB', 'source busy'];

/** @param {{ plan: object, headroom: object, clients: Record<string, { median: object, trials: object[] }> }} result */
function table({ plan, headroom, clients }) {
  const baseline = clients[BASELINE]?.median;
  const rows = Object.entries(clients).map(([name, { median, trials }]) => {
    const rates = trials.map((trial) => trial.eventsPerSecond);
    const against = (key) => (baseline && name !== BASELINE ? ratio(median[key], baseline[key]) : '');
    return [
      name,
      whole(median.eventsPerSecond) + against('eventsPerSecond'),
      `${whole(Math.min(...rates))} .. ${whole(Math.max(...rates))}`,
      fixed(median.mainThreadMicroseconds) + against('mainThreadMicroseconds'),
      fixed(median.processMicroseconds) + against('processMicroseconds'),
      whole(median.peakMegabytes) + against('peakMegabytes'),
      median.sourceBusy === null ? '-' : `${whole(median.sourceBusy * 100)} %`,
    ];
  });
  rows.unshift(TITLES);
  rows.push(['(no client)', whole(headroom.eventsPerSecond), '', '', '', '', '']);
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const align = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  const lines = rows.map((row) => row.map(align).join('   ').trimEnd());
  return `${whole(plan.size)} bytes an event, ${whole(plan.count)} events a trial\n${lines.join('\n')}\n`;
}

function ratio(value, baseline) {
  return value === null || baseline === null ? '' : ` (${(value / baseline).toFixed(2)} x)`;
}

function whole(number) {
  return Math.round(number).toLocaleString('en-US');
}

function fixed(number) {
  return number === null ? '-' : number.toFixed(2);
}

module.exports = { table };
