/**
 * W3C Trace Context in the metadata of events: `traceparent` and `tracestate`. The format is fixed,
 * whatever propagator the application uses for HTTP: receivers may be programs of others.
 */

import { createTraceState, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { own } from '../own.js';

/** @import { Context, SpanContext } from '@opentelemetry/api' */

/** A later version may add members behind a dash; version 0 has none. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
/** Longer ones are dropped, as W3C allows. */
const MAX_TRACESTATE = 512;

/**
 * The metadata with which a span travels.
 *
 * @param {SpanContext} span
 * @returns {Record<string, string>}
 */
function metadataOf({ traceId, spanId, traceFlags, traceState }) {
  const flags = traceFlags.toString(16).padStart(2, '0');
  const state = traceState?.serialize();
  const traceparent = `00-${traceId}-${spanId}-${flags}`;
  return state && state.length <= MAX_TRACESTATE ? { traceparent, tracestate: state } : { traceparent };
}

/**
 * The span that produced an event.
 *
 * @param {unknown} event
 * @returns {SpanContext | undefined} undefined where the event names none, or none that is valid
 */
function producerOf(event) {
  const metadata = own(event, 'metadata');
  const traceparent = own(metadata, 'traceparent');
  const [, version, traceId, spanId, flags, more] =
    (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  /** @type {SpanContext} */
  const producer = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  const tracestate = own(metadata, 'tracestate');
  if (typeof tracestate === 'string' && tracestate.length <= MAX_TRACESTATE)
    producer.traceState = createTraceState(tracestate);
  return isSpanContextValid(producer) ? producer : undefined;
}

/** @param {unknown} event @returns {Context} */
function contextOf(event) {
  const producer = producerOf(event);
  return producer === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, producer);
}

export { contextOf, metadataOf, producerOf };
