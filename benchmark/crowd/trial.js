'use strict';
// Several clients of one process that receive as fast as they can, with handlers that work for
// some microseconds: how late the timers of the host are meanwhile.
//
// Each client receives a warm-up stream. When all have it, all ask for a second one, and the
// measurement runs until the last handler has the last event.

const { writeSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const { client: name, connections, warmup, count, topic, ...where } = JSON.parse(process.argv[2]);
const { open } = require(`../clients/${name}.js`);

const report = { received: 0, checksum: 0, lastId: '' };
const delay = monitorEventLoopDelay({ resolution: 1 });
const clients = Array.from({ length: connections }, connect);
let began;

function connect() {
  let received = 0;
  let checksum = 0;
  return open(
    { ...where, topics: [topic] },
    {
      event(event) {
        const { id, payload } = event;
        // As a handler that sends the event on to somebody else.
        const { length } = JSON.stringify(event);
        const sum = id.charCodeAt(id.length - 1) + length + payload.campusId;
        checksum = (Math.imul(checksum, 31) + sum) | 0;
        received += 1;
        report.received += 1;
        if (received === warmup + count) finish(id, checksum);
        if (report.received === connections * warmup) start();
        else if (report.received === connections * (warmup + count)) stop();
      },
    },
  );
}

function start() {
  began = performance.now();
  delay.enable();
  for (const client of clients) client.subscribe(topic);
}

/** All clients were sent the same events. */
function finish(id, checksum) {
  report.checksum = (report.checksum + checksum) | 0;
  if (report.lastId !== '' && report.lastId !== id) throw new Error(`the last events are ${id} and ${report.lastId}`);
  report.lastId = id;
}

function stop() {
  delay.disable();
  Object.assign(report, {
    eventsPerSecond: (connections * count) / ((performance.now() - began) / 1000),
    p50: delay.percentile(50) / 1e6,
    p99: delay.percentile(99) / 1e6,
    most: delay.max / 1e6,
  });
  for (const client of clients) client.close();
}

process.on('exit', () => writeSync(1, JSON.stringify(report)));
