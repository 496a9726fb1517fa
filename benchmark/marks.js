'use strict';
// What this package is to reach: ratios to the baseline of each kind, or values with a unit.

const EVENTS = { eventsPerSecond: 'events/s', mainThreadMicroseconds: 'main CPU', processMicroseconds: 'process CPU' };

/**
 * @typedef {object} Mark
 * @property {string} kind
 * @property {string} name of the case
 * @property {string} key of the figure
 * @property {string} title
 * @property {number} [least]
 * @property {number} [most]
 * @property {string} [unit] of a mark that is a value, not a ratio
 * @property {string} [client]
 * @property {boolean} [isAbsolute] the figure is a ratio itself
 */

/** @type {Mark[]} */
const MARKS = [
  ...events('300 bytes', { eventsPerSecond: 8, mainThreadMicroseconds: 0.1, processMicroseconds: 0.35 }),
  ...events('2,048 bytes', { eventsPerSecond: 5, mainThreadMicroseconds: 0.15, processMicroseconds: 0.35 }),
  ...events('20,480 bytes', { eventsPerSecond: 4, processMicroseconds: 0.35 }),
  ...events('300 bytes, 8 shapes', { eventsPerSecond: 7 }),
  ...events('300 bytes, 30 shapes', { eventsPerSecond: 6 }),
  ...events('300 bytes, 100 shapes', { eventsPerSecond: 5 }),
  ...events('300 bytes, no Latin-1', { eventsPerSecond: 8 }),
  ...events('300 bytes, no shape twice', { eventsPerSecond: 2 }),
  ...events('2,048 bytes, no shape twice', { eventsPerSecond: 1 }),
  ...events('20,480 bytes, no shape twice', { eventsPerSecond: 1 }),
  ...events('300 bytes, 1 % listened to', { eventsPerSecond: 15, mainThreadMicroseconds: 0.01 }),
  ...events('300 bytes, one core', { eventsPerSecond: 6 }),
  ...events('2,048 bytes, one core', { eventsPerSecond: 3 }),
  ...events('300 bytes, TLS', { eventsPerSecond: 7 }),
  ...events('2,048 bytes, TLS', { eventsPerSecond: 4 }),
  ...events('20,480 bytes, TLS', { eventsPerSecond: 3 }),
  ...inJavaScript('300 bytes', { eventsPerSecond: 1.5, mainThreadMicroseconds: 0.7 }),
  ...inJavaScript('2,048 bytes', { eventsPerSecond: 1.03 }),
  ...inJavaScript('20,480 bytes', { eventsPerSecond: 0.95 }),
  ...compression('300 bytes', 0.2),
  ...compression('2,048 bytes', 0.3),
  { kind: 'latency', name: '5,000 a second', key: 'p50', title: 'p50', most: 1.1 },
  { kind: 'latency', name: '5,000 a second', key: 'p99', title: 'p99', most: 0.7 },
  { kind: 'loop', name: '2,048 bytes', key: 'p99', title: 'p99', most: 0.25 },
  { kind: 'crowd', name: '10 clients', key: 'p99', title: 'p99', most: 5, unit: 'ms' },
  ...['1,000 a second', '5,000 a second', '20,000 a second'].map((name) => ({
    kind: 'trickle',
    name,
    key: 'processMicroseconds',
    title: 'process CPU',
    most: 0.7,
  })),
  {
    kind: 'trickle',
    name: '20,000 a second',
    key: 'mainThreadMicroseconds',
    title: 'main CPU',
    most: 0.35,
  },
  {
    kind: 'trickle',
    name: '20,000 a second',
    key: 'mainThreadMicroseconds',
    title: 'main CPU, coalesceMs 1',
    client: 'realtime-1ms',
    most: 0.15,
  },
  ...publish('1 at a time', { messagesPerSecond: 0.9 }),
  ...publish('128 at a time', { messagesPerSecond: 2, mainThreadMicroseconds: 0.5 }),
  {
    kind: 'publish',
    name: '1 at a time, 20,000 events/s',
    key: 'growth',
    title: 'p50 to that without events',
    isAbsolute: true,
    most: 1.2,
  },
  { kind: 'idle', name: '1,000 connections', key: 'residentKilobytes', title: 'memory', most: 0.4 },
  { kind: 'idle', name: '1,000 connections', key: 'connectMilliseconds', title: 'time to connect', most: 0.5 },
  { kind: 'many', name: '10,000 connections', key: 'connectMilliseconds', title: 'time to connect', most: 0.3 },
  { kind: 'many', name: '10,000 connections', key: 'residentKilobytes', title: 'memory', most: 0.35 },
  {
    kind: 'many',
    name: '100 connections, 100 events/s each',
    key: 'processMicroseconds',
    title: 'process CPU',
    most: 0.5,
  },
  { kind: 'start', name: 'plain', key: 'milliseconds', title: 'time', most: 0.15 },
  { kind: 'start', name: 'TLS', key: 'milliseconds', title: 'time', most: 0.4 },
  ...['300 bytes', '2,048 bytes', '20,480 bytes'].map((name) => ({
    kind: 'memory',
    name,
    key: 'peakMegabytes',
    title: 'peak',
    most: 1.2,
  })),
  { kind: 'retained', name: '300 bytes', key: 'keptBytes', title: 'a kept ID', most: 600, unit: 'bytes' },
  webhook('300 bytes', 3.5),
  webhook('2,048 bytes', 3.2),
  webhook('204,800 bytes', 3),
  ...inWorker('300 bytes', [
    { key: 'eventsPerSecond', title: 'events/s', least: 1.3 },
    { key: 'taskMicroseconds', title: 'main thread', most: 0.25 },
  ]),
  { kind: 'browser', name: '300 bytes', key: 'taskMicroseconds', title: 'main thread', most: 1.1 },
  { kind: 'browser', name: '300 bytes', key: 'milliseconds', title: 'time to the first event', most: 0.8 },
  { kind: 'browser', name: '300 bytes', key: 'kilobytesAtOnce', title: 'bytes at once', most: 1 },
  { kind: 'browser', name: '300 bytes', key: 'kilobytes', title: 'bytes loaded', most: 1.1 },
];

/** The first figure is to be at least so much, the others, costs, at most. */
function events(name, ratios) {
  return Object.entries(ratios).map(([key, ratio]) => ({
    kind: 'events',
    name,
    key,
    title: EVENTS[key],
    ...(key === 'eventsPerSecond' ? { least: ratio } : { most: ratio }),
  }));
}

/** Those of the engine in JavaScript. */
function inJavaScript(name, ratios) {
  return events(name, ratios).map((mark) => ({
    ...mark,
    title: `${mark.title}, engine in JavaScript`,
    client: 'realtime-javascript',
  }));
}

/** Those of a page whose WebSocket is in a worker. */
function inWorker(name, marks) {
  return marks.map((mark) => ({
    kind: 'browser',
    name,
    ...mark,
    title: `${mark.title}, in a worker`,
    client: 'realtime-worker',
  }));
}

/**
 * The processor time as a ratio to a client that decompresses as well, the bytes to those without.
 */
function compression(name, most) {
  return [
    { kind: 'compression', name, key: 'processMicroseconds', title: 'process CPU', most: 0.5 },
    {
      kind: 'compression',
      name,
      key: 'wireShare',
      title: 'bytes on the wire, of the uncompressed',
      most,
      isAbsolute: true,
    },
  ];
}

function publish(name, { messagesPerSecond, mainThreadMicroseconds }) {
  const mark = { kind: 'publish', name };
  return [
    { ...mark, key: 'messagesPerSecond', title: 'messages/s', least: messagesPerSecond },
    ...(mainThreadMicroseconds === undefined
      ? []
      : [{ ...mark, key: 'mainThreadMicroseconds', title: 'main CPU', most: mainThreadMicroseconds }]),
  ];
}

function webhook(name, least) {
  return { kind: 'webhook', name, key: 'deliveriesPerSecond', title: 'deliveries/s', least };
}

/**
 * The marks of those results that say something about them, and what was reached: a ratio, or the
 * value of a mark with a unit.
 *
 * @returns {{ mark: Mark, value: number, ok: boolean }[]}
 */
function reached(results) {
  return MARKS.flatMap((mark) => {
    const result = results.find(({ kind, name }) => kind === mark.kind && name === mark.name);
    const client = mark.client ?? 'realtime';
    const isValue = mark.unit !== undefined || mark.isAbsolute;
    const value = isValue ? result?.clients[client]?.median[mark.key] : result && ratioOf(result, client, mark.key);
    if (value === undefined || value === null) return [];
    return [{ mark, value, ok: mark.least === undefined ? value <= mark.most : value >= mark.least }];
  });
}

/** A client's figure divided by the baseline's; `undefined` where one of them is unknown. */
function ratioOf({ clients, baseline }, client, key) {
  const [value, base] = [clients[client]?.median[key], clients[baseline]?.median[key]];
  return value === undefined || value === null || !base ? undefined : value / base;
}

/** The mark for the ratio of one figure of a client in one result. */
function markOf({ kind, name }, client, key) {
  const mark = MARKS.find(
    (mark) =>
      mark.kind === kind &&
      mark.name === name &&
      mark.key === key &&
      mark.unit === undefined &&
      (mark.client ?? 'realtime') === client,
  );
  return mark && (mark.least ?? mark.most);
}

module.exports = { MARKS, markOf, ratioOf, reached };
