'use strict';
// The report of one payload size.

const { fixed, percent, range, ratio, table, whole } = require('../table.js');

const BASELINE = 'socket.io-client';
const TITLES = ['', 'events/s', 'min .. max', 'main µs/event', 'process µs/event', 'peak MB', 'source busy'];

/** @param {{ plan: object, headroom: object, clients: Record<string, { median: object, trials: object[] }> }} result */
function eventsTable({ plan, headroom, clients }) {
  const baseline = clients[BASELINE]?.median;
  const rows = Object.entries(clients).map(([name, { median, trials }]) => {
    const cell = (key, format) =>
      baseline && name !== BASELINE
        ? `${format(median[key])} (${ratio(median[key], baseline[key])})`
        : format(median[key]);
    return [
      name,
      cell('eventsPerSecond', whole),
      range(trials.map((trial) => trial.eventsPerSecond)),
      cell('mainThreadMicroseconds', fixed),
      cell('processMicroseconds', fixed),
      cell('peakMegabytes', whole),
      percent(median.sourceBusy),
    ];
  });
  const sink = ['(no client)', whole(headroom.eventsPerSecond)];
  return table(`${whole(plan.size)} bytes an event, ${whole(plan.count)} events a trial`, [TITLES, ...rows, sink]);
}

module.exports = { eventsTable };
