/**
 * A record of the activity as one line for a person. Lines have names, never payloads, tokens or
 * secrets. What a client chose may hold anything: control characters are escaped, and long texts
 * are cut, so that a record stays one line and cannot steer the terminal.
 */

/** @import { ActivityRecord, Party } from '../activity.js' */

/** @typedef {ActivityRecord['type']} Type */
/**
 * The records of a type, also where several types share a record.
 *
 * @template {Type} T
 * @typedef {ActivityRecord extends infer R ? R extends { type: infer U } ? T extends U ? R : never : never : never} Of
 */

const MAX_TEXT = 200;
/** Names of receivers in a line. */
const MAX_NAMES = 5;
const TYPE_WIDTH = 12;
/** Line ends, escapes, and characters that change the direction of what follows. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * SGR codes: https://en.wikipedia.org/wiki/ANSI_escape_code#SGR
 *
 * @type {Partial<Record<Type, number>>}
 */
const COLOURS = {
  connected: 32,
  disconnected: 90,
  refused: 31,
  published: 36,
  message: 36,
  document: 34,
  webhook: 35,
  topic: 34,
  schema: 34,
  gap: 33,
  fault: 33,
};

/** @type {{ [T in Type]: (record: Of<T>) => string }} */
const TEXTS = {
  connected: ({ connection: { sub, protocol, id } }) => `${sub} on ${protocol}, ${id}`,
  disconnected: ({ connection: { sub, protocol }, reason, durationMs }) =>
    `${sub} on ${protocol} after ${seconds(durationMs)}: ${reason}`,
  refused: ({ what, reason }) => `${what}: ${reason}`,
  subscribed: (record) => subscription(record),
  unsubscribed: (record) => subscription(record),
  joined: ({ connection, channel, memberCount }) => `${connection.sub} in ${channel}, ${count(memberCount, 'member')}`,
  left: ({ connection, channel, memberCount }) => `${connection.sub} in ${channel}, ${count(memberCount, 'member')}`,
  published: ({ event: { topic, type, id }, receivers, filtered }) => {
    const others = filtered.length === 0 ? '' : `, filtered out for ${names(filtered)}`;
    return `${topic} ${type} to ${names(receivers)}${others}, ${id}`;
  },
  message: ({ event: { topic, type, id }, receivers }) => `${topic} ${type} to ${names(receivers)}, ${id}`,
  document: ({ operation, document: { service, id, revision } }) =>
    `${service}/${id} ${operation}, revision ${revision}`,
  webhook: ({ attempt: { event, attempt, status, responseBody, error, durationMs }, request: { url } }) => {
    const refused = status !== undefined && (status < 200 || status > 299) && responseBody ? ` ${responseBody}` : '';
    return `${event} to ${withoutQuery(url)}, attempt ${attempt}: ${status ?? error}${refused} in ${seconds(durationMs)}`;
  },
  topic: ({ operation, topic: { name, activeSchemaVersion } }) =>
    `${name} ${operation}${activeSchemaVersion === null ? '' : `, schema version ${activeSchemaVersion} is active`}`,
  schema: ({ schema: { topic, version } }) => `${topic} version ${version} registered`,
  gap: ({ topics, reason }) => `${topics?.join(', ') ?? 'all topics'}: ${reason}`,
  fault: ({ name, options }) => (options === undefined ? name : `${name} ${JSON.stringify(options)}`),
};

/** @param {ActivityRecord} record @param {{ colours?: boolean }} [style] */
export function toLine(record, { colours = false } = {}) {
  const time = timeOfDay(new Date(record.time));
  const text = TEXTS[record.type](/** @type {never} */ (record));
  const type = record.type.padEnd(TYPE_WIDTH);
  const shown = colours ? `\u001b[${COLOURS[record.type] ?? 39}m${type}\u001b[39m` : type;
  return `${colours ? `\u001b[90m${time}\u001b[39m` : time} ${shown} ${oneLine(text)}`;
}

/** As the clock of the terminal's user shows it. @param {Date} date */
const timeOfDay = (date) => `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;

/** The URL of an endpoint. Its query may be what protects it. @param {string} url */
export const withoutQuery = (url) => url.replace(/[?#].*$/s, '?...');

/** @param {Of<'subscribed' | 'unsubscribed'>} record */
function subscription({ connection, subscription: { topic, filter, returnMode } }) {
  const condition = filter === undefined ? '' : ` where ${JSON.stringify(filter)}`;
  return `${connection.sub} to ${topic}${condition}${returnMode === 'full' ? '' : `, ${returnMode}`}`;
}

/** @param {Party[]} parties */
function names(parties) {
  if (parties.length === 0) return 'nobody';
  const shown = parties.slice(0, MAX_NAMES).map(({ sub }) => sub);
  const more = parties.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** @param {number} number @param {string} noun */
const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** @param {number} milliseconds */
const seconds = (milliseconds) =>
  milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** @param {string} text */
function oneLine(text) {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return cut.replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
