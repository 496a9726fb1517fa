/**
 * `@smarterservices/realtime/opentelemetry`: spans and metrics for OpenTelemetry. The guide is
 * `docs/observability.md`. It needs the package `@opentelemetry/api`.
 *
 * ```js
 * import { RealtimeInstrumentation } from '@smarterservices/realtime/opentelemetry';
 *
 * const sdk = new NodeSDK({ instrumentations: [new RealtimeInstrumentation()] });
 * sdk.start();
 * ```
 *
 * @packageDocumentation
 */

import type { Context, MeterProvider, TracerProvider } from '@opentelemetry/api';

import type { RealtimeEvent } from './types/events.js';

/** Configuration of {@link RealtimeInstrumentation}. */
export interface RealtimeInstrumentationConfig {
  /** Observe from the construction on. With false, call `enable()`. Default: true. */
  enabled?: boolean;
  /**
   * Spans of the events that listeners handle: `'event'` makes a span of each, `'batch'` one of all
   * events that a turn of the event loop handles, with a link for each event. Use `'batch'` above
   * some thousand events a second. Default: `'event'`.
   */
  handle?: 'event' | 'batch';
  /**
   * Make the span that handles an event a child of the span that produced it, so that both are in
   * one trace. By default it begins a trace of its own, with a link to the producer: an event has
   * any number of receivers. Has no effect on batches. Default: false.
   */
  continueTrace?: boolean;
  /**
   * Send `traceparent` and `tracestate` along with messages and document writes, in the member
   * `metadata`. Turn it off if your platform refuses that member. Default: true.
   */
  propagate?: boolean;
  /**
   * Record message and stack of the errors that your handlers throw, which may contain whatever
   * your code puts there. Without it a span has the error's type alone. Errors of this package are
   * always recorded: they contain no secret. Default: false.
   */
  recordExceptions?: boolean;
}

/**
 * Makes spans and metrics of all clients and webhook middleware in this process, whether they exist
 * already or not. Create one, and pass it to the SDK or to `registerInstrumentations`; without
 * either it uses the global providers.
 *
 * Spans: `connect` for each attempt, `publish`, `direct` and `broadcast` (PRODUCER), requests
 * (CLIENT), `process` for handled events (CONSUMER), `webhook` (CONSUMER). Attributes follow the
 * semantic conventions for messaging and HTTP. They contain no payload, no token and no header.
 *
 * @example
 * const realtimeInstrumentation = new RealtimeInstrumentation({ handle: 'batch' });
 */
export class RealtimeInstrumentation {
  /**
   * @throws TypeError for an unknown value of `config.handle`
   */
  constructor(config?: RealtimeInstrumentationConfig);
  readonly instrumentationName: string;
  readonly instrumentationVersion: string;
  /** Observes again after {@link disable}. */
  enable(): void;
  /** Stops spans and metrics. Clients then run as if there had been no instrumentation. */
  disable(): void;
  /** Uses this provider for new spans, in place of the global one. */
  setTracerProvider(provider: TracerProvider): void;
  /** Uses this provider for metrics, in place of the global one. */
  setMeterProvider(provider: MeterProvider): void;
  /** Returns a copy of the configuration, with all defaults. */
  getConfig(): RealtimeInstrumentationConfig;
  /** Replaces the configuration. */
  setConfig(config: RealtimeInstrumentationConfig): void;
}

/**
 * Returns the context of the span that produced an event, for code that receives events without a
 * listener of this package: a verified webhook, a queue behind your handlers. It is the root
 * context if the event names no producer.
 *
 * @example
 * const { event } = receiver.verify(rawBody, headers);
 * const link = trace.getSpanContext(contextOf(event));
 */
export function contextOf(event: Pick<RealtimeEvent, 'metadata'>): Context;
