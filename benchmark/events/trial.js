'use strict';
// One trial of one client, in a process of its own: a warm-up stream, a measured stream, and a report on stdout.
//
// The clock runs from the `subscribe` that starts the second stream to the call of the handler with its last event,
// so that nothing is in flight at either end. The report is written at exit: a client that keeps the process alive
// after `close()`, loses, repeats or reorders an event does not pass.

const { writeSync } = require('node:fs');
const { measure } = require('../measure.js');

/**
 * @param {(where: { url: string, token: string, protocol: string }, handle: (event: any) => void) =>
 *   { subscribe(): void, close(): void }} open connects one client
 */
function trial(open) {
  const { warmup, count, ...where } = JSON.parse(process.argv[2]);
  const report = { received: 0, checksum: 0, lastId: '' };
  let end;

  // Reads what a typical handler reads; the rolling sum notices a lost, repeated, reordered or altered event.
  const handle = (event) => {
    const { id, topic, payload } = event;
    const sum = id.charCodeAt(id.length - 1) + topic.length + payload.campusId + payload.sessionId.charCodeAt(9);
    report.checksum = (Math.imul(report.checksum, 31) + sum) | 0;
    report.received += 1;
    if (report.received === warmup) {
      end = measure();
      client.subscribe();
    } else if (report.received === warmup + count) {
      Object.assign(report, end());
      report.lastId = id;
      client.close();
    }
  };

  const client = open(where, handle);
  process.on('exit', () => writeSync(1, JSON.stringify(report)));
}

module.exports = { trial };
