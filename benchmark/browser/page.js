'use strict';
// One trial of one client, in a page of its own: the time to the first event, and what it takes to
// get a stream. The page has set `task` and `began`, and loaded the client.

{
  const { task, began } = globalThis;
  const report = { received: 0, checksum: 0 };
  let streamBegan = 0;
  let isWarm = () => {};
  let isDone = () => {};
  let fail = () => {};

  // Reads what a typical handler reads, as that of `stream-trial.js`.
  const event = ({ id, topic, payload }) => {
    const sum = id.charCodeAt(id.length - 1) + topic.length + payload.campusId + payload.sessionId.charCodeAt(9);
    report.checksum = (Math.imul(report.checksum, 31) + sum) | 0;
    report.received += 1;
    report.lastId = id;
    if (report.received === 1) report.milliseconds = performance.now() - began;
    if (report.received === task.warmup) isWarm();
    else if (report.received === task.warmup + task.count) {
      report.seconds = (performance.now() - streamBegan) / 1000;
      isDone();
    }
  };

  /** Resolves when the first events have come: the warm-up. */
  globalThis.warm = new Promise((resolve, reject) => {
    isWarm = resolve;
    fail = reject;
  });
  /** Takes the measured stream. */
  globalThis.measure = () =>
    new Promise((resolve, reject) => {
      isDone = resolve;
      fail = reject;
      streamBegan = performance.now();
      client.subscribe();
    });
  /** What the page has loaded for the client, as it was sent: compressed. */
  const loadedKilobytes = () => {
    const loaded = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/bundle/'));
    return loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1024;
  };
  globalThis.finish = () => {
    client.close();
    return { ...report, kilobytes: loadedKilobytes() };
  };
  globalThis.onerror = (message) => fail(new Error(message));
  globalThis.onunhandledrejection = ({ reason }) => fail(reason);
  report.startMilliseconds = performance.now() - began;
  report.kilobytesAtOnce = loadedKilobytes();
  const client = globalThis.openClient(task, event);
}
