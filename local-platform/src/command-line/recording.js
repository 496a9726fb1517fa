/**
 * Records what is published on topics, and publishes such a recording again. A recording has one
 * JSON object a line: `{ at, event }`, where `at` is the time since the first event, in ms.
 */

import { openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { completeEvent } from '../broker/event.js';
import { invalid } from '../error.js';
import { isObject } from '../json.js';

/** @import { LocalEvent, LocalPlatform, PartialEvent } from '../../index.js' */
/** @import { ActivityRecord } from '../activity.js' */

/** @typedef {{ at: number, event: PartialEvent }} Entry */

/**
 * Starts a recording. A file of that name is replaced.
 *
 * @param {string} path
 * @returns {(record: ActivityRecord) => void} writes the record, if it is of an event that somebody
 *   published: those of documents follow from their writes
 */
export function recordTo(path) {
  const file = attempt('--record', path, () => openSync(path, 'w', 0o600));
  /** @type {number | undefined} */
  let start;
  return (record) => {
    if (record.type !== 'published' || record.event.source === 'sync') return;
    start ??= record.time;
    // Written at once, so that a killed platform has recorded everything.
    writeSync(file, `${JSON.stringify({ at: record.time - start, event: record.event })}\n`);
  };
}

/** @param {string} path @returns {Entry[]} @throws {PlatformError} naming the line */
export function readRecording(path) {
  const lines = attempt('--replay', path, () => readFileSync(path, 'utf8')).split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseEntry(line, `${path}:${index + 1}`)]));
}

/**
 * Publishes the events at their times, counted from the first subscription: without one, nobody
 * would see them. They get new IDs and times, since clients drop an ID they know.
 *
 * @param {LocalPlatform} platform
 * @param {Entry[]} entries
 * @param {AbortSignal} signal ends it
 */
export async function replay(platform, entries, signal) {
  const isSomebodyThere = () => platform.connections.some(({ subscriptions }) => subscriptions.length > 0);
  await platform.until(isSomebodyThere, { timeout: Number.POSITIVE_INFINITY, signal });
  const started = performance.now();
  for (const { at, event } of entries) {
    const left = at - (performance.now() - started);
    if (left > 0) await wait(left, undefined, { signal });
    platform.publish(event);
  }
}

/** @param {string} line @param {string} place @returns {Entry} */
function parseEntry(line, place) {
  /** @type {unknown} */
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    throw invalid(`--replay: ${place}: not JSON. Expected a file of --record.`);
  }
  if (!isObject(entry) || !isObject(entry.event) || !isTime(entry.at)) {
    throw invalid(`--replay: ${place}: expected { "at": milliseconds, "event": { "topic": ... } }.`);
  }
  const { id: _, metadata, ...event } = /** @type {Partial<LocalEvent>} */ (entry.event);
  const { timestamp: __, ...rest } = isObject(metadata) ? metadata : {};
  const partial = /** @type {PartialEvent} */ ({ ...event, metadata: rest });
  try {
    completeEvent(partial);
  } catch (error) {
    throw invalid(`--replay: ${place}: ${/** @type {Error} */ (error).message}`);
  }
  return { at: entry.at, event: partial };
}

/** @param {unknown} at @returns {at is number} */
const isTime = (at) => typeof at === 'number' && Number.isFinite(at) && at >= 0;

/**
 * @template T
 * @param {string} flag
 * @param {string} path
 * @param {() => T} act
 */
function attempt(flag, path, act) {
  try {
    return act();
  } catch (error) {
    throw invalid(`${flag}: '${path}' cannot be opened: ${/** @type {Error} */ (error).message}.`);
  }
}
