'use strict';
// One trial of one client, in a process of its own: a warm-up stream, a measured stream, and a
// report on stdout.
//
// The measurement runs from the `subscribe` that starts the second stream to the call of the
// handler with its last event, so that nothing is in flight at either end. The report is written at
// exit: a client that keeps the process alive after
// `close()`, loses, repeats, reorders or alters an event does not pass.

const { writeSync } = require('node:fs');

/**
 * @param {() => any} begin starts to measure; the function that it returns ends it and returns figures; both may be async
 * @param {(event: any) => void} [also] what the handler does besides
 */
function streamTrial(begin, also) {
  const { client: name, warmup, count, topic, otherTopic, listened, ...where } = JSON.parse(process.argv[2]);
  const report = { received: 0, checksum: 0, lastId: '' };
  let end;

  // Reads what a typical handler reads; the rolling sum depends on the order.
  const read = (event) => {
    const { id, topic, payload } = event;
    const sum = id.charCodeAt(id.length - 1) + topic.length + payload.campusId + payload.sessionId.charCodeAt(9);
    report.checksum = (Math.imul(report.checksum, 31) + sum) | 0;
    report.received += 1;
    if (report.received === warmup) start();
    else if (report.received === warmup + count) stop(id);
  };
  const start = async () => {
    end = await begin();
    client.subscribe(topic);
  };
  const stop = async (id) => {
    const figures = await end();
    Object.assign(report, figures, { lastId: id });
    client.close();
  };

  const event = also
    ? (event) => {
        also(event);
        read(event);
      }
    : read;
  const mix = listened < 100 ? { topics: [otherTopic, topic], only: topic } : { topics: [topic] };
  const client = require(`./clients/${name}.js`).open({ ...where, ...mix }, { event });
  process.on('exit', () => writeSync(1, JSON.stringify(report)));
}

module.exports = { streamTrial };
