/**
 * The attributes of each kind of span, and their names. Names outside of `realtime.` are those of
 * OpenTelemetry's semantic conventions, version 1.45.
 *
 * Payloads, headers, tokens and queries of URLs are in none of them.
 */

import { SpanKind } from '@opentelemetry/api';
import { own } from '../own.js';

/** @import { Attributes } from '@opentelemetry/api' */
/** @import { ConnectTrace, HandleTrace, PublishTrace, RequestTrace, WebhookTrace } from '../../types/tracing.js' */
/** @import { BatchTrace, Kind } from '../tracing/observer.js' */

/** The value of `messaging.system`. */
const SYSTEM = 'smarterservices_realtime';
/** The topic of direct messages. */
const DIRECT = 'direct';

/**
 * What a span begins with.
 *
 * @typedef {{ name: string, kind: SpanKind, attributes: Attributes }} Beginning
 */

/** @param {{ serverAddress: string, serverPort: number }} context @returns {Attributes} */
function serverAttributes({ serverAddress, serverPort }) {
  return { 'server.address': serverAddress, 'server.port': serverPort };
}

/**
 * @param {string} name of the operation
 * @param {'send' | 'process'} type
 * @returns {Attributes}
 */
function messagingAttributes(name, type) {
  return { 'messaging.system': SYSTEM, 'messaging.operation.name': name, 'messaging.operation.type': type };
}

/** @param {object} event @returns {Attributes} */
function eventAttributes(event) {
  return {
    'messaging.destination.name': text(own(event, 'topic')),
    'messaging.message.id': text(own(event, 'id')),
    'realtime.event.type': text(own(event, 'type')),
    'realtime.event.source': text(own(event, 'source')),
  };
}

/**
 * The server may send a value of any type.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
function text(value) {
  return typeof value === 'string' ? value : undefined;
}

/** @type {Record<Kind, (context: any) => Beginning>} */
const BEGINNINGS = {
  connect: (/** @type {ConnectTrace} */ context) => ({
    name: 'connect',
    kind: SpanKind.CLIENT,
    attributes: {
      ...serverAttributes(context),
      'realtime.connect.attempt': context.attempt,
      'realtime.connect.delay': context.delay,
    },
  }),
  publish: (/** @type {PublishTrace} */ context) => {
    const destination = context.channel ?? DIRECT;
    return {
      name: context.operation === 'direct' ? 'direct' : `${context.operation} ${destination}`,
      kind: SpanKind.PRODUCER,
      attributes: {
        ...serverAttributes(context),
        ...messagingAttributes(context.operation, 'send'),
        'messaging.destination.name': destination,
        'messaging.message.id': context.id,
        'realtime.event.type': context.event,
      },
    };
  },
  request: (/** @type {RequestTrace} */ context) => ({
    name: `${context.method} ${context.template}`,
    kind: SpanKind.CLIENT,
    attributes: {
      ...serverAttributes(context),
      'http.request.method': context.method,
      'url.path': context.path,
      'url.template': context.template,
    },
  }),
  handle: (/** @type {HandleTrace} */ context) => ({
    name: `process ${context.event.topic}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      ...serverAttributes(context),
      ...messagingAttributes('process', 'process'),
      ...eventAttributes(context.event),
    },
  }),
  batch: (/** @type {BatchTrace} */ context) => ({
    name: 'process',
    kind: SpanKind.CONSUMER,
    attributes: { ...serverAttributes(context), ...messagingAttributes('process', 'process') },
  }),
  webhook: () => ({
    name: 'webhook',
    kind: SpanKind.CONSUMER,
    attributes: messagingAttributes('webhook', 'process'),
  }),
};

/**
 * What is known when an operation ends.
 *
 * @type {Record<Kind, (context: any) => Attributes>}
 */
const ENDS = {
  connect: (/** @type {ConnectTrace} */ { outcome, transport, recovered }) => ({
    'realtime.connect.outcome': outcome,
    'realtime.connect.recovered': recovered,
    'realtime.transport': transport,
  }),
  publish: (/** @type {PublishTrace} */ { dropped }) => ({ 'realtime.message.dropped': dropped }),
  request: (/** @type {RequestTrace} */ { status }) => ({ 'http.response.status_code': status }),
  handle: () => ({}),
  batch: (/** @type {BatchTrace} */ { count }) => ({ 'messaging.batch.message_count': count }),
  webhook: (/** @type {WebhookTrace} */ context) => ({
    ...(context.event && eventAttributes(context.event)),
    'http.response.status_code': context.status,
    'realtime.webhook.id': context.id,
    'realtime.webhook.scheme': context.scheme,
    'realtime.webhook.attempt': context.attempt,
  }),
};

export { BEGINNINGS, ENDS, SYSTEM, serverAttributes };
