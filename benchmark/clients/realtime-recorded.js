'use strict';
// This package, with the flight recorder.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { record: {} });
