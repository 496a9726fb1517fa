'use strict';
// How soon a program has its first event, from the line that requires the client.

const path = require('node:path');
const source = require('../source.js');
const { runClient, takeTurns } = require('../rounds.js');
const { fixed } = require('../table.js');

/** A trial is so short that there are more of them. */
const TRIALS_PER_ROUND = 3;

const title = 'From `require` to the first event';
const baseline = 'socket.io-client';
const clients = ['realtime', 'socket.io-client', 'ws', 'net'];
const figures = [{ key: 'milliseconds', title: 'ms', format: fixed, better: 'less' }];

function cases() {
  return [
    { name: 'plain', plan: { warmup: 1 } },
    { name: 'TLS', plan: { warmup: 1, tls: true } },
  ];
}

async function compare({ plan }, run) {
  const running = await source.start(run.program('load-source'), plan);
  const { topic, ca } = running.hello;
  const task = { url: running.url, ca: ca ?? undefined, protocol: 'socket.io', topic };
  const trial = async (client) => {
    const { lastId, milliseconds } = await runClient(path.join(__dirname, 'trial.js'), { ...task, client });
    if (!lastId.endsWith('0000')) throw new Error(`${client}: ${lastId} came first`);
    return { milliseconds };
  };
  try {
    return { clients: await takeTurns(run.names, run.rounds * TRIALS_PER_ROUND, trial) };
  } finally {
    running.stop();
  }
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
