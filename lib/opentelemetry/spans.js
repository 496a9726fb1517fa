/**
 * Spans of operations. A span that handles an event is linked to the span that produced it. It has
 * no parent unless the application wants that: the context in which a client happens to receive is
 * the one in which it was created, which may have been any request.
 */

import { context as active, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { own } from '../own.js';
import { BEGINNINGS, ENDS } from './attributes.js';
import { contextOf, metadataOf, producerOf } from './trace-context.js';

/** @import { Context, Link, Span, Tracer } from '@opentelemetry/api' */
/** @import { Contexts, Kind, Messages, Operation } from '../tracing/observer.js' */
/** @import { RealtimeInstrumentationConfig } from '../../opentelemetry.js' */

/** Operations that the application's own code begins. */
const OF_THE_CALLER = new Set(/** @type {Kind[]} */ (['publish', 'request', 'webhook']));

/** Names of the errors whose texts this package wrote. */
const OWN_ERRORS = new Set(['RealtimeError', 'WebhookVerificationError']);

/** @implements {Operation} */
class SpanOperation {
  #kind;
  #context;
  #span;
  #parent;
  #recordsExceptions;

  /**
   * @param {Kind} kind
   * @param {any} context
   * @param {Span} span
   * @param {Context} parent
   * @param {boolean} recordsExceptions
   */
  constructor(kind, context, span, parent, recordsExceptions) {
    this.#kind = kind;
    this.#context = context;
    this.#span = span;
    this.#parent = parent;
    this.#recordsExceptions = recordsExceptions;
  }

  /**
   * @template Result
   * @param {() => Result} body
   * @returns {Result}
   */
  run(body) {
    return active.with(trace.setSpan(this.#parent, this.#span), body);
  }

  /** @param {object} event */
  add(event) {
    this.#span.addLinks(linksTo(event));
  }

  end() {
    const span = this.#span;
    const context = this.#context;
    span.setAttributes(ENDS[this.#kind](context));
    // A delivery names its producer once it is verified.
    if (this.#kind === 'webhook' && context.event !== undefined) {
      span.updateName(`webhook ${context.event.topic}`);
      span.addLinks(linksTo(context.event));
    }
    if (Object.hasOwn(context, 'error')) fail(span, context, this.#recordsExceptions);
    span.end();
  }
}

class Spans {
  #tracer;
  #config;

  /** @param {Tracer} tracer @param {Required<RealtimeInstrumentationConfig>} config */
  constructor(tracer, config) {
    this.#tracer = tracer;
    this.#config = config;
  }

  /** @param {Kind | keyof Messages} kind */
  wants(kind) {
    const { handle } = this.#config;
    if (kind === 'handle') return handle === 'event';
    if (kind === 'batch') return handle === 'batch';
    return kind in BEGINNINGS;
  }

  /**
   * @template {Kind} Name
   * @param {Name} kind
   * @param {Contexts[Name]} context
   */
  begin(kind, context) {
    const { name, kind: spanKind, attributes } = BEGINNINGS[kind](context);
    const event = kind === 'handle' ? /** @type {Contexts['handle']} */ (context).event : undefined;
    const links = event === undefined ? undefined : linksTo(event);
    const parent = this.#parentOf(kind, event);
    const span = this.#tracer.startSpan(name, { kind: spanKind, attributes, links }, parent);
    if (this.#config.propagate && (kind === 'publish' || kind === 'request')) {
      const carrier = /** @type {Contexts['publish']} */ (context);
      carrier.metadata = { ...carrier.metadata, ...metadataOf(span.spanContext()) };
    }
    return new SpanOperation(kind, context, span, parent, this.#config.recordExceptions);
  }

  /** @param {Kind} kind @param {object} [event] @returns {Context} */
  #parentOf(kind, event) {
    if (OF_THE_CALLER.has(kind)) return active.active();
    return this.#config.continueTrace && event !== undefined ? contextOf(event) : ROOT_CONTEXT;
  }
}

/** @param {object} event @returns {Link[]} */
function linksTo(event) {
  const producer = producerOf(event);
  if (producer === undefined) return [];
  const id = own(event, 'id');
  return [{ context: producer, attributes: typeof id === 'string' ? { 'messaging.message.id': id } : {} }];
}

/**
 * @param {Span} span
 * @param {{ error?: unknown, status?: number }} context
 * @param {boolean} recordsExceptions
 */
function fail(span, { error, status }, recordsExceptions) {
  const isError = error instanceof Error;
  const code = own(error, 'code');
  const type = isError && typeof code === 'string' ? code : isError ? error.name : '_OTHER';
  span.setAttribute('error.type', status !== undefined && status >= 400 ? String(status) : type);
  // The errors of this package are free of secrets. Others may hold whatever the application had
  // at hand.
  const isKnown = isError && OWN_ERRORS.has(error.name);
  if (isError && (isKnown || recordsExceptions)) span.recordException(error);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: isKnown || (isError && recordsExceptions) ? error.message : type,
  });
}

export { Spans };
