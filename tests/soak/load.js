'use strict';

/**
 * Clients under load while random faults are injected into the platform. At the end every event is
 * accounted for, for every client: it was delivered once, or a `gap` event reported that it may
 * have been missed.
 */

const { writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const { RealtimeClient } = require('../..');
const { recorder } = require('../../dist/recorder.js');
const { randomFrom, injectFault } = require('./faults.js');

const TOPICS = ['a', 'b', 'c'];
const PROTOCOLS = ['socket.io', 'ws', 'socket.io', 'ws'];
/** What is kept of each client for the case that the run fails. */
const RECORDING_BYTES = 1 << 20;
/** The interval between two batches of events, in milliseconds. */
const BATCH_INTERVAL = 10;
const MESSAGES_PER_SECOND = 5;
/** How long an event may travel, delays by the platform included, in milliseconds. */
const TRANSIT = 1000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {{ minutes: number, seed: number, rate: number, recovery: number }} options */
async function load({ minutes, seed, rate, recovery }) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform({ pingInterval: 500, pingTimeout: 500, recovery });
  const random = randomFrom(seed);
  console.log(`seed ${seed}, ${minutes} minutes, ${rate} events/s, recovery ${recovery} ms`);

  const published = []; // time by event number
  const repeated = new Set(); // event numbers
  const users = PROTOCOLS.map((protocol, index) => enter(platform, protocol, `user-${index}`, published, repeated));
  await Promise.all(users.map(({ ready }) => ready));
  globalThis.gc?.();
  const rss = [process.memoryUsage.rss()];

  const end = Date.now() + minutes * 60_000;
  let sent = 0;
  let nextFault = Date.now() + 1000;
  let nextReport = Date.now() + 60_000;
  const started = Date.now();
  const injected = new Map();
  let injection = Promise.resolve();
  let busy = false;
  while (Date.now() < end) {
    for (const due = ((Date.now() - started) / 1000) * rate; published.length < due; ) {
      const number = published.push(Date.now()) - 1;
      platform.publish({ id: `n-${number}`, topic: TOPICS[number % TOPICS.length], payload: { number } });
    }
    for (const due = ((Date.now() - started) / 1000) * MESSAGES_PER_SECOND; sent < due; sent++) {
      users[sent % users.length].send(sent);
    }
    if (Date.now() > nextFault && !busy) {
      busy = true;
      injection = injectFault(platform, random, injected, (event) => repeated.add(event.payload.number)).then(() => {
        busy = false;
        nextFault = Date.now() + random() * 4000;
      });
    }
    if (Date.now() > nextReport) {
      nextReport += 60_000;
      globalThis.gc?.();
      rss.push(process.memoryUsage.rss());
      console.log(`${published.length} published, ${users.map(({ delivered }) => delivered.size).join(' ')} delivered`);
    }
    await pause(BATCH_INTERVAL);
  }
  await injection;
  platform.faults.acceptUpgrades();
  platform.faults.delay(0);
  // A client that receives the last event has received everything. The event repeats for clients
  // that have yet to notice a dead link.
  const publishLast = setInterval(() => platform.publish({ topic: TOPICS[0], payload: { last: true } }), 500);
  await Promise.all(users.map(({ finished }) => finished));
  clearInterval(publishLast);
  const problems = users.flatMap(({ account }) => account());
  problems.push(...users.flatMap((user) => judgeRecording(user, seed, problems.length > 0)));
  rss.push(process.memoryUsage.rss());

  console.log(`faults: ${[...injected].map(([name, count]) => `${name} ${count}`).join(', ')}`);
  console.log(
    `${published.length} events published, RSS ${rss.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')} MiB`,
  );
  for (const { client } of users) client.destroy();
  await Promise.all(users.map(({ calls }) => calls()));
  for (const { summary } of users) console.log(summary());
  await platform.close();
  return problems;
}

/** The recording of a client must replay; where the run has failed, it is kept. */
function judgeRecording({ client, sub }, seed, hasFailed) {
  const recording = client.recording();
  const difference = [...recorder.replay(recording)].find((step) => step.difference);
  if (hasFailed || difference) {
    const path = join(tmpdir(), `soak-${seed}-${sub}.jsonl`);
    writeFileSync(path, recording);
    console.log(`The recording of ${sub}: node scripts/replay.js ${path} --step`);
  }
  return difference ? [`${sub}: the replay of its recording differs in line ${difference.line}`] : [];
}

/** One client, and the account of its events. */
function enter(platform, protocol, sub, published, repeated) {
  const client = new RealtimeClient({
    url: platform.url,
    token: platform.token({ sub, permissions: ['service'] }),
    protocol,
    reconnectionDelay: 20,
    reconnectionDelayMax: 500,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
    record: { maxBytes: RECORDING_BYTES },
  });
  const delivered = new Set(); // event numbers
  /**
   * When events may have been missed: before the client was ready, and as `gap` events reported.
   */
  const gaps = [{ from: 0, until: undefined }];
  const problems = [];
  const calls = [];
  const outcomes = {};
  let previous = -1; // number of the latest event on this connection
  let connections = 0;

  for (const topic of TOPICS) client.subscribe({ topic });
  client.socketClient.joinChannel('room').catch(() => {});
  client.on('error', () => {});
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  // Not 'event', which includes the room's messages.
  const handle = ({ payload: { number, last } }) => {
    if (last) return finish();
    if (delivered.has(number)) problems.push(`${sub}: event ${number} was delivered twice`);
    delivered.add(number);
    if (repeated.has(number)) return;
    if (number < previous) problems.push(`${sub}: event ${number} arrived after ${previous}`);
    previous = number;
  };
  for (const topic of TOPICS) client.on(`event:${topic}`, handle);
  client.on('connection', ({ state }) => {
    if (state !== 'connected') return;
    connections++;
    previous = -1;
    if (gaps[0].until === undefined) inForce();
  });
  client.on('gap', ({ since, until }) => gaps.push({ from: since - TRANSIT, until }));

  /**
   * Resolves when the platform has all subscriptions of the current connection, or the connection
   * is lost.
   */
  async function inForce() {
    const connection = connections;
    for (; client.connected && connections === connection; await pause(BATCH_INTERVAL)) {
      // With protocol 'ws' the ID arrives after the connection.
      const { id } = client.socketClient;
      const live = platform.connections.find((each) => each.id === id);
      if (live?.subscriptions.length !== TOPICS.length) continue;
      gaps[0].until ??= Date.now();
      return;
    }
  }

  function account() {
    let missed = 0;
    published.forEach((at, number) => {
      if (delivered.has(number)) return;
      missed++;
      const isReported = gaps.some(({ from, until }) => at >= from && at <= until);
      if (!isReported) problems.push(`${sub}: event ${number} is lost`);
    });
    summaryText = `${sub} (${protocol}): ${delivered.size} delivered, ${missed} in ${gaps.length - 1} gaps, ${connections} connections`;
    return problems;
  }
  let summaryText = '';

  return {
    client,
    sub,
    delivered,
    finished,
    account,
    ready: new Promise((resolve) => {
      client.on('connection', ({ state }) => state === 'connected' && inForce().then(resolve));
    }),
    send(number) {
      const call = client.socketClient.publish('room', 'm', { number }, { retry: number % 2 === 0 });
      calls.push(
        call.then(
          () => 'answered',
          ({ code }) => code,
        ),
      );
    },
    async calls() {
      for (const outcome of await Promise.all(calls)) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    },
    summary: () => `${summaryText}; ${calls.length} messages: ${JSON.stringify(outcomes)}`,
  };
}

module.exports = { load };
