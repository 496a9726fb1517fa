'use strict';
// What a request for a document costs with each client, for reads and merges, at several numbers of requests at a time.

const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { machine, runClient, takeTurns } = require('../rounds.js');
const source = require('../source.js');
const { documentsTable } = require('./table.js');

async function main() {
  const { values: options } = parseArgs({
    options: {
      operations: { type: 'string', default: 'get,merge' },
      concurrency: { type: 'string', default: '1,16,128' },
      size: { type: 'string', default: '1024' },
      rounds: { type: 'string' },
      only: { type: 'string', default: 'realtime,fetch,undici' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      source: { type: 'string' },
    },
  });
  const program = options.source ?? source.build('document-source');
  const results = [];
  for (const operation of options.operations.split(',')) {
    for (const concurrency of options.concurrency.split(',').map(Number)) {
      const result = await compare(program, { operation, concurrency }, options);
      console.log(documentsTable(result));
      results.push(result);
    }
  }
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine: machine(), options, results }, null, 2)}\n`);
}

/** All clients with one operation at one concurrency. */
async function compare(program, what, { size, quick, only, rounds = quick ? 2 : 5 }) {
  const plan = { ...what, size: Number(size), warmup: quick ? 0.5 : 1, seconds: quick ? 0.7 : 2 };
  const headroom = source.headroom(program, { ...what, size, seconds: plan.seconds });
  const running = await source.start(program, { size });
  try {
    const clients = await takeTurns(only.split(','), Number(rounds), (name) => trial(name, running, plan));
    return { plan, headroom, clients };
  } finally {
    running.stop();
  }
}

async function trial(name, { url, pid }, { operation, concurrency, warmup, seconds }) {
  const file = path.join(__dirname, 'clients', `${name}.js`);
  const task = { url, token: 'benchmark', operation, concurrency, warmup, seconds, sourcePid: pid };
  const report = await runClient(file, task);
  const each = (microseconds) => (microseconds === null ? null : microseconds / report.answered);
  return {
    requestsPerSecond: report.answered / report.seconds,
    mainThreadMicroseconds: each(report.mainThreadMicroseconds),
    processMicroseconds: each(report.processMicroseconds),
    p50: report.p50,
    p99: report.p99,
    sourceBusy: report.sourceMicroseconds === null ? null : report.sourceMicroseconds / 1e6 / report.seconds,
  };
}

module.exports = { main };
