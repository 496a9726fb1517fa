/** Which figure becomes which metric. Prometheus counts in seconds and bytes. */

/** @import { Distribution, RealtimeStats } from '../../index.js' */
/** @import { Measured } from '../../prometheus.js' */
/** @import { Labels, Sample } from './exposition.js' */

/**
 * One metric. `samples` returns those of one client: a number, or one for each value of a label.
 *
 * @typedef {object} Metric
 * @property {string} name
 * @property {'counter' | 'gauge' | 'histogram'} type
 * @property {string} help
 * @property {(stats: RealtimeStats, client: Measured) => Sample[]} samples
 */

/** @type {Metric[]} */
const METRICS = [
  gauge('connected', 'Whether the client is connected.', (_, { connected }) => one(Number(connected))),
  gauge('transport', 'Transport of the current connection.', ({ transport }) =>
    ['websocket', 'polling'].map((name) => of({ transport: name }, Number(name === transport))),
  ),
  counter('events_received_total', 'Events that the server sent.', ({ eventsReceived }) => one(eventsReceived)),
  counter('events_delivered_total', 'Events that reached JavaScript.', ({ eventsDelivered }) => one(eventsDelivered)),
  counter('events_dropped_total', 'Events that did not reach the handlers.', (stats) => [
    of({ reason: 'repeat' }, stats.droppedRepeats),
    of({ reason: 'unwanted' }, stats.droppedUnwanted),
    of({ reason: 'overflow' }, stats.droppedOverflow),
    of({ reason: 'discarded' }, stats.droppedDiscarded),
  ]),
  counter('gaps_total', 'Gaps: times for which events may be missing.', ({ gaps }) => one(gaps)),
  counter('errors_total', 'Errors reported to error listeners.', ({ errors }) =>
    Object.entries(errors).map(([code, count]) => of({ code }, count)),
  ),
  counter('reconnects_total', 'Connections after a lost one.', ({ reconnects }) => one(reconnects)),
  counter('received_bytes_total', 'Bytes of frames received.', ({ bytesReceived }) => one(bytesReceived)),
  counter('sent_bytes_total', 'Bytes of frames sent.', ({ bytesSent }) => one(bytesSent)),
  gauge('inbox_events', 'Events that wait for handlers.', ({ inboxEvents }) => one(inboxEvents)),
  gauge('inbox_bytes', 'Size of the events that wait for handlers.', ({ inboxBytes }) => one(inboxBytes)),
  gauge('outbox_messages', 'Messages that wait for a connection.', ({ outboxMessages }) => one(outboxMessages)),
  gauge('outbox_bytes', 'Size of the messages that wait.', ({ outboxBytes }) => one(outboxBytes)),
  gauge('subscriptions', 'Live subscriptions.', ({ subscriptions }) => one(subscriptions)),
  gauge('pending_acks', 'Messages not acknowledged yet.', ({ pendingAcks }) => one(pendingAcks)),
  histogram('round_trip_seconds', 'From a ping or request to its answer.', ({ roundTrip }) => roundTrip),
  histogram('event_age_seconds', 'From the timestamp of an event to its arrival.', ({ eventAge }) => eventAge),
  gauge('clock_offset_seconds', "The server's clock minus that of this machine.", ({ clockOffset }) =>
    clockOffset ? one(clockOffset.offset / 1000) : [],
  ),
  gauge('clock_offset_error_seconds', 'How far the truth can be from the offset.', ({ clockOffset }) =>
    clockOffset ? one(clockOffset.error / 1000) : [],
  ),
  counter('topic_events_total', 'Events of the first topics, by topic.', ({ topics = [] }) =>
    topics.map(({ topic, events }) => of({ topic }, events)),
  ),
  // A label value would be a topic's name, and the server chooses those.
  counter('other_topics_events_total', 'Events of all other topics.', ({ otherTopics }) =>
    otherTopics === undefined ? [] : one(otherTopics),
  ),
];

/**
 * @param {string} name
 * @param {string} help
 * @param {Metric['samples']} samples
 * @returns {Metric}
 */
function counter(name, help, samples) {
  return { name, type: 'counter', help, samples };
}

/**
 * @param {string} name
 * @param {string} help
 * @param {Metric['samples']} samples
 * @returns {Metric}
 */
function gauge(name, help, samples) {
  return { name, type: 'gauge', help, samples };
}

/**
 * @param {string} name
 * @param {string} help
 * @param {(stats: RealtimeStats) => Distribution | undefined} distributionIn
 * @returns {Metric}
 */
function histogram(name, help, distributionIn) {
  return {
    name,
    type: 'histogram',
    help,
    samples(stats) {
      const distribution = distributionIn(stats);
      if (distribution === undefined) return [];
      const { buckets, count, sum } = distribution;
      return [
        ...buckets.map((bucket) => inBucket(seconds(bucket.le), bucket.count)),
        inBucket('+Inf', count),
        { labels: {}, value: sum / 1000, suffix: '_sum' },
        { labels: {}, value: count, suffix: '_count' },
      ];
    },
  };
}

/** @param {string} le @param {number} value @returns {Sample} */
function inBucket(le, value) {
  return { labels: { le }, value, suffix: '_bucket' };
}

/** A bound is a whole number of microseconds. @param {number} milliseconds */
function seconds(milliseconds) {
  return String(Math.round(milliseconds * 1000) / 1e6);
}

/** @param {number} value */
function one(value) {
  return [of({}, value)];
}

/** @param {Labels} labels @param {number} value @returns {Sample} */
function of(labels, value) {
  return { labels, value };
}

export { METRICS };
