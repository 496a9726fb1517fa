'use strict';
// Ten flooded clients in one process: how long the host's timers have to wait.

const path = require('node:path');
const { runClient, takeTurns } = require('../rounds.js');
const source = require('../source.js');
const { agree, check } = require('../streams.js');
const { fixed, whole } = require('../table.js');

const CONNECTIONS = 10;
const SIZE = 300;
const COUNT = 40_000;

const title = 'Event-loop delay of the host, ten flooded clients in its process';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'p99', title: 'p99 ms', format: fixed, better: 'less' },
  { key: 'p50', title: 'p50 ms', format: fixed, better: 'less' },
  { key: 'most', title: 'longest ms', format: fixed, better: 'less' },
  { key: 'eventsPerSecond', title: 'events/s', format: whole, better: 'more' },
];

function cases(_, { scale }) {
  const count = Math.ceil(COUNT * scale);
  return [{ name: `${CONNECTIONS} clients`, plan: { size: SIZE, warmup: Math.ceil(count / 4), count } }];
}

async function compare({ plan }, run) {
  const { warmup, count } = plan;
  const running = await source.start(run.program('load-source'), plan);
  const task = { connections: CONNECTIONS, warmup, count, url: running.url, topic: running.hello.topic };
  const trial = async (client) => {
    const report = await runClient(path.join(__dirname, 'trial.js'), { ...task, protocol: 'socket.io', client });
    check(client, report, CONNECTIONS * (warmup + count), warmup + count - 1);
    for (let stream = 0; stream < 2 * CONNECTIONS; stream += 1) await running.report();
    const { lastId: _lastId, received: _received, ...figures } = report;
    return figures;
  };
  try {
    const clients = await takeTurns(run.names, run.rounds, trial);
    agree(clients);
    return { clients };
  } finally {
    running.stop();
  }
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
