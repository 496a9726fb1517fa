'use strict';
// This package with its engine in JavaScript, over the WebSocket of the package `ws`.

// Node 22 has a WebSocket of its own, which the engine would take.
delete globalThis.WebSocket;

const { open } = require('./realtime.js');

exports.open = (where, handlers) => open(where, handlers, { engine: 'javascript', tls: undefined });
