'use strict';
// This package, with an I/O thread that never rests.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { coalesceMs: 0 });
