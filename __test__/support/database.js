/** What tests of database events share: a platform on a real Postgres, and a subscriber of it. */

import { setTimeout as wait } from 'node:timers/promises';
import { startPlatform } from './local-platform.js';
import { observe } from './observed-client.js';

/** Longest time between two looks at something that the database does not report, in ms. */
const LOOK_INTERVAL = 10;

/**
 * A platform on this database. Resolves when the changes arrive.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {import('@smarterservices/realtime-local').LocalPlatformOptions} [options]
 */
async function startDatabasePlatform(t, url, options = {}) {
  const platform = await startPlatform(t, { database: url, ...options });
  await platform.database.ready();
  return platform;
}

/**
 * A client that is subscribed to these topics.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatform} platform
 * @param {string[]} topics
 * @param {object} [options] of the client
 */
async function subscribe(t, platform, topics, options = {}) {
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  for (const topic of topics) observed.client.subscribe({ topic });
  for (const topic of topics) await platform.subscribed(topic);
  return observed;
}

/** Resolves when the handlers have run for everything that was committed. */
async function settled(platform) {
  await platform.database.caughtUp();
  await platform.idle();
}

/**
 * Calls `/api/database` of a platform.
 *
 * @returns {Promise<[status: number, body: any]>}
 */
async function call(platform, method, path, { body, permissions = ['service'] } = {}) {
  const response = await fetch(`${platform.url}/api/database${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.token({ permissions })}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

/**
 * Reads a snapshot.
 *
 * @returns {Promise<{ head: { lsn: string, topic: string, key: string[] }, rows: object[], end: object }>}
 */
async function readSnapshot(platform, id) {
  const response = await fetch(`${platform.url}/api/database/mappings/${id}/snapshot`, {
    headers: { authorization: `Bearer ${platform.token()}` },
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const lines = (await response.text()).trimEnd().split('\n');
  const [head, ...rows] = lines.map((line) => JSON.parse(line));
  return { head, end: rows.pop(), rows };
}

/** Resolves when a query finds a row, in a database that cannot report it. */
async function until(client, sql, values) {
  while ((await client.query(sql, values)).rows.length === 0) await wait(LOOK_INTERVAL);
}

/** A position of the log as a number that compares. */
const lsnOf = (text) => text.split('/').reduce((high, low) => (high << 32n) | BigInt(`0x${low}`), 0n);

export { call, lsnOf, readSnapshot, settled, startDatabasePlatform, subscribe, until };
