'use strict';
// This package, with a subscriber of the diagnostics channel that publishes each event.

const { tracingChannel } = require('node:diagnostics_channel');
const { open } = require('./realtime.js');

tracingChannel('@smarterservices/realtime:handle').asyncEnd.subscribe(() => {});

exports.open = open;
