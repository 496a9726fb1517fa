/** What the page shows. `changed()` draws it again, once a frame however often it is called. */

/**
 * How many records the page keeps. The oldest make room in steps, which is cheaper than one by one.
 */
const MAX_RECORDS = 10_000;
const STEP = 1_000;
/** Past events of a topic, and past revisions of a document. */
const MAX_PAYLOADS = 20;
const MAX_REVISIONS = 100;

/**
 * @typedef {{ type: string, time: number, [member: string]: any }} ActivityRecord as the platform's
 *   log sends it
 * @typedef {{ revision: number, time: number, operation: string, data: unknown }} Revision
 */

/** @type {() => void} */
let draw = () => {};
let isDue = false;

export const state = {
  panel: 'events',
  /** Whether the log of the platform is open. */
  isLive: false,
  notice: '',
  /** Every record, the oldest first. @type {ActivityRecord[]} */
  records: [],
  /** Events since the page was opened, with those that were not shown. */
  received: 0,
  skipped: 0,
  /** The payloads of each topic, the latest first. @type {Map<string, unknown[]>} */
  payloads: new Map(),
  /** By service and ID. @type {Map<string, Revision[]>} */
  revisions: new Map(),
  /** Ends what a panel read: it reads again. */
  generation: 0,
};

/** @param {() => void} render */
export function drawWith(render) {
  draw = render;
}

export function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

/** @type {Set<(records: ActivityRecord[]) => void>} */
const trimmed = new Set();

/**
 * Calls the function when the oldest records were removed.
 *
 * @param {(records: ActivityRecord[]) => void} listener
 */
export const onTrimmed = (listener) => void trimmed.add(listener);

/** @param {ActivityRecord} record */
export function addRecord(record) {
  state.records.push(record);
  if (state.records.length > MAX_RECORDS + STEP) {
    state.records.splice(0, STEP);
    for (const listener of trimmed) listener(state.records);
  }
}

/** @param {string} topic @param {unknown} payload */
export function rememberPayload(topic, payload) {
  const known = state.payloads.get(topic) ?? [];
  known.unshift(payload);
  if (known.length > MAX_PAYLOADS) known.pop();
  state.payloads.set(topic, known);
}

/** @param {string} service @param {string} id @param {Revision} revision */
export function rememberRevision(service, id, revision) {
  const key = JSON.stringify([service, id]);
  const known = state.revisions.get(key) ?? [];
  // The log and the past events can both have a revision.
  if (known.some((other) => other.revision === revision.revision)) return;
  known.push(revision);
  known.sort((one, other) => one.revision - other.revision);
  if (known.length > MAX_REVISIONS) known.shift();
  state.revisions.set(key, known);
}

/** @param {string} text a message for the user */
export function notify(text) {
  state.notice = text;
  changed();
}
