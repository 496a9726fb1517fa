/**
 * W3C Trace Context that a publisher sends along with a message or a document write, in the member
 * `metadata`. The event carries it on. Everything else that a client puts there is left out: the
 * rest of an event's metadata is the platform's.
 */

import { isObject, memberOf } from './json.js';
import { LIMITS } from './vocabulary.js';

/** A later version may add members behind a dash. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x21-\x7e]*)?$/;
const TRACESTATE = /^[\x20-\x7e]+$/;

/**
 * @param {unknown} request
 * @returns {{ traceparent?: string, tracestate?: string }}
 */
export function traceOf(request) {
  const metadata = isObject(request) ? memberOf(request, 'metadata') : undefined;
  if (!isObject(metadata)) return {};
  const traceparent = memberOf(metadata, 'traceparent');
  const tracestate = memberOf(metadata, 'tracestate');
  if (!isText(traceparent, TRACEPARENT)) return {};
  return isText(tracestate, TRACESTATE) ? { traceparent, tracestate } : { traceparent };
}

/** @param {unknown} value @param {RegExp} form @returns {value is string} */
const isText = (value, form) =>
  typeof value === 'string' && value.length <= LIMITS.traceContextLength && form.test(value);
