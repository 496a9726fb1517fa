'use strict';
// This package without compression, beside those that compress.

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open({ ...where, compression: false }, handlers);
