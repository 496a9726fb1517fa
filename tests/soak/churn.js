'use strict';

/** Makes, connects and destroys clients, and watches what stays behind. The platform is in a process of its own. */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { readdirSync, readFileSync } = require('node:fs');

const { RealtimeClient } = require('../..');

const AT_ONCE = 10;
/** After the warm-up, in bytes: what an allocator may still take without anything being lost. */
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
  let settled;
  const series = [];
  while (done < cycles) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => cycle(url, token)));
    done += AT_ONCE;
    if (done % 1000 !== 0 && done < cycles) continue;
    const figures = await measure();
    report(done, figures);
    if (done >= warmUp) settled ??= figures;
    series.push(figures);
  }
  server.disconnect();
  const last = series.at(-1);
  const problems = [];
  if (last.held - settled.held > TOLERANCE) problems.push(`${last.held - settled.held} bytes stayed behind`);
  if (last.threads > settled.threads) problems.push(`${last.threads - settled.threads} threads stayed behind`);
  if (last.handles > settled.handles) problems.push(`${last.handles - settled.handles} files stayed open`);
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

/** The sockets of the last clients close in their own time: the figures count when they no longer change. */
async function measure() {
  let figures;
  for (let last = Infinity; ; last = figures.handles) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
    const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
    const handles = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
    const { rss, heapTotal, heapUsed } = process.memoryUsage();
    // V8 takes room for its heap in large steps, and keeps it: what counts is what is in use of it.
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
