'use strict';
// What it costs to bring an event to a handler, with each client, at several payload sizes.

const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { machine, runClient, takeTurns } = require('../rounds.js');
const source = require('../source.js');
const { eventsTable } = require('./table.js');

const BYTES_PER_TRIAL = 200e6;
const MOST_EVENTS = 200_000;
const HEADROOM_BYTES = 500e6;

async function main() {
  const { values: options } = parseArgs({
    options: {
      sizes: { type: 'string', default: '300,2048,20480' },
      rounds: { type: 'string' },
      only: { type: 'string', default: 'realtime,socket.io-client,ws' },
      protocol: { type: 'string', default: 'socket.io' },
      shapes: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      source: { type: 'string' },
    },
  });
  const program = options.source ?? source.build('load-source');
  const results = [];
  for (const size of options.sizes.split(',').map(Number)) {
    const result = await compare(program, size, options);
    console.log(eventsTable(result));
    results.push(result);
  }
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine: machine(), options, results }, null, 2)}\n`);
}

/** All clients at one payload size. */
async function compare(program, size, { quick, only, protocol, rounds = quick ? 2 : 5, shapes }) {
  const count = Math.ceil(Math.min(MOST_EVENTS, BYTES_PER_TRIAL / size) / (quick ? 4 : 1));
  const plan = { size, count, warmup: Math.ceil(count / 4), shapes: Number(shapes) };
  const headroom = source.headroom(program, { ...plan, count: Math.ceil(HEADROOM_BYTES / size) });
  // The official client has no plain WebSocket.
  const names = only.split(',').filter((name) => protocol !== 'ws' || name !== 'socket.io-client');
  const running = await source.start(program, plan);
  try {
    const clients = await takeTurns(names, Number(rounds), (name) => trial(name, running, { ...plan, protocol }));
    agree(clients);
    return { plan, headroom, clients };
  } finally {
    running.stop();
  }
}

async function trial(name, running, { warmup, count, protocol }) {
  const file = path.join(__dirname, 'clients', `${name}.js`);
  const task = { url: running.url, token: 'benchmark', protocol, warmup, count };
  const { received, lastId, checksum, seconds, ...cost } = await runClient(file, task);
  const expected = `evt_${String(warmup + count - 1).padStart(12, '0')}`;
  if (received !== warmup + count || lastId !== expected) {
    throw new Error(`${name}: ${received} events and ${lastId} last, expected ${warmup + count} and ${expected}`);
  }
  await running.report();
  const { busy } = await running.report();
  return {
    checksum,
    eventsPerSecond: count / seconds,
    mainThreadMicroseconds: cost.mainThreadMicroseconds === null ? null : cost.mainThreadMicroseconds / count,
    processMicroseconds: cost.processMicroseconds / count,
    peakMegabytes: cost.peakMegabytes,
    sourceBusy: busy,
  };
}

/** All trials of one size were sent the same events, so all must have seen the same. */
function agree(clients) {
  const list = Object.entries(clients).flatMap(([name, { trials }]) =>
    trials.map(({ checksum }) => ({ name, checksum })),
  );
  if (list.every(({ checksum }) => checksum === list[0].checksum)) return;
  throw new Error(`the clients saw different events: ${JSON.stringify(list)}`);
}

module.exports = { main };
