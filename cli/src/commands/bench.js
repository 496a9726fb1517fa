/** `realtime bench`: a quick load against one's own platform. */

import { randomBytes } from 'node:crypto';
import { Bench } from '../bench/run.js';
import { openOnce } from '../client.js';
import { readAuthenticatedConnection } from '../configuration.js';
import { EXIT, usageError } from '../exit-codes.js';
import { parseCount } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { isLoopback } from '../loopback.js';
import { counted, Output, printable } from '../output.js';

/** @import { Load, Mode, Result } from '../bench/run.js' */

const MAX_COUNT = 100_000;
const MAX_SECONDS = 300;
const MAX_CONCURRENCY = 64;
const MAX_SIZE = 100_000;
/** How often the progress is a line, in ms. */
const PROGRESS = 1000;

/**
 * @typedef {object} OwnOptions
 * @property {boolean} [json]
 * @property {boolean} [color]
 * @property {Mode} mode
 * @property {string} [topic]
 * @property {string} count
 * @property {string} duration
 * @property {string} concurrency
 * @property {string} [rate]
 * @property {string} size
 * @property {boolean} [yesThisIsMyServer]
 */

/** @param {string | undefined} url @param {import('../configuration.js').ConnectionOptions & OwnOptions} options */
export async function bench(url, options) {
  const load = parseLoad(options);
  const connection = readAuthenticatedConnection({ ...options, url: url ?? options.url });
  if (!isLoopback(connection.url) && !options.yesThisIsMyServer) {
    throw usageError(
      `bench: ${new URL(connection.url).host} is another machine, and a load may harm who else uses it. If it is yours, ` +
        'pass --yes-this-is-my-server.',
    );
  }
  const output = new Output(options);
  const interruption = watchInterruption();
  const run = new Bench(connection, load);
  const client = load.mode === 'publish' ? undefined : await openOnce({ ...options, url: connection.url });
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    if (client) await Promise.race([run.subscribe(client), interruption.interrupted]);
    if (!interruption.signal.aborted) {
      output.note(describeLoad(load, connection.url));
      timer = setInterval(() => printProgress(run.result(), output), PROGRESS);
      await run.run(interruption.signal);
    }
  } finally {
    clearInterval(timer);
    client?.destroy();
    interruption.release();
  }
  const result = run.result();
  printResult(result, output);
  if (Object.keys(result.errors).length > 0 || Number(result.lost) > 0) process.exitCode = EXIT.failed;
}

/** @param {OwnOptions} options @returns {Load} */
function parseLoad({ mode, topic, count, duration, concurrency, rate, size }) {
  if (mode === 'receive' && topic === undefined) throw usageError('--topic: --mode receive needs a topic with events.');
  return {
    mode,
    topic: topic ?? `bench.${randomBytes(4).toString('hex')}`,
    count: atMost(parseCount(count, '--count', 1), MAX_COUNT, '--count'),
    duration: atMost(parseCount(duration, '--duration', 1), MAX_SECONDS, '--duration') * 1000,
    concurrency: atMost(parseCount(concurrency, '--concurrency', 1), MAX_CONCURRENCY, '--concurrency'),
    rate: rate === undefined ? Number.POSITIVE_INFINITY : parseCount(rate, '--rate', 1),
    size: atMost(parseCount(size, '--size'), MAX_SIZE, '--size'),
  };
}

/** @param {number} value @param {number} most @param {string} name */
function atMost(value, most, name) {
  if (value <= most) return value;
  throw usageError(`${name}: this is a quick load: expected at most ${most}.`);
}

/** @param {Load} load @param {string} url */
function describeLoad({ mode, topic, count, duration, concurrency }, url) {
  const what = mode === 'receive' ? `Receiving ${topic} from` : `Publishing to ${topic} at`;
  const limit = `up to ${counted(count, 'event')} or ${duration / 1000} s`;
  const many = mode === 'receive' ? '' : `, ${counted(concurrency, 'request')} at a time`;
  return printable(`${what} ${new URL(url).origin}, ${limit}${many}. Ctrl-C ends.`);
}

/** @param {Result} result @param {Output} output */
function printProgress(result, output) {
  const { seconds, published, received } = result;
  const record = { kind: 'progress', at: Date.now(), seconds, published, received };
  const parts = [
    ...(published === undefined ? [] : [`${published} published`]),
    ...(received === undefined ? [] : [`${received} received`]),
  ];
  output.line(record, output.dim(`${seconds.toFixed(0).padStart(3)} s  ${parts.join(', ')}`));
}

/** @param {Result} result @param {Output} output */
function printResult(result, output) {
  const { seconds, published, received, lost = 0, eventsPerSecond, publish, delivery, errors } = result;
  const row = (/** @type {string} */ name, /** @type {string} */ value) => `${output.dim(name.padEnd(18))} ${value}`;
  const times = (
    /** @type {Result['publish']} */ { p50, p99, max } = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN },
  ) => `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
  const failures = Object.entries(errors).map(([name, count]) => `${count} x ${printable(name)}`);
  const rows = [
    ...(published === undefined ? [] : [row('published', `${published}`)]),
    ...(received === undefined
      ? []
      : [row('received', `${received}${lost > 0 ? output.styled('red', `, ${lost} lost`) : ''}`)]),
    row('events a second', output.styled('bold', `${eventsPerSecond}`)),
    ...(publish ? [row('publish request', times(publish))] : []),
    ...(delivery ? [row('until received', times(delivery))] : []),
    row('errors', failures.length === 0 ? 'none' : output.styled('red', failures.join(', '))),
    row('time', `${seconds} s`),
  ];
  output.line({ kind: 'summary', ...result }, rows.join('\n'));
}
