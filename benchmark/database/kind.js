'use strict';
// How fast the changes of a Postgres reach a handler: through the local platform and this package's
// client, with `pg-logical-replication` alone, and with LISTEN/NOTIFY.
//
// The writer is this process. The program that reads the database has a process of its own; behind
// the platform, the client has one, too.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { takeTurns } = require('../rounds.js');
const { fixed, whole } = require('../table.js');

const ROWS = 200_000;
const SINGLE_ROWS = 2_000;
const WARM_UP = 0.1;

const title = 'Changes of a Postgres, from the commit to the handler';
const baseline = 'pg-logical-replication';
const clients = ['realtime', baseline, 'listen-notify'];
const figures = [
  { key: 'rowsPerSecond', title: 'rows/s', format: whole, better: 'more' },
  { key: 'microseconds', title: 'reader CPU µs', format: fixed, better: 'less' },
  { key: 'p50', title: 'p50 ms', format: fixed, better: 'less' },
  { key: 'p99', title: 'p99 ms', format: fixed, better: 'less' },
  { key: 'megabytes', title: 'growth MB', format: fixed, better: 'less' },
];
const options = { rows: { type: 'string' }, protocol: { type: 'string' } };

async function cases({ rows, protocol = 'ws' }, { quick, scale }) {
  const { whyNoPostgres } = await import('../../__test__/support/postgres.js');
  const reason = whyNoPostgres();
  if (reason) {
    console.error(`database: ${reason}`);
    return [];
  }
  const count = (usual) => Math.max(1_000, Math.round(usual * (quick ? Math.min(scale, 0.15) : scale)));
  return [
    { name: '1,000 rows a transaction', plan: { rows: Number(rows ?? count(ROWS)), together: 1_000, protocol } },
    { name: '1 row a transaction', plan: { rows: count(SINGLE_ROWS), together: 1, protocol } },
  ];
}

async function compare({ plan }, run) {
  const { startPostgres } = await import('../../__test__/support/postgres.js');
  const postgres = await startPostgres({ settings: { max_wal_size: '4GB' } });
  try {
    const sql = await postgres.connect();
    return {
      clients: await takeTurns(run.names, run.rounds, (name) => trial(name, { ...plan, url: postgres.url(), sql })),
    };
  } finally {
    await postgres.stop();
  }
}

async function trial(name, { rows, together, protocol, url, sql }) {
  await sql.query(
    'DROP TABLE IF EXISTS bench; CREATE TABLE bench (id int PRIMARY KEY, status text, amount numeric, at float8, note text)',
  );
  const reader = fork(path.join(__dirname, 'trial.js'), [name, url, protocol]);
  const failed = once(reader, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`)));
  failed.catch(() => {});
  const answer = async () => (await Promise.race([once(reader, 'message'), failed]))[0];
  try {
    await answer();
    const pass = async (from, count) => {
      reader.send(count);
      await answer(); // it counts from now on
      const arrived = answer();
      const began = performance.now();
      await write(sql, from, count, together);
      return { ...(await arrived), elapsed: performance.now() - began };
    };
    const warmUp = Math.round(rows * WARM_UP);
    await pass(0, warmUp);
    const { elapsed, cpu, p50, p99, growth } = await pass(warmUp, rows);
    const throughput = together > 1;
    return {
      rowsPerSecond: throughput ? (rows / elapsed) * 1000 : null,
      microseconds: cpu / rows,
      p50: throughput ? null : p50,
      p99: throughput ? null : p99,
      megabytes: growth / 2 ** 20,
    };
  } finally {
    reader.disconnect();
    await failed.catch(() => {});
  }
}

/** Writes rows that have the time at which their statement was sent. */
async function write(sql, from, count, together) {
  for (let id = from; id < from + count; id += together) {
    const last = Math.min(id + together, from + count) - 1;
    const text = `INSERT INTO bench SELECT g, 'open', g * 1.25, $1, 'a note about the row ' || g FROM generate_series($2::int, $3::int) g`;
    await sql.query({ name: 'write', text, values: [performance.timeOrigin + performance.now(), id, last] });
  }
}

module.exports = { baseline, cases, clients, compare, figures, options, title };
