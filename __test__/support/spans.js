/** The real SDK of OpenTelemetry with exporters in memory, for one test. */

import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

import { RealtimeInstrumentation } from '../../lib/opentelemetry/index.js';

/** How long a span may take that should end at once, in milliseconds. */
const TIMEOUT = 15_000;

// The manager of contexts is global, and stays for the process.
new NodeTracerProvider().register();

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../../opentelemetry.js').RealtimeInstrumentationConfig} [config]
 */
function instrument(t, config) {
  const waiting = new Set();
  const exporter = new InMemorySpanExporter();
  const notice = {
    onStart: () => {},
    onEnd: () => {
      for (const check of waiting) check();
    },
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  const tracers = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), notice] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 2 ** 30 });
  const meters = new MeterProvider({ readers: [reader] });
  const instrumentation = new RealtimeInstrumentation({ ...config, enabled: false });
  instrumentation.setTracerProvider(tracers);
  instrumentation.setMeterProvider(meters);
  instrumentation.enable();
  t.after(async () => {
    instrumentation.disable();
    await Promise.all([tracers.shutdown(), meters.shutdown()]);
  });

  const spans = () => exporter.getFinishedSpans();
  return {
    instrumentation,
    tracer: tracers.getTracer('test'),
    spans,
    named: (name) => spans().filter((span) => span.name === name),
    /** The first finished span of a name, past or future. */
    ended: (name, condition = () => true) =>
      new Promise((resolve, reject) => {
        const find = () => spans().find((span) => span.name === name && condition(span));
        const overdue = () => reject(new Error(`no such span '${name}', but: ${spans().map((span) => span.name)}`));
        const deadline = setTimeout(overdue, TIMEOUT);
        const check = () => {
          const found = find();
          if (found === undefined) return;
          clearTimeout(deadline);
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    /** All points, as `[name, attributes, value]`. */
    async metrics() {
      metricExporter.reset();
      await reader.forceFlush();
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({
            name: descriptor.name,
            unit: descriptor.unit,
            attributes,
            value,
          })),
        );
    },
  };
}

export { instrument, SpanStatusCode, trace };
