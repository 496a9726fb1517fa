/**
 * `GET /_local/log`: the activity as server-sent events, one JSON record each. A stream that cannot
 * keep up leaves events out, and says how many in a `sampled` record: neither the platform nor the
 * page stalls.
 */

/** @import { Request, Response } from 'express' */
/** @import { Activity, ActivityRecord } from '../activity.js' */

/** Events that a stream takes at once, and further ones a second. */
const BURST = 2_000;
const PER_SECOND = 1_000;
/** How many bytes may wait for a slow reader. */
const MAX_BACKLOG = 4_000_000;
/** Receivers that a record names; it has their number, too. */
const MAX_NAMED = 100;
/** How often the stream reports what it left out, and shows that it is alive, in ms. */
const TICK = 1_000;

/** @param {Activity} activity @param {string} platform its ID @param {Request} request @param {Response} response */
export function streamLog(activity, platform, request, response) {
  let budget = BURST;
  let skipped = 0;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const write = (/** @type {object} */ record) => response.write(`data: ${JSON.stringify(record)}\n\n`);
  const stop = activity.watch((record) => {
    const isEvent = record.type === 'published' || record.type === 'message';
    if (response.writableLength > MAX_BACKLOG || (isEvent && budget < 1)) {
      skipped += 1;
      return;
    }
    if (isEvent) budget -= 1;
    write(named(record));
  });
  const timer = setInterval(() => {
    budget = Math.min(BURST, budget + PER_SECOND);
    if (response.writableLength > MAX_BACKLOG) return;
    if (skipped > 0) write({ type: 'sampled', time: Date.now(), skipped });
    else response.write(':\n\n');
    skipped = 0;
  }, TICK);
  timer.unref();
  response.on('close', () => {
    stop();
    clearInterval(timer);
  });
  // The client knows by the first record that it misses nothing from now on, and whether it meets
  // another platform than before.
  write({ type: 'opened', time: Date.now(), platform });
  request.resume();
}

/** A record with the numbers of its receivers, of which it names the first. @param {ActivityRecord} record */
function named(record) {
  if (record.type !== 'published' && record.type !== 'message') return record;
  const { receivers } = record;
  const filtered = record.type === 'published' ? record.filtered : [];
  return {
    ...record,
    receivers: receivers.slice(0, MAX_NAMED),
    receiverCount: receivers.length,
    filtered: filtered.slice(0, MAX_NAMED),
    filteredCount: filtered.length,
  };
}
