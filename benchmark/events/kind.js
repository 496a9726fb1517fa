'use strict';
// What it costs to bring an event to a handler.

const path = require('node:path');
const { twoCores } = require('../cores.js');
const { compareStreams, each } = require('../streams.js');
const { fixed, whole } = require('../table.js');

const BYTES_PER_TRIAL = 500e6;
const MAX_EVENTS = 500_000;
/** A quick run takes this share of them: it is shorter than V8 needs to get up to speed. */
const QUICK_SHARE = 0.4;
const HEADROOM_BYTES = 500e6;

const title = 'Bringing an event to a handler';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
/** Run only when `--only` names them. */
const variants = [
  'realtime-channel',
  'realtime-batches',
  'realtime-spans',
  'realtime-log',
  'realtime-measured',
  'realtime-recorded',
];
const figures = [
  { key: 'eventsPerSecond', title: 'events/s', format: whole, better: 'more' },
  { key: 'mainThreadMicroseconds', title: 'main µs/event', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/event', format: fixed, better: 'less' },
  { key: 'peakMegabytes', title: 'peak MB', format: whole, better: 'less' },
];
const options = {
  sizes: { type: 'string' },
  shapes: { type: 'string' },
  kind: { type: 'string' },
  listened: { type: 'string' },
  pinned: { type: 'boolean' },
  tls: { type: 'boolean' },
  protocol: { type: 'string' },
};

/** The cases of a run without options; those without `quick` are left out of a quick one. */
const CASES = [
  { size: 300, quick: true },
  { size: 2048 },
  { size: 20_480, quick: true },
  { size: 300, shapes: 8 },
  { size: 300, shapes: 30, quick: true },
  { size: 300, shapes: 100 },
  { size: 300, kind: 'wide', quick: true },
  { size: 300, kind: 'unique', quick: true },
  { size: 2048, kind: 'unique' },
  { size: 20_480, kind: 'unique' },
  { size: 300, listened: 1, quick: true },
  { size: 300, pinned: true, quick: true },
  { size: 2048, pinned: true },
  { size: 300, tls: true, quick: true },
  { size: 2048, tls: true },
  { size: 20_480, tls: true },
];

function cases(given, { quick: isQuick, scale }) {
  const asked = Object.keys(options).some((name) => given[name] !== undefined);
  const list = asked ? named(given) : CASES.filter(({ quick }) => quick || !isQuick);
  const cores = list.some(({ pinned }) => pinned) ? twoCores() : undefined;
  const possible = list.filter(({ pinned }) => !pinned || cores);
  if (possible.length < list.length)
    console.error('Not pinned to one core: that takes Linux, two cores and taskset.\n');
  return possible.map(({ quick: _, pinned, protocol, ...plan }) => {
    // A stream ends with an event that is listened to, of which there is one in a hundred.
    const share = isQuick ? QUICK_SHARE * scale : scale;
    const count = Math.ceil((Math.min(MAX_EVENTS, BYTES_PER_TRIAL / plan.size) * share) / 400) * 400;
    return {
      name: nameOf({ ...plan, pinned, protocol }),
      plan: { ...plan, warmup: count / 4, count },
      cores: pinned ? cores : undefined,
      protocol,
    };
  });
}

/** What the options ask for: each size with each number of shapes. */
function named({ sizes = '300,2048,20480', shapes = '1', kind, listened, pinned, tls, protocol }) {
  const numbers = (words) => words.split(',').map(Number);
  return numbers(sizes).flatMap((size) =>
    numbers(shapes).map((count) => ({
      size,
      shapes: count > 1 ? count : undefined,
      kind,
      listened: listened === undefined ? undefined : Number(listened),
      pinned,
      tls,
      protocol,
    })),
  );
}

function nameOf({ size, shapes, kind, listened, pinned, tls, protocol }) {
  const parts = [`${whole(size)} bytes`];
  if (shapes) parts.push(`${shapes} shapes`);
  if (kind === 'wide') parts.push('no Latin-1');
  if (kind === 'unique') parts.push('no shape twice');
  if (listened) parts.push(`${listened} % listened to`);
  if (pinned) parts.push('one core');
  if (tls) parts.push('TLS');
  if (protocol) parts.push(`protocol ${protocol}`);
  return parts.join(', ');
}

function compare(what, run) {
  const { size, count } = what.plan;
  const headroom = { count: Math.ceil((HEADROOM_BYTES * run.scale) / size / 400) * 400 };
  return compareStreams(
    path.join(__dirname, 'trial.js'),
    { ...what, headroom },
    (report) => figuresOf(report, count),
    run,
  );
}

function figuresOf({ seconds, mainThreadMicroseconds, processMicroseconds, peakMegabytes }, count) {
  return {
    eventsPerSecond: count / seconds,
    mainThreadMicroseconds: each(mainThreadMicroseconds, count),
    processMicroseconds: processMicroseconds / count,
    peakMegabytes,
  };
}

module.exports = { baseline, cases, clients, compare, figures, options, title, variants };
