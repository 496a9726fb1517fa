/**
 * The model of the database service: several writers, a platform, a reader that lives and one that
 * is killed; and processes that die at any time. In the end
 *
 * - both readers have the rows that the table has,
 * - the living one got every change once, in the order of its row, or its commit lies in a gap that
 *   was reported.
 *
 * What happened is in a journal that each transaction writes along with its changes.
 */

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../../__test__/support/postgres.js';
import { randomFrom } from '../soak/faults.js';
import { Reader } from './reader.mjs';

const BIN = join(import.meta.dirname, '..', '..', 'local-platform', 'src', 'bin.js');
const READER = join(import.meta.dirname, 'reader.mjs');
const WRITERS = 3;
const ROWS = 12;
const TIMEOUT = 60_000;

const SCHEMA = `
  CREATE TABLE items (id int PRIMARY KEY, version bigint NOT NULL, writer int NOT NULL);
  CREATE SEQUENCE versions;
  CREATE TABLE journal (id int, version bigint, operation text, at bigserial);`;

/**
 * @param {{ seed: number, seconds: number, keepSlot: boolean, protocol: 'ws' | 'socket.io', verbose?: boolean, log?: (line: string) => void }} options
 * @returns {Promise<{ problems: string[], counts: Record<string, number> }>}
 */
export async function runModel({ seed, seconds, keepSlot, protocol, verbose = false, log = () => {} }) {
  const random = randomFrom(seed);
  const world = new World({ keepSlot, protocol, verbose });
  try {
    await world.start();
    const until = Date.now() + seconds * 1000;
    const writers = Array.from({ length: WRITERS }, (_, writer) => world.write(writer, randomFrom(seed + writer + 1)));
    while (Date.now() < until) {
      const acts = ['killReader', 'killPlatform', 'killDatabase', 'cutStream', 'rest', 'rest'];
      const act = acts[Math.floor(random() * acts.length)];
      log(act);
      await world[act]();
      await wait(50 + random() * 400);
    }
    world.stop = true;
    await Promise.all(writers);
    return await world.judge();
  } finally {
    await world.close();
  }
}

class World {
  #options;
  #folder = mkdtempSync(join(tmpdir(), 'realtime-model-'));
  #port = 0;
  #postgres;
  #platform;
  #child;
  /** @type {Reader} */
  #reader;
  #token = '';
  stop = false;
  counts = { transactions: 0, killReader: 0, killPlatform: 0, killDatabase: 0, cutStream: 0, rest: 0 };

  constructor(options) {
    this.#options = options;
  }

  async start() {
    this.#postgres = await startPostgres({ settings: { track_commit_timestamp: 'on' } });
    await this.#postgres.query(SCHEMA);
    this.#port = await freePort();
    const config = {
      port: this.#port,
      secret: 'a secret of the model, long enough for the signature',
      database: this.#postgres.url(),
      keepSlot: this.#options.keepSlot,
      mappings: [{ id: 'items', table: 'items', topic: 'items' }],
    };
    writeFileSync(join(this.#folder, 'realtime-local.config.json'), JSON.stringify(config));
    await this.#startPlatform();
    const at = { url: `http://127.0.0.1:${this.#port}`, token: this.#token, protocol: this.#options.protocol };
    this.#reader = new Reader(at);
    await Promise.all([this.#reader.start(), this.#startChild(at)]);
  }

  /** Random transactions until the end. @param {number} writer @param {() => number} random */
  async write(writer, random) {
    while (!this.stop) {
      const client = new pg.Client({ connectionString: this.#postgres.url() });
      client.on('error', () => {});
      try {
        await client.connect();
        while (!this.stop) await this.#transaction(client, writer, random);
      } catch (error) {
        // The database was killed: whether the last commit counts, the journal knows.
        if (!isLoss(error)) throw error;
        await wait(20);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async #transaction(client, writer, random) {
    await client.query('BEGIN');
    // In the order of the IDs, so that no two writers wait for each other.
    const ids = new Set(Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(random() * ROWS)));
    for (const id of [...ids].sort((a, b) => a - b)) await change(client, id, writer, random());
    await client.query(random() < 0.1 ? 'ROLLBACK' : 'COMMIT');
    this.counts.transactions += 1;
    await wait(random() * 8);
  }

  async killReader() {
    this.counts.killReader += 1;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#startChild({ url: `http://127.0.0.1:${this.#port}`, token: this.#token, protocol: this.#options.protocol });
  }

  async killPlatform() {
    this.counts.killPlatform += 1;
    this.#platform.kill('SIGKILL');
    await once(this.#platform, 'exit');
    await this.#startPlatform();
  }

  async killDatabase() {
    this.counts.killDatabase += 1;
    await this.#postgres.kill();
    await this.#postgres.start();
  }

  async cutStream() {
    this.counts.cutStream += 1;
    await this.#postgres.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
  }

  async rest() {
    this.counts.rest += 1;
  }

  async #startPlatform() {
    const child = spawn(process.execPath, [BIN, ...(this.#options.verbose ? [] : ['--quiet'])], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#platform = child;
    await new Promise((resolve, reject) => {
      let text = '';
      child.once('exit', () => reject(new Error(`The platform ended: ${text}`)));
      child.stdout.setEncoding('utf8').on('data', (data) => {
        text = (text + data).slice(-20_000);
        if (this.#options.verbose) process.stdout.write(data);
        this.#token = /TOKEN=(\S+)/.exec(text)?.[1] ?? this.#token;
        if (/Ctrl-C stops/.test(text)) resolve(undefined);
      });
    });
    child.removeAllListeners('exit');
  }

  #startChild(at) {
    this.#child = fork(READER, [JSON.stringify(at)], { stdio: 'inherit' });
    return once(this.#child, 'message');
  }

  /** Waits until everything is calm, and compares. */
  async judge() {
    await this.#postgres.query('INSERT INTO items VALUES (-1, 0, 0)');
    const { rows: table } = await this.#postgres.query('SELECT id, version::text, writer FROM items ORDER BY id');
    const deadline = Date.now() + TIMEOUT;
    const problems = [];
    const wanted = JSON.stringify(table);
    const sorted = (rows) => JSON.stringify([...(rows ?? [])].map(([, row]) => row).sort((a, b) => a.id - b.id));
    for (const [name, rows] of [
      ['the living reader', async () => this.#reader.rows],
      ['the reader that was killed', () => this.#rowsOfChild()],
    ]) {
      for (let last = sorted(await rows()); last !== wanted; last = sorted(await rows())) {
        if (Date.now() > deadline) {
          problems.push(`${name} has ${last}, the table has ${wanted}`);
          break;
        }
        await wait(20);
      }
    }
    problems.push(...(await this.#compareJournal()));
    const events = this.#reader.log.filter(({ event }) => event).length;
    const gaps = this.#reader.log.length - events;
    return { problems, counts: { ...this.counts, events, gaps } };
  }

  async #rowsOfChild() {
    if (!this.#child.connected) return undefined;
    this.#child.send('rows');
    for (;;) {
      const [answer] = await once(this.#child, 'message');
      if (answer !== 'started') return answer.rows;
    }
  }

  /** Every change once, in the order of its row, or in a gap. */
  async #compareJournal() {
    const { rows: journal } = await this.#postgres.query(`
      SELECT id, xmin::text AS transaction, operation, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 AS committed
      FROM journal ORDER BY at`);
    const problems = [];
    const holes = holesOf(this.#reader.log);
    const events = this.#reader.log.flatMap(({ event }) => event ?? []).filter(({ payload }) => payload.id >= 0);
    const ids = new Set(events.map(({ id }) => id));
    if (ids.size !== events.length) problems.push(`${events.length - ids.size} events came twice`);
    for (let id = 0; id < ROWS; id += 1) {
      const received = events
        .filter(({ payload }) => payload.id === id)
        .map(({ metadata }) => nameOf(metadata.operation, metadata.transactionId));
      let next = 0;
      for (const entry of journal.filter((each) => each.id === id)) {
        if (received[next] === nameOf(entry.operation, entry.transaction)) {
          next += 1;
          continue;
        }
        const at = Number(entry.committed);
        const isInGap = holes.some(({ since, until }) => at >= since - 1 && at <= until + 1);
        if (!isInGap)
          problems.push(
            `row ${id}: ${nameOf(entry.operation, entry.transaction)}, committed at ${at}, is missing without a gap; ${received[next]} came next`,
          );
      }
      if (next !== received.length) problems.push(`row ${id}: ${received[next]} came out of order`);
    }
    if (journal.length === 0) problems.push('nothing happened');
    return problems;
  }

  async close() {
    this.stop = true;
    this.#reader?.close();
    for (const child of [this.#child, this.#platform]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.#postgres?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A transaction changes a row once at most. */
const nameOf = (operation, transaction) => `${operation} in ${transaction}`;

/**
 * The times of the commits that each gap concerns. It begins with the last event before it: what
 * was committed then may still have been on its way to the platform, of whose last frame the client
 * knows the time.
 */
function holesOf(log) {
  let since = 0;
  const holes = [];
  for (const { event, gap } of log) {
    if (event) since = event.metadata.timestamp;
    else holes.push({ since: Math.min(since, gap.since), until: gap.until });
  }
  return holes;
}

async function change(client, id, writer, dice) {
  const { rows } = await client.query('SELECT 1 FROM items WHERE id = $1 FOR UPDATE', [id]);
  const next = "nextval('versions')";
  const record = (operation) => `INSERT INTO journal SELECT id, version, '${operation}' FROM changed`;
  if (rows.length === 0) {
    const insert = `INSERT INTO items VALUES ($1, ${next}, $2) ON CONFLICT DO NOTHING RETURNING id, version`;
    await client.query(`WITH changed AS (${insert}) ${record('insert')}`, [id, writer]);
  } else if (dice < 0.25) {
    await client.query(`WITH changed AS (DELETE FROM items WHERE id = $1 RETURNING id, version) ${record('delete')}`, [
      id,
    ]);
  } else {
    const update = `UPDATE items SET version = ${next}, writer = $2 WHERE id = $1 RETURNING id, version`;
    await client.query(`WITH changed AS (${update}) ${record('update')}`, [id, writer]);
  }
}

/** Whether the database went away. @param {any} error */
const isLoss = ({ code = '', message = '' }) =>
  /^(ECONN|57P|08|EPIPE)/.test(code) || /terminated|not queryable|Connection/i.test(message);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
