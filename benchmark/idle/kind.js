'use strict';
// A thousand connections of one process: how soon they are there, and the memory that each of them
// takes while idle.

const path = require('node:path');
const source = require('../source.js');
const { runClient, takeTurns } = require('../rounds.js');
const { fixed, whole } = require('../table.js');

const CONNECTIONS = 1_000;
const SETTLE_MILLISECONDS = 500;
const NODE = { node: ['--expose-gc'] };

const title = 'A thousand idle connections';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'connectMilliseconds', title: 'ms to connect all', format: whole, better: 'less' },
  { key: 'residentKilobytes', title: 'resident KB each', format: fixed, better: 'less' },
];

function cases(_, { scale }) {
  const connections = Math.ceil(CONNECTIONS * scale);
  return [{ name: `${whole(connections)} connections`, plan: { connections } }];
}

async function compare({ plan }, run) {
  const program = run.program('load-source');
  const running = await source.start(program, {});
  const settleMilliseconds = SETTLE_MILLISECONDS * Math.min(1, run.scale);
  const task = { ...plan, settleMilliseconds, url: running.url, protocol: 'socket.io' };
  const trial = async (client) => {
    const { connected, ...report } = await runClient(path.join(__dirname, 'trial.js'), { ...task, client }, NODE);
    if (connected !== plan.connections) throw new Error(`${client}: ${connected} of ${plan.connections} connections`);
    return report;
  };
  try {
    const clients = await takeTurns(run.names, run.rounds, trial);
    return { headroom: source.headroom(program, plan), clients };
  } finally {
    running.stop();
  }
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
