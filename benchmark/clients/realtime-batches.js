'use strict';
// This package with OpenTelemetry: a span of each batch, sampled and not exported.

const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
const { RealtimeInstrumentation } = require('../../dist/opentelemetry.js');
const { open } = require('./realtime.js');

const ignored = { onStart() {}, onEnd() {}, shutdown: async () => {}, forceFlush: async () => {} };
new NodeTracerProvider({ spanProcessors: [ignored] }).register();
new RealtimeInstrumentation({ handle: 'batch' });

exports.open = open;
