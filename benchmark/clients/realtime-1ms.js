'use strict';
// This package, with events that wait a millisecond for company.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { coalesceMs: 1 });
