/** The instruments: name, unit, and how each reads the statistics of a client. */

import { own } from '../own.js';

/** @import { Attributes } from '@opentelemetry/api' */
/** @import { RealtimeStats } from '../../index.js' */

/** @typedef {{ stats: RealtimeStats, state: string }} Reading */
/** A value, and the attributes that it has besides those of the server. @typedef {{ value: number, of?: Attributes }} Value */
/**
 * @typedef {object} Instrument
 * @property {'createObservableCounter' | 'createObservableUpDownCounter' | 'createObservableGauge'} kind
 * @property {string} name
 * @property {string} unit
 * @property {string} description
 * @property {(reading: Reading) => Value[]} read nothing where the client has no such figure
 */

const COUNTER = 'createObservableCounter';
const UP_DOWN = 'createObservableUpDownCounter';
const GAUGE = 'createObservableGauge';

/** Reasons of drops, by the statistic that counts them. */
const DROPS = {
  droppedRepeats: 'repeat',
  droppedUnwanted: 'unwanted',
  droppedOverflow: 'overflow',
  droppedDiscarded: 'discarded',
};
const QUANTILES = ['p50', 'p99', 'max'];

/**
 * @param {string} name of the statistic
 * @param {Attributes} [of]
 * @returns {Instrument['read']}
 */
function figure(name, of) {
  return ({ stats }) => {
    const value = own(stats, name);
    return typeof value === 'number' ? [{ value, of }] : [];
  };
}

/**
 * A distribution in milliseconds, as quantiles in seconds.
 *
 * @param {string} name of the statistic
 * @returns {Instrument['read']}
 */
function quantiles(name) {
  return ({ stats }) => {
    const distribution = own(stats, name);
    return QUANTILES.filter((quantile) => typeof own(distribution, quantile) === 'number').map((quantile) => ({
      value: distribution[quantile] / 1000,
      of: { 'realtime.quantile': quantile },
    }));
  };
}

/** @type {readonly Instrument[]} */
const INSTRUMENTS = [
  {
    kind: COUNTER,
    name: 'messaging.client.consumed.messages',
    unit: '{message}',
    description: 'Events that reached the application.',
    read: figure('eventsDelivered', { 'messaging.operation.name': 'process' }),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.events.received',
    unit: '{event}',
    description: 'Events that the server sent.',
    read: figure('eventsReceived'),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.events.dropped',
    unit: '{event}',
    description: 'Events that the client dropped, by reason.',
    read: (reading) =>
      Object.entries(DROPS).flatMap(([name, reason]) => figure(name, { 'realtime.drop.reason': reason })(reading)),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.gaps',
    unit: '{gap}',
    description: 'Times for which events may be missing.',
    read: figure('gaps'),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.errors',
    unit: '{error}',
    description: "Errors reported to 'error' listeners, by code.",
    read: ({ stats }) =>
      Object.entries(own(stats, 'errors') ?? {}).map(([code, value]) => ({ value, of: { 'error.type': code } })),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.reconnects',
    unit: '{connection}',
    description: 'Connections after the first one.',
    read: figure('reconnects'),
  },
  {
    kind: COUNTER,
    name: 'realtime.client.io',
    unit: 'By',
    description: 'Bytes received and sent.',
    read: (reading) => [
      ...figure('bytesReceived', { 'network.io.direction': 'receive' })(reading),
      ...figure('bytesSent', { 'network.io.direction': 'transmit' })(reading),
    ],
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.connections',
    unit: '{connection}',
    description: 'Clients, by the state of their connection.',
    read: ({ state }) => [{ value: 1, of: { 'realtime.connection.state': state } }],
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.subscriptions',
    unit: '{subscription}',
    description: 'Live subscriptions.',
    read: figure('subscriptions'),
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.inbox.events',
    unit: '{event}',
    description: 'Events that wait for their handlers.',
    read: figure('inboxEvents'),
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.inbox.size',
    unit: 'By',
    description: 'Size of the events that wait for their handlers.',
    read: figure('inboxBytes'),
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.outbox.messages',
    unit: '{message}',
    description: 'Messages that wait to be sent, or that may have to be sent again.',
    read: figure('outboxMessages'),
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.outbox.size',
    unit: 'By',
    description: 'Size of these messages.',
    read: figure('outboxBytes'),
  },
  {
    kind: UP_DOWN,
    name: 'realtime.client.pending_acks',
    unit: '{message}',
    description: 'Messages that the server has not acknowledged yet.',
    read: figure('pendingAcks'),
  },
  {
    kind: GAUGE,
    name: 'realtime.client.round_trip',
    unit: 's',
    description: "Time from a ping to the server's answer, of the slowest client.",
    read: quantiles('roundTrip'),
  },
  {
    kind: GAUGE,
    name: 'realtime.client.event.age',
    unit: 's',
    description: 'Age of events on arrival, of the slowest client.',
    read: quantiles('eventAge'),
  },
];

export { INSTRUMENTS };
