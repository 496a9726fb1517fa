'use strict';

/**
 * A handler that is a thousand times too slow for its stream, with each overflow policy of
 * `options.inbox` in turn: the memory of its process must stay flat. Server and user have their own
 * processes.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');

const { RealtimeClient } = require('../..');

const POLICIES = ['disconnect', 'drop-oldest', 'drop-newest', 'latest'];
const EVENTS_PER_SECOND = 5000;
const TIMES_TOO_SLOW = 1000;
const TOPICS = 100;
const PAYLOAD = 'x'.repeat(1000);
/** The intervals between two bursts and between two measurements, in milliseconds. */
const BURST_INTERVAL = 10;
const SAMPLE_INTERVAL = 500;
/** How much memory may grow after the inbox is full, in bytes: V8 allocates in large steps. */
const TOLERANCE = 12 * 2 ** 20;

const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);

/** @param {number} minutes for all policies together */
async function slow(minutes) {
  const problems = [];
  for (const overflow of POLICIES) {
    const server = fork(__filename, ['serve'], { execArgv: [] });
    const [{ url, token }] = await once(server, 'message');
    const user = fork(__filename, ['use', url, token, overflow], { execArgv: ['--expose-gc'] });
    const samples = [];
    user.on('message', (sample) => samples.push(sample));
    await new Promise((resolve) => setTimeout(resolve, (minutes * 60_000) / POLICIES.length));
    user.kill('SIGKILL');
    server.kill('SIGKILL');
    problems.push(...judge(overflow, samples).map((problem) => `${overflow}: ${problem}`));
  }
  return problems;
}

/** Ignores the first third, in which the inbox fills and V8 allocates its heap. */
function judge(overflow, samples) {
  const third = Math.floor(samples.length / 3);
  if (third < 2) return [`only ${samples.length} measurements`];
  const most = (part) => Math.max(...part.map(({ rss }) => rss));
  const [early, late] = [most(samples.slice(third, 2 * third)), most(samples.slice(-third))];
  const { received, handled, dropped, warnings, inbox } = samples.at(-1);
  // The connection's state shows the loss at once; its event waits behind the others.
  const isLost = samples.some(({ received, transport }) => received > 0 && transport === null);
  console.log(
    `${overflow}: ${received} received, ${handled} handled, ${dropped} dropped, ${inbox} wait, the connection was ${isLost ? 'closed' : 'kept'}, ` +
      `${warnings} warnings; RSS ${[samples[0].rss, early, late].map(mebibytes).join(', ')} MiB at first, in the second, in the last third`,
  );
  const problems = [];
  if (late - early > TOLERANCE) problems.push(`RSS grew from ${mebibytes(early)} to ${mebibytes(late)} MiB`);
  if (warnings === 0) problems.push("no 'slow' event was emitted");
  if (overflow === 'disconnect') {
    if (!isLost) problems.push('the connection was not closed for a slow consumer');
    if (dropped > 0) problems.push(`${dropped} events were dropped`);
  } else {
    if (dropped === 0) problems.push('nothing was dropped');
    if (isLost) problems.push('the connection was lost');
  }
  return problems;
}

/** The user's process. */
function use(url, token, overflow) {
  const client = new RealtimeClient({ url, token, inbox: { overflow }, reconnectionDelay: 10 });
  for (let n = 0; n < TOPICS; n++) client.subscribe({ topic: `t${n}` });
  let handled = 0;
  let warnings = 0;
  const blocked = new Int32Array(new SharedArrayBuffer(4));
  client.on('event', () => {
    handled++;
    Atomics.wait(blocked, 0, 0, (TIMES_TOO_SLOW * 1000) / EVENTS_PER_SECOND);
  });
  client.on('slow', () => warnings++);
  setInterval(() => {
    globalThis.gc?.();
    const { eventsReceived, droppedOverflow, inboxEvents, transport } = client.stats();
    process.send({
      rss: process.memoryUsage.rss(),
      received: eventsReceived,
      handled,
      dropped: droppedOverflow,
      inbox: inboxEvents,
      transport,
      warnings,
    });
  }, SAMPLE_INTERVAL);
}

/** The server's process. */
async function serve() {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform({ pingInterval: 1000, pingTimeout: 1000 });
  process.send({ url: platform.url, token: platform.token() });
  const began = Date.now();
  let sent = 0;
  setInterval(() => {
    for (const due = ((Date.now() - began) / 1000) * EVENTS_PER_SECOND; sent < due; sent++) {
      platform.publish({ topic: `t${sent % TOPICS}`, payload: { n: sent, text: PAYLOAD } });
    }
  }, BURST_INTERVAL);
}

if (require.main === module) {
  const [role, ...args] = process.argv.slice(2);
  if (role === 'serve') serve();
  else use(...args);
}

module.exports = { slow };
