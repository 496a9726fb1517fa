/**
 * The entry `@smarterservices/realtime/opentelemetry`: spans and metrics. It imports nothing but
 * `@opentelemetry/api`, and meets the clients of the process in `tracing/seam.js`. Its types are in
 * `opentelemetry.d.ts`.
 */

export { RealtimeInstrumentation } from './instrumentation.js';
export { contextOf } from './trace-context.js';
