'use strict';
// What it costs to publish a message whose acknowledgement is awaited, alone and many at a time,
// and how long that takes while events come in.

const path = require('node:path');
const source = require('../source.js');
const { runClient, takeTurns } = require('../rounds.js');
const { fixed, ratioText, whole } = require('../table.js');

const FLOOD = 20_000;
/** At each number of messages at a time, how many are sent. */
const COUNTS = { 1: 10_000, 128: 200_000 };
const FLOODED = 5_000;
/** The stream has to last until a slow client has sent all. */
const FLOOD_SECONDS = 60;

const title = 'Messages, published and acknowledged';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-javascript', 'socket.io-client'];
const times = (ratio) => (ratio === null ? '-' : ratioText(ratio));
const figures = [
  { key: 'messagesPerSecond', title: 'messages/s', format: whole, better: 'more' },
  { key: 'mainThreadMicroseconds', title: 'main µs/message', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/message', format: fixed, better: 'less' },
  { key: 'p50', title: 'p50 µs', format: whole, better: 'less' },
  { key: 'growth', title: 'p50 to that without events', format: times, better: 'less' },
];

function cases(_, { scale }) {
  const list = Object.entries(COUNTS).map(([concurrency, count]) => ({
    name: `${concurrency} at a time`,
    plan: { concurrency: Number(concurrency), count: Math.ceil(count * scale) },
  }));
  const flooded = { concurrency: 1, count: Math.ceil(FLOODED * scale), rate: FLOOD };
  return [...list, { name: `1 at a time, ${whole(FLOOD)} events/s`, plan: flooded }];
}

async function compare({ plan: { concurrency, count, rate } }, run) {
  // The first stream of a connection is the warm-up.
  const stream = rate ? { rate, warmup: rate * FLOOD_SECONDS } : {};
  const running = await source.start(run.program('load-source'), stream);
  const task = {
    concurrency,
    count,
    url: running.url,
    protocol: 'socket.io',
    topic: running.hello.topic,
    isFlooded: !!rate,
  };
  try {
    const trial = (client) => runClient(path.join(__dirname, 'trial.js'), { ...task, client });
    return { clients: await takeTurns(run.names, run.rounds, trial) };
  } finally {
    running.stop();
  }
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
