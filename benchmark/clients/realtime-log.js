'use strict';
// This package, with a log at the level debug.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { log: { level: 'debug', handler() {} } });
