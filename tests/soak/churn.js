'use strict';

/**
 * Creates, connects and destroys clients, and checks for leaks. The platform runs in its own
 * process.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { readdirSync, readFileSync } = require('node:fs');

const { RealtimeClient } = require('../..');

const CONCURRENCY = 10;
/** How much memory may grow after the warm-up, in bytes: an allocator may grow without a leak. */
const TOLERANCE = 10 * 2 ** 20;

/** @param {number} cycles */
async function churn(cycles) {
  const server = fork(__filename, { execArgv: [] });
  const [{ url, token }] = await once(server, 'message');
  const report = (done, { rss, held, threads, handles }) =>
    console.log(
      `${done} cycles: ${mebibytes(rss)} MiB resident, ${mebibytes(held)} held, ${threads} threads, ${handles} open files`,
    );

  const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
  const warmUp = Math.ceil(cycles / 5);
  let done = 0;
  let baseline;
  const series = [];
  while (done < cycles) {
    await Promise.all(Array.from({ length: CONCURRENCY }, () => cycle(url, token)));
    done += CONCURRENCY;
    if (done % 1000 !== 0 && done < cycles) continue;
    const figures = await measure();
    report(done, figures);
    if (done >= warmUp) baseline ??= figures;
    series.push(figures);
  }
  server.disconnect();
  const last = series.at(-1);
  const problems = [];
  if (last.held - baseline.held > TOLERANCE) problems.push(`${last.held - baseline.held} bytes leaked`);
  if (last.threads > baseline.threads) problems.push(`${last.threads - baseline.threads} threads leaked`);
  if (last.handles > baseline.handles) problems.push(`${last.handles - baseline.handles} files stayed open`);
  return problems;
}

function cycle(url, token) {
  return new Promise((resolve) => {
    const client = new RealtimeClient({ url, token, reconnectionDelay: 10 });
    client.subscribe({ topic: 'a' });
    client.on('event', () => {});
    client.on('connection', ({ state }) => {
      if (state !== 'connected') return;
      client.destroy();
      resolve();
    });
  });
}

/**
 * Measures until the figures no longer change, because the last clients' sockets close
 * asynchronously.
 */
async function measure() {
  let figures;
  for (let last = Infinity; ; last = figures.handles) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
    const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
    const handles = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
    const { rss, heapTotal, heapUsed } = process.memoryUsage();
    // V8 grows its heap in large steps and keeps it, so only the used part counts.
    const held = rss - heapTotal + heapUsed;
    figures = { rss, held, threads: Number(/Threads:\s+(\d+)/.exec(status)?.[1] ?? 0), handles };
    if (figures.handles >= last) return figures;
  }
}

if (require.main === module) {
  import('@smarterservices/realtime-local').then(async ({ startLocalPlatform }) => {
    const platform = await startLocalPlatform();
    process.send({ url: platform.url, token: platform.token() });
    process.once('disconnect', () => platform.close());
  });
}

module.exports = { churn };
