'use strict';
// What compression (permessage-deflate) costs and saves: events of one topic, each with values of
// its own, from a source that compresses them if the client offers that.

const path = require('node:path');
const { compareStreams, each } = require('../streams.js');
const { fixed, whole } = require('../table.js');

const EVENTS = { 300: 200_000, 2048: 40_000 };

const title = 'Events over a compressed connection';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-uncompressed', 'realtime-javascript', 'socket.io-client', 'ws'];
const figures = [
  { key: 'processMicroseconds', title: 'process µs/event', format: fixed, better: 'less' },
  { key: 'mainThreadMicroseconds', title: 'main µs/event', format: fixed, better: 'less' },
  { key: 'eventsPerSecond', title: 'events/s', format: whole, better: 'more' },
  { key: 'wireBytes', title: 'bytes on the wire/event', format: whole, better: 'less' },
  { key: 'wireShare', title: 'of the uncompressed bytes', format: fixed, better: 'less' },
];

function cases(_, { scale }) {
  return Object.entries(EVENTS).map(([size, events]) => {
    const count = Math.ceil((events * scale) / 4) * 4;
    return {
      name: `${whole(Number(size))} bytes`,
      plan: { size: Number(size), fresh: true, warmup: count / 4, count },
    };
  });
}

function compare(what, run) {
  const { count } = what.plan;
  const figuresOf = ({ seconds, mainThreadMicroseconds, processMicroseconds }, { bytes, plainBytes }) => ({
    processMicroseconds: processMicroseconds / count,
    mainThreadMicroseconds: each(mainThreadMicroseconds, count),
    eventsPerSecond: count / seconds,
    wireBytes: bytes / count,
    wireShare: bytes / plainBytes,
  });
  return compareStreams(path.join(__dirname, 'trial.js'), { ...what, compression: true }, figuresOf, run);
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
