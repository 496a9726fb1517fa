/**
 * Reads the platform's log into the state. The browser opens it again when the platform comes back.
 */

import { BASE, call, forgetToken } from './api.js';
import { addRecord, changed, rememberPayload, rememberRevision, state } from './state.js';

/** @import { ActivityRecord } from './state.js' */

/** How long to wait before opening the log again, in ms, where the browser has given up. */
const RETRY = 1_000;

/** @type {Set<(record: ActivityRecord) => void>} */
const listeners = new Set();

let platform = '';

/** Calls the function with each record. @param {(record: ActivityRecord) => void} listener */
export const onRecord = (listener) => void listeners.add(listener);

export function openLog() {
  const source = new EventSource(`${BASE}/_local/log`);
  source.onmessage = ({ data }) => take(JSON.parse(data));
  source.onerror = () => {
    state.isLive = false;
    changed();
    // Some answers, such as a proxy's 502, end an EventSource for good.
    if (source.readyState === EventSource.CLOSED) setTimeout(openLog, RETRY);
  };
}

/** @param {ActivityRecord} record */
function take(record) {
  if (record.type === 'opened') return void opened(record.platform);
  if (record.type === 'sampled') state.skipped += record.skipped;
  else if (record.type === 'published' || record.type === 'message') remember(record.event);
  else if (record.type === 'document') rememberDocument(record);
  addRecord(record);
  for (const listener of listeners) listener(record);
  changed();
}

/**
 * The log is open: what came before is among the past events.
 *
 * @param {string} id of the platform
 */
async function opened(id) {
  // A platform that was started again counts its revisions from 1.
  if (platform !== id) state.revisions.clear();
  platform = id;
  state.isLive = true;
  state.generation += 1;
  forgetToken();
  changed();
  const past = await call('/_local/events').catch(() => []);
  if (state.received === 0) for (const event of past) rememberPayload(event.topic, event.payload);
  for (const { source, type, payload, metadata } of past) {
    if (source !== 'sync') continue;
    const operation = type === 'document.deleted' ? 'deleted' : 'updated';
    const { revision, timestamp: time } = metadata;
    rememberRevision(payload.service, payload.id, { revision, time, operation, data: payload.data });
  }
  changed();
}

/** @param {any} event */
function remember(event) {
  state.received += 1;
  rememberPayload(event.topic, event.payload);
}

/** @param {ActivityRecord} record */
function rememberDocument({ document: { service, id, revision, data }, operation, time }) {
  rememberRevision(service, id, { revision, time, operation, data: operation === 'deleted' ? undefined : data });
}
