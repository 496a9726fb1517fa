'use strict';
// What a request for a document costs with each client, for reads and merges, at several numbers of
// requests at a time.

const path = require('node:path');
const source = require('../source.js');
const { runClient, takeTurns } = require('../rounds.js');
const { each } = require('../streams.js');
const { fixed, whole } = require('../table.js');

const title = 'Documents over HTTP';
const baseline = 'fetch';
const clients = ['realtime', 'fetch', 'undici'];
const figures = [
  { key: 'requestsPerSecond', title: 'requests/s', format: whole, better: 'more' },
  { key: 'mainThreadMicroseconds', title: 'main µs/request', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/request', format: fixed, better: 'less' },
  { key: 'p50', title: 'p50 µs', format: whole, better: 'less' },
  { key: 'p99', title: 'p99 µs', format: whole, better: 'less' },
];
const options = {
  operations: { type: 'string' },
  concurrency: { type: 'string' },
  size: { type: 'string' },
};

function cases({ operations = 'get,merge', concurrency, size = '1024' }, { quick, scale }) {
  return operations.split(',').flatMap((operation) =>
    (concurrency ?? (quick ? '16' : '1,16,128')).split(',').map((tasks) => ({
      name: `${operation}, ${tasks} at a time`,
      plan: { operation, concurrency: Number(tasks), size: Number(size), warmup: 0.6 * scale, seconds: 1.2 * scale },
    })),
  );
}

/** All clients with one operation at one concurrency. */
async function compare({ plan }, run) {
  const { operation, concurrency, size, seconds } = plan;
  const program = run.program('document-source');
  const headroom = source.headroom(program, { operation, concurrency, size, seconds });
  const running = await source.start(program, { size });
  try {
    const clients = await takeTurns(run.names, run.rounds, (name) => trial(name, running, plan));
    return { headroom, clients };
  } finally {
    running.stop();
  }
}

async function trial(name, { url, pid }, { operation, concurrency, warmup, seconds }) {
  const file = path.join(__dirname, 'clients', `${name}.js`);
  const task = { url, token: 'benchmark', operation, concurrency, warmup, seconds, sourcePid: pid };
  const report = await runClient(file, task);
  return {
    requestsPerSecond: report.answered / report.seconds,
    mainThreadMicroseconds: each(report.mainThreadMicroseconds, report.answered),
    processMicroseconds: each(report.processMicroseconds, report.answered),
    p50: report.p50,
    p99: report.p99,
    sourceBusy: report.sourceMicroseconds === null ? null : report.sourceMicroseconds / 1e6 / report.seconds,
  };
}

module.exports = { baseline, cases, clients, compare, figures, options, title };
