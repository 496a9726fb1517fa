/**
 * RealtimeInstrumentation: what an application creates. It has the methods of OpenTelemetry's
 * `Instrumentation`, so `registerInstrumentations` and the SDK take it, without a dependency on
 * that package.
 */

import { trace } from '@opentelemetry/api';
import { Tracer } from '../tracing/tracer.js';
import { Metrics } from './metrics.js';
import { Spans } from './spans.js';
import { NAME, VERSION } from './version.js';

/** @import { MeterProvider, TracerProvider } from '@opentelemetry/api' */
/** @import { RealtimeInstrumentationConfig } from '../../opentelemetry.js' */
/** @import { Contexts, Kind, Messages, Observed, Observer, Operation } from '../tracing/observer.js' */

/** @typedef {Required<RealtimeInstrumentationConfig>} Config */

/** @type {Config} */
const DEFAULTS = {
  enabled: true,
  handle: 'event',
  continueTrace: false,
  propagate: true,
  recordExceptions: false,
};

class RealtimeInstrumentation {
  instrumentationName = NAME;
  instrumentationVersion = VERSION;
  #config;
  /** @type {TracerProvider} */
  #tracers = trace;
  /** @type {MeterProvider | undefined} */
  #meters;
  /** While it is enabled. @type {{ observer: Observer, metrics: Metrics } | undefined} */
  #running;

  /** @param {RealtimeInstrumentationConfig} [config] */
  constructor(config) {
    this.#config = parseConfig(config);
    if (this.#config.enabled) this.enable();
  }

  enable() {
    if (this.#running !== undefined) return;
    const spans = new Spans(this.#tracers.getTracer(NAME, VERSION), this.#config);
    const metrics = new Metrics(this.#meters);
    const observer = new Both(spans, metrics);
    this.#running = { observer, metrics };
    Tracer.add(observer);
  }

  disable() {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    Tracer.remove(running.observer);
    running.metrics.stop();
  }

  /** @param {TracerProvider} provider */
  setTracerProvider(provider) {
    this.#tracers = provider;
    this.#restart();
  }

  /** @param {MeterProvider} provider */
  setMeterProvider(provider) {
    this.#meters = provider;
    this.#restart();
  }

  /** @returns {RealtimeInstrumentationConfig} */
  getConfig() {
    return { ...this.#config };
  }

  /** @param {RealtimeInstrumentationConfig} config */
  setConfig(config) {
    this.#config = parseConfig(config);
    this.#restart();
  }

  #restart() {
    if (this.#running === undefined) return;
    this.disable();
    this.enable();
  }
}

/** @implements {Observer} */
class Both {
  #spans;
  #metrics;

  /** @param {Spans} spans @param {Metrics} metrics */
  constructor(spans, metrics) {
    this.#spans = spans;
    this.#metrics = metrics;
  }

  /** @param {Kind | keyof Messages} kind */
  wants(kind) {
    return this.#spans.wants(kind);
  }

  /**
   * @template {Kind} Name
   * @param {Name} kind
   * @param {Contexts[Name]} context
   * @returns {Operation}
   */
  begin(kind, context) {
    return this.#spans.begin(kind, context);
  }

  /** @param {Observed} client */
  met(client) {
    this.#metrics.met(client);
  }

  /** @param {Observed} client */
  destroyed(client) {
    this.#metrics.destroyed(client);
  }
}

/** @param {RealtimeInstrumentationConfig} [config] @returns {Config} */
function parseConfig(config = {}) {
  const { handle = DEFAULTS.handle } = config;
  if (handle !== 'event' && handle !== 'batch')
    throw new TypeError(
      `RealtimeInstrumentation: config.handle is ${JSON.stringify(handle)}. Use 'event' for a span of each event, ` +
        "or 'batch' for one of all events that a turn of the event loop handles.",
    );
  return { ...DEFAULTS, ...config, handle };
}

export { RealtimeInstrumentation };
