'use strict';
// What many connections of one process cost: ten thousand that nothing happens on, and a hundred
// with a hundred events a second each.

const { execSync } = require('node:child_process');
const path = require('node:path');
const source = require('../source.js');
const { runClient, takeTurns } = require('../rounds.js');
const { fixed, whole } = require('../table.js');

const IDLE = 10_000;
const AT_ONCE = 500;
const SETTLE_MILLISECONDS = 500;
/** Files that a process has open besides its connections. */
const OTHER_FILES = 100;
const BUSY = 100;
const RATE = 100;
const SECONDS = 4;
const WARM_UP_SECONDS = 1;
const NODE = { node: ['--expose-gc'] };

const title = 'Many connections of one process';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-javascript', 'socket.io-client', 'ws'];
const figures = [
  { key: 'connectMilliseconds', title: 'ms to connect all', format: whole, better: 'less' },
  { key: 'residentKilobytes', title: 'resident KB each', format: fixed, better: 'less' },
  { key: 'mainThreadMicroseconds', title: 'main µs/event', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/event', format: fixed, better: 'less' },
];
const NONE = Object.fromEntries(figures.map(({ key }) => [key, null]));

function cases(_, { scale }) {
  const connections = Math.ceil(IDLE * scale);
  const busy = { name: `${BUSY} connections, ${RATE} events/s each`, plan: { connections: BUSY, rate: RATE, scale } };
  const limit = maxFiles();
  if (limit < connections + OTHER_FILES) {
    console.error(
      `No ${whole(connections)} connections: a process may open ${limit} files (ulimit -Hn), or use --scale.\n`,
    );
    return [busy];
  }
  return [{ name: `${whole(connections)} connections`, plan: { connections } }, busy];
}

/** Node raises its limit as far as it may, and that of the source with it. */
function maxFiles() {
  if (process.platform === 'win32') return Infinity;
  const text = execSync('ulimit -Hn', { encoding: 'utf8', shell: '/bin/sh' }).trim();
  return text === 'unlimited' ? Infinity : Number(text);
}

function compare({ plan }, run) {
  return plan.rate === undefined ? compareIdle(plan, run) : compareBusy(plan, run);
}

async function compareIdle(plan, run) {
  const settleMilliseconds = SETTLE_MILLISECONDS * Math.min(1, run.scale);
  const file = path.join(__dirname, '..', 'idle', 'trial.js');
  return trials(
    file,
    {},
    { ...plan, atOnce: AT_ONCE, settleMilliseconds },
    NODE,
    run,
    (client, { connected, ...report }) => {
      if (connected !== plan.connections) throw new Error(`${client}: ${connected} of ${plan.connections} connections`);
      return report;
    },
  );
}

async function compareBusy({ connections, rate, scale }, run) {
  const [count, warmup] = [SECONDS, WARM_UP_SECONDS].map((seconds) => Math.ceil(rate * seconds * scale));
  const events = connections * count;
  return trials(
    path.join(__dirname, 'trial.js'),
    { rate, warmup, count },
    { connections, warmup, count },
    {},
    run,
    (_, report) => ({
      mainThreadMicroseconds: report.mainThreadMicroseconds === null ? null : report.mainThreadMicroseconds / events,
      processMicroseconds: report.processMicroseconds / events,
    }),
  );
}

async function trials(file, plan, task, how, run, figuresOf) {
  const program = run.program('load-source');
  const running = await source.start(program, plan);
  const { topic } = running.hello;
  // The source tells of each stream, and waits for a reader. A connection has a warm-up, too.
  const streams = plan.rate === undefined ? 0 : 2 * task.connections;
  const trial = async (client) => {
    const report = await runClient(file, { ...task, url: running.url, protocol: 'socket.io', topic, client }, how);
    for (let stream = 0; stream < streams; stream += 1) await running.report();
    return { ...NONE, ...figuresOf(client, report) };
  };
  try {
    return { clients: await takeTurns(run.names, run.rounds, trial) };
  } finally {
    running.stop();
  }
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
