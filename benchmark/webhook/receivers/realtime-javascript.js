'use strict';
// Our receiver on the JavaScript engine, as on Node without the addon.

process.env.REALTIME_ENGINE = 'javascript';

module.exports = require('./realtime.js');
