'use strict';
// One trial of one client, in a process of its own: some requests to warm up, some that are
// measured, a report on stdout.
//
// Each of the tasks that run at a time has a document of its own, whose revision the source raises
// with every request: an answer that is lost, repeated, out of date or another task's is noticed.
// The report is written at exit: a client that keeps the process alive after `close()` does not
// pass.

const { writeSync } = require('node:fs');
const { measure, threadMicroseconds } = require('../measure.js');

const MAX_REQUESTS = 1_000_000;
const SERVICE = 'notes';
const CHANGE = { status: 'active', progress: 0.43, last: { question: 'q-003', choice: 'a', seconds: 61 } };

/**
 * @typedef {(service: string, id: string) => Promise<any>} Get
 * @typedef {(service: string, id: string, data: object) => Promise<any>} Merge
 * @param {(where: { url: string, token: string, concurrency: number }) =>
 *   { get: Get, merge: Merge, close(): void }} open sets one client up
 */
async function trial(open) {
  const { operation, warmup, seconds, sourcePid, ...where } = JSON.parse(process.argv[2]);
  const client = open(where);
  const ask = operation === 'merge' ? (id) => client.merge(SERVICE, id, CHANGE) : (id) => client.get(SERVICE, id);
  const latencies = new Float64Array(MAX_REQUESTS);
  const revisions = new Map();
  let answered = 0;

  /** Asks for one document, again and again. */
  const task = async (id, end) => {
    for (let sent = performance.now(); sent < end; ) {
      const document = await ask(id);
      const now = performance.now();
      latencies[answered++] = now - sent;
      sent = now;
      check(document, id, revisions);
    }
  };
  const ids = Array.from({ length: where.concurrency }, (_, index) => `doc-${String(index).padStart(3, '0')}`);
  const run = (duration) => {
    const end = performance.now() + duration * 1000;
    return Promise.all(ids.map((id) => task(id, end)));
  };

  await run(warmup);
  answered = 0;
  const source = threadMicroseconds(sourcePid);
  const end = measure();
  await run(seconds);
  const cost = end();
  const sourceMicroseconds = source === null ? null : threadMicroseconds(sourcePid) - source;
  client.close();
  const sorted = latencies.subarray(0, answered).sort();
  const percentile = (share) => sorted[Math.ceil(share * answered) - 1] * 1000;
  const report = { ...cost, sourceMicroseconds, answered, p50: percentile(0.5), p99: percentile(0.99) };
  process.on('exit', () => writeSync(1, JSON.stringify(report)));
}

/** The document that was asked for, whole, and one revision after the answer before. */
function check({ id, revision, data }, asked, revisions) {
  const expected = (revisions.get(asked) ?? revision - 1) + 1;
  if (id !== asked || revision !== expected || data.answers[2].seconds !== 7) {
    throw new Error(`asked for ${asked} at revision ${expected}, got ${id} at ${revision}`);
  }
  revisions.set(asked, revision);
}

module.exports = { trial };
