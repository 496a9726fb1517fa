'use strict';
// This package, with everything that stats() can measure.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { stats: { latency: true, topics: true } });
