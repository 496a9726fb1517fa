'use strict';
// Runs the clients side by side and prints what each costs. README.md says how to read it.

const { execFile } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs, promisify } = require('node:util');
const source = require('./source.js');
const { table } = require('./table.js');

const run = promisify(execFile);
const BYTES_PER_TRIAL = 200e6;
const MOST_EVENTS = 200_000;
const HEADROOM_BYTES = 500e6;
const TRIAL_TIMEOUT = 60_000;
const METRICS = ['eventsPerSecond', 'mainThreadMicroseconds', 'processMicroseconds', 'peakMegabytes', 'sourceBusy'];

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
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
// The official client has no plain WebSocket.
const names = options.only.split(',').filter((name) => options.protocol !== 'ws' || name !== 'socket.io-client');

async function main() {
  const program = options.source ?? source.build();
  const results = [];
  for (const size of options.sizes.split(',').map(Number)) {
    const result = await compare(program, size);
    console.log(table(result));
    results.push(result);
  }
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine: machine(), options, results }, null, 2)}\n`);
}

/** All clients at one payload size, taking turns, so that what disturbs the machine disturbs all of them. */
async function compare(program, size) {
  const count = Math.ceil(Math.min(MOST_EVENTS, BYTES_PER_TRIAL / size) / (options.quick ? 4 : 1));
  const plan = { size, count, warmup: Math.ceil(count / 4), shapes: Number(options.shapes) };
  const headroom = source.headroom(program, { ...plan, count: Math.ceil(HEADROOM_BYTES / size) });
  const trials = Object.fromEntries(names.map((name) => [name, []]));
  const running = await source.start(program, plan);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) trials[name].push(await trial(name, running, plan));
    }
  } finally {
    running.stop();
  }
  agree(trials);
  const clients = Object.entries(trials).map(([name, list]) => [name, { median: medians(list), trials: list }]);
  return { plan, headroom, clients: Object.fromEntries(clients) };
}

/** One client, once, in a process of its own. */
async function trial(name, running, { warmup, count }) {
  const file = path.join(__dirname, 'clients', `${name}.js`);
  const task = { url: running.url, token: 'benchmark', protocol: options.protocol, warmup, count };
  const command = [file, JSON.stringify(task)];
  const { stdout } = await run(process.execPath, command, { timeout: TRIAL_TIMEOUT }).catch((error) => {
    throw error.killed
      ? new Error(`${name} had not ended after ${TRIAL_TIMEOUT / 1000} s: it misses events, or keeps the process alive`)
      : error;
  });
  const { received, lastId, checksum, seconds, ...cost } = JSON.parse(stdout);
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
function agree(trials) {
  const list = Object.entries(trials).flatMap(([name, of]) => of.map(({ checksum }) => ({ name, checksum })));
  if (list.every(({ checksum }) => checksum === list[0].checksum)) return;
  throw new Error(`the clients saw different events: ${JSON.stringify(list)}`);
}

function medians(list) {
  return Object.fromEntries(METRICS.map((key) => [key, median(list.map((trial) => trial[key]))]));
}

function median(values) {
  if (values.includes(null)) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function machine() {
  const [{ model }] = os.cpus();
  return { cpu: model, cores: os.cpus().length, platform: process.platform, arch: process.arch, node: process.version };
}

main().catch((error) => {
  console.error(error.stderr || error);
  process.exitCode = 1;
});
