'use strict';

/**
 * A demo that checks itself: a local platform, a client with two subscriptions, a publisher that
 * uses the REST API, and an outage in the middle; then the life of a document, a chat, and the changes
 * of a Postgres. It exits with 1 if a handler received too many or too few events, or if the document,
 * the chat or the copy of the table is wrong.
 *
 *     npm run demo               one round
 *     npm run demo -- --watch    rounds until Ctrl-C
 *     npm run demo -- --web      a page with live traffic instead, until Ctrl-C
 */

const { once } = require('node:events');
const { setTimeout: wait } = require('node:timers/promises');
const { RealtimeClient } = require('..');
const { chat } = require('./demo/chat.js');
const { followATable } = require('./demo/database.js');
const { liveADocument } = require('./demo/document.js');
const { openLog } = require('./demo/log.js');
const { orderAt, sessionAt } = require('./demo/stream.js');

const WATCH = process.argv.includes('--watch');
const PACE = WATCH ? 400 : 40; // ms between two events, so that a person can follow
const ROUND = 12; // events per topic before the outage, and again after it
const REPEATED = 4; // events that the platform sends again after the outage, as servers do
const TIMEOUT = 15_000; // ms to wait for anything that must happen

/** The client wants all session events, and orders that are paid or shipped on campus 12. */
const ORDER_FILTER = { campusId: 12, status: { in: ['paid', 'shipped'] } };
const isWanted = ({ topic, payload }) =>
  topic === 'session.status' ||
  (payload.campusId === ORDER_FILTER.campusId && ORDER_FILTER.status.in.includes(payload.status));

const log = openLog(process.stdout);
const published = { 'session.status': 0, 'order.updated': 0 };
const wanted = { event: 0, 'event:session.status': 0, 'event:order.updated': 0 };
const delivered = { event: 0, 'event:session.status': 0, 'event:order.updated': 0 };
let outages = 0;
let repeats = 0;
let progress = () => {};

const run = process.argv.includes('--web') ? serveWeb : main;
run().catch((error) => {
  log.row('demo', 'failed', error.stack);
  process.exit(1);
});

async function serveWeb() {
  const { serveExample } = await import('./browser/server.js');
  await serveExample();
}

async function main() {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform();
  log.row('platform', 'listening', platform.url);
  const publisher = platform.token({ sub: 'publisher', permissions: ['service'] });
  const client = connect(platform);
  await subscribed(platform);

  let stopped = false;
  process.on('SIGINT', () => {
    stopped = true;
  });
  let n = 0;
  do {
    for (const half of ['before the outage', 'after it']) {
      if (half === 'after it' && !stopped) await sufferOutage(platform, publisher);
      for (let i = 0; i < ROUND && !stopped; i += 1, n += 1) {
        await publish(platform, publisher, orderAt(n));
        await publish(platform, publisher, sessionAt(n));
      }
    }
  } while (WATCH && !stopped);

  await publish(platform, publisher, sessionAt(n)); // the last wanted event: when it arrives, all others were counted
  await within('the last event', allDelivered()).catch((error) => log.row('demo', 'failed', error.message));
  const stats = client.stats();
  client.destroy();
  const eventsRight = summarize(stats);
  const documentRight = await liveADocument(platform, log);
  const chatRight = await chat(platform, log);
  await platform.close();
  const databaseRight = await followATable(log);
  if (!eventsRight || !documentRight || !chatRight || !databaseRight) process.exitCode = 1;
}

function connect(platform) {
  const token = platform.token({ sub: 'demo', permissions: ['client'] });
  const client = new RealtimeClient({ url: platform.url, token, reconnectionDelay: 100 });

  client.on('connection', ({ state, reason }) => log.row('client', state, reason));
  client.on('error', ({ code, message }) => log.row('client', 'error', `${code}: ${message}`));
  for (const name of Object.keys(delivered)) {
    client.on(name, (event) => {
      delivered[name] += 1;
      log.row('handler', name, describe(event));
      progress();
    });
  }

  client.subscribe({ topic: 'session.status' });
  client.subscribe({ topic: 'order.updated', filter: ORDER_FILTER });
  return client;
}

async function publish(platform, token, event) {
  const { topic, ...body } = event;
  log.row('publisher', topic, describe(event));
  const response = await fetch(`${platform.url}/api/topics/${topic}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`Publishing was answered with ${response.status}.`);
  published[topic] += 1;
  if (isWanted(event)) {
    wanted.event += 1;
    wanted[`event:${topic}`] += 1;
  }
  await wait(PACE);
}

/** Kills the platform, publishes in vain, restarts it, and lets it repeat its last events. */
async function sufferOutage(platform, token) {
  await within('all events before the outage', allDelivered());
  await platform.faults.goAway();
  outages += 1;
  log.row('platform', 'killed');
  await publish(platform, token, sessionAt(0)).then(
    () => Promise.reject(new Error('The platform answered although it was killed.')),
    (error) => log.row('publisher', 'unreachable', error.cause?.code ?? error.message),
  );
  await wait(PACE * 10);
  await platform.faults.comeBack();
  log.row('platform', 'restarted', platform.url);
  await subscribed(platform);
  const events = platform.faults.repeat(REPEATED);
  repeats += events.filter(isWanted).length;
  log.row('platform', 'repeats', `its last ${events.length} events`);
}

function subscribed(platform) {
  const all = Object.keys(published).map((topic) => platform.subscribed(topic));
  return within('the subscriptions', Promise.all(all));
}

/** Resolves when every handler has received its events. */
function allDelivered() {
  return new Promise((resolve) => {
    progress = () => {
      if (Object.keys(wanted).every((name) => delivered[name] >= wanted[name])) resolve();
    };
    progress();
  });
}

function within(what, promise) {
  const late = once(AbortSignal.timeout(TIMEOUT), 'abort').then(() => {
    throw new Error(`Timed out after ${TIMEOUT} ms, waiting for ${what}.`);
  });
  return Promise.race([promise, late]);
}

function summarize({ droppedRepeats, reconnects }) {
  const { 'session.status': sessions, 'order.updated': orders } = published;
  const sources = { event: sessions + orders, 'event:session.status': sessions, 'event:order.updated': orders };
  const rows = Object.keys(delivered).map((name) => [name, sources[name], wanted[name], delivered[name]]);
  log.table(['handler', 'published', 'wanted', 'delivered'], rows);
  log.table(
    ['', 'expected', 'counted'],
    [
      ['repeats dropped', repeats, droppedRepeats],
      ['reconnects', outages, reconnects],
    ],
  );
  const right = rows.every(([, , due, got]) => due === got) && droppedRepeats === repeats && reconnects === outages;
  log.verdict(right, right ? 'Every handler got every event it wanted, once.' : 'The counts are wrong.');
  return right;
}

function describe({ payload: { sessionId, orderId, ...details } }) {
  const text = Object.entries(details).map(([name, value]) => `${name} ${value}`);
  return [sessionId ?? orderId, ...text].join('  ');
}
