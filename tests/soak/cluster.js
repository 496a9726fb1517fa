'use strict';

/**
 * Two platforms at one Redis, each in its own process, while one of them is killed, cut off from
 * Redis, frozen, or loses its clients. At the end every event is accounted for, for every client:
 * it was delivered once and in the order of its publisher, or a `gap` event reported that it may
 * have been missed. What a publisher got no answer for was delivered once or never.
 */

const { randomFrom } = require('./faults.js');

const TOPIC = 'soak';
const ROOM = 'room';
const PROTOCOLS = ['socket.io', 'ws'];
/** How long an event may travel from one process to the clients of another, in milliseconds. */
const TRANSIT = 1000;
const PROCESS_TIMEOUT = 1500;
/** Events between two faults. */
const QUIET = 120;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const placeOf = ({ url }) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });

/**
 * For `npm run soak`.
 *
 * @param {{ minutes: number, seed: number, rate: number, recovery: number }} options
 */
async function cluster({ minutes, seed, rate, recovery }) {
  const { RealtimeClient } = require('../..');
  const cleanups = [];
  const t = { after: (cleanup) => cleanups.push(cleanup) };
  const random = randomFrom(seed);
  const names = Object.keys(FAULTS);
  const end = Date.now() + minutes * 60_000;
  function* faults() {
    while (Date.now() < end) yield names[Math.floor(random() * names.length)];
  }
  console.log(`seed ${seed}, ${minutes} minutes, ${rate} events/s, recovery ${recovery} ms`);
  try {
    const { problems, summary } = await runCluster(t, { RealtimeClient, faults: faults(), rate, recovery });
    for (const line of summary) console.log(line);
    return problems;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/**
 * @param {{ after: (cleanup: () => unknown) => void }} t
 * @param {{ RealtimeClient: any, faults: Iterable<string>, rate: number, recovery: number }} options `rate`:
 *   events a second, at most
 * @returns {Promise<{ problems: string[], summary: string[] }>}
 */
async function runCluster(t, { RealtimeClient, faults, rate, recovery }) {
  const { startRedisProcess } = await import('../../__test__/support/redis-process.js');
  const { openDoor } = await import('../../__test__/support/tcp-door.js');
  const { startMemberProcess } = await import('../../__test__/support/platform-cluster.js');
  const redis = await startRedisProcess(t);
  const members = [];
  for (let index = 0; index < 2; index += 1) {
    const redisDoor = await redis.door();
    const start = () =>
      startMemberProcess(t, redisDoor.url, {
        recovery,
        pingInterval: 500,
        pingTimeout: 500,
        redis: { url: redisDoor.url, processTimeout: PROCESS_TIMEOUT },
      });
    const platform = await start();
    members.push({ platform, start, redisDoor, door: await openDoor(t, placeOf(platform)), isUp: true });
  }
  const users = members.flatMap(({ door }, index) =>
    PROTOCOLS.map((protocol) =>
      enter(t, RealtimeClient, members[0].platform.token, door, `${protocol}-${index}`, protocol),
    ),
  );
  await Promise.all(users.map(({ ready }) => ready));

  const ledger = [];
  const done = { yes: false };
  const publishers = members.map((_, index) => publishAll(index, members, ledger, rate / members.length, done));
  const injected = new Map();
  let target = 0;
  for (const name of faults) {
    const due = ledger.length + QUIET;
    while (ledger.length < due) await pause(10);
    injected.set(name, (injected.get(name) ?? 0) + 1);
    await FAULTS[name](members[target], members[1 - target]);
    target = 1 - target;
  }
  done.yes = true;
  await Promise.all(publishers);

  // A client that receives the last event has received everything. It repeats for clients that have
  // yet to notice a dead link.
  const publishLast = setInterval(() => publish(members[0].platform, { last: true }).catch(() => {}), 300);
  await Promise.all(users.map(({ finished }) => finished));
  clearInterval(publishLast);
  const problems = [...users.flatMap((user) => account(user, ledger)), ...(await ghosts(members, users))];
  for (const { client } of users) client.destroy();
  const answered = ledger.filter(({ isAnswered }) => isAnswered).length;
  const summary = [
    `faults: ${[...injected].map(([name, count]) => `${name} ${count}`).join(', ')}`,
    `${ledger.length} events published, ${answered} answered`,
    ...users.map(({ sub, delivered, gaps, connections, missed }) => {
      return `${sub}: ${delivered.size} delivered, ${missed} in ${gaps.length} gaps, ${connections.all} connections, ${connections.recovered} recovered`;
    }),
  ];
  return { problems, summary };
}

/** What happens to a process, while the other one goes on. Each resolves when it is over. */
const FAULTS = {
  async kill(member, other) {
    member.isUp = false;
    member.platform.kill('SIGKILL');
    // Its clients find the other process behind their door.
    member.door.leadTo(placeOf(other.platform));
    member.platform = await member.start();
    member.door.turnTo(placeOf(member.platform));
    member.isUp = true;
  },
  async cutOff({ redisDoor }) {
    redisDoor.shut();
    await pause(300);
    redisDoor.open();
  },
  async move({ door }, other) {
    door.leadTo(placeOf(other.platform));
  },
  async comeHome(member) {
    member.door.leadTo(placeOf(member.platform));
  },
  async freeze({ platform }) {
    platform.kill('SIGSTOP');
    await pause(PROCESS_TIMEOUT + 500);
    platform.kill('SIGCONT');
  },
};

/** Publishes one event after the other, at a process that is up. */
async function publishAll(publisher, members, ledger, rate, done) {
  let at = publisher;
  for (let number = 0; !done.yes; number += 1) {
    const entry = { publisher, number, from: Date.now(), until: Number.POSITIVE_INFINITY, isAnswered: false };
    ledger.push(entry);
    try {
      const { status } = await publish(members[at].platform, { publisher, number });
      entry.isAnswered = status === 201;
    } catch {
      // The process was killed, and the event is in the stream or not.
    }
    entry.until = Date.now();
    if (!entry.isAnswered || !members[at].isUp) at = 1 - at;
    await pause(entry.from + 1000 / rate - Date.now());
  }
}

async function publish({ url, token }, payload) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const id = payload.last ? undefined : `${payload.publisher}-${payload.number}`;
  return fetch(`${url}/api/topics/${TOPIC}/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ id, payload }),
    signal: AbortSignal.timeout(10_000),
  });
}

/** A client, and what it has received. */
function enter(t, RealtimeClient, token, door, sub, protocol) {
  const client = new RealtimeClient({
    url: `http://127.0.0.1:${door.port}`,
    token,
    protocol,
    reconnectionDelay: 20,
    reconnectionDelayMax: 300,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
  });
  t.after(() => client.destroy());
  const user = {
    client,
    sub,
    delivered: new Map(),
    gaps: [],
    problems: [],
    connections: { all: 0, recovered: 0 },
    missed: 0,
  };
  /** @type {Map<number, number>} the last number of each publisher */
  const last = new Map();
  const subscription = client.subscribe({ topic: TOPIC });
  client.socketClient.joinChannel(ROOM).catch(() => {});
  client.on('error', () => {});
  client.on('gap', ({ since, until }) => user.gaps.push({ from: since - TRANSIT, until }));
  client.on('connection', ({ state, recovered }) => {
    if (state !== 'connected') return;
    user.connections.all += 1;
    if (recovered) user.connections.recovered += 1;
  });
  user.finished = new Promise((resolve) => {
    client.on(`event:${TOPIC}`, ({ id, payload: { publisher, number, last: isLast } }) => {
      if (isLast) return resolve();
      if (user.delivered.has(id)) user.problems.push(`${sub}: ${id} was delivered twice`);
      user.delivered.set(id, Date.now());
      if (number < (last.get(publisher) ?? -1)) user.problems.push(`${sub}: ${id} came after ${last.get(publisher)}`);
      last.set(publisher, number);
    });
  });
  user.ready = client.subscribed(subscription, { timeout: 30_000 });
  return user;
}

function account(user, ledger) {
  const { sub, delivered, gaps, problems } = user;
  for (const { publisher, number, from, until, isAnswered } of ledger) {
    const id = `${publisher}-${number}`;
    if (!isAnswered || delivered.has(id)) continue;
    user.missed += 1;
    if (!gaps.some((gap) => until >= gap.from && from <= gap.until)) problems.push(`${sub}: ${id} is lost`);
  }
  return problems;
}

/** Checks that every process knows the members that are present, and no others. */
async function ghosts(members, users) {
  const problems = [];
  const limit = Date.now() + 20_000;
  for (const { platform } of members) {
    for (;;) {
      const response = await fetch(`${platform.url}/api/socket/channels/${ROOM}/members`, {
        headers: { authorization: `Bearer ${platform.token}` },
      });
      const found = await response.json();
      if (found.length === users.length) break;
      if (Date.now() > limit) {
        problems.push(`${platform.url} has ${found.length} members of ${users.length}`);
        break;
      }
      await pause(100);
    }
  }
  return problems;
}

module.exports = { cluster, runCluster };
