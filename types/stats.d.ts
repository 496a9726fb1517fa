import type { RealtimeClient } from './client.js';
import type { RealtimeErrorCode } from './errors.js';
import type { GapEvent } from './events.js';
import type { InboxOptions, StatsOptions } from './options.js';

/**
 * Counters of one client since its construction, and the current sizes of its queues.
 * `docs/metrics.md` says how to alert on each figure.
 *
 * No event is lost silently: `eventsReceived` is the sum of `eventsDelivered`, the `dropped*`
 * figures and `inboxEvents`. An event that cannot be read counts in `errors` as `INVALID_EVENT`.
 */
export interface RealtimeStats {
  /** Events that the server sent. */
  eventsReceived: number;
  /** Events that reached JavaScript. */
  eventsDelivered: number;
  /** Events dropped as duplicates, by their ID. */
  droppedRepeats: number;
  /** Events dropped because no subscription or no listener wanted them. */
  droppedUnwanted: number;
  /** Events dropped because the handlers were too slow, see {@link InboxOptions.overflow}. */
  droppedOverflow: number;
  /**
   * Events, and states of watched documents, dropped because they did not fit their schemas. The
   * client emits an error `PAYLOAD_INVALID` for each.
   */
  droppedInvalid: number;
  /** Events that waited for handlers when you called `disconnect()` or `destroy()`. */
  droppedDiscarded: number;
  /** Gaps reported: times for which events may be missing, see {@link GapEvent}. */
  gaps: number;
  /**
   * Errors that the client has reported to `'error'` listeners, by code. Codes that have not
   * occurred are absent. An error that rejects a promise you await is not counted here.
   */
  errors: Partial<Record<RealtimeErrorCode, number>>;
  /** Connections after the first one of each {@link RealtimeClient.connect}. */
  reconnects: number;
  /** Browsers do not tell the size of a text: there its characters are counted. */
  bytesReceived: number;
  bytesSent: number;
  /** Events in the inbox now. */
  inboxEvents: number;
  /** Their size in bytes. */
  inboxBytes: number;
  /** Messages that wait for a connection now, or for their answers if sent with `retry`. */
  outboxMessages: number;
  /** Their size in bytes. */
  outboxBytes: number;
  /** Live subscriptions. */
  subscriptions: number;
  /** Messages that the server has not acknowledged yet. */
  pendingAcks: number;
  /** Transport of the current connection, or null without one. */
  transport: 'websocket' | 'polling' | null;
  /**
   * Milliseconds from a ping or request of the client to the server's answer. Absent without
   * {@link StatsOptions.latency}, and until the first answer.
   */
  roundTrip?: Distribution;
  /**
   * How far the server's clock is ahead of this machine's. Absent without
   * {@link StatsOptions.latency}, and while the server has sent no timestamp with an answer.
   */
  clockOffset?: ClockOffset;
  /**
   * Milliseconds from an event's `metadata.timestamp` to its arrival, corrected by `clockOffset`
   * where that is known. It samples at most one event per millisecond. Absent without
   * {@link StatsOptions.latency}, and until the first event with a timestamp.
   */
  eventAge?: Distribution;
  /**
   * Events that were wanted and no duplicates, by topic, the most frequent topic first: of the
   * first 100 topics. Absent without {@link StatsOptions.topics}.
   */
  topics?: TopicCount[];
  /** Such events of all other topics. Absent without {@link StatsOptions.topics}. */
  otherTopics?: number;
}

/**
 * How a figure is distributed, in milliseconds. The engine keeps a histogram of fixed size, so
 * `p50`, `p99` and `buckets` are exact to 3.2 %.
 */
export interface Distribution {
  /** How many values were recorded. */
  count: number;
  /** Their sum. */
  sum: number;
  /** Median: half of the values are at most this. */
  p50: number;
  /** 99 of 100 values are at most this. */
  p99: number;
  /** The largest value. */
  max: number;
  /**
   * For each of a fixed list of bounds, from 0.128 ms to 134 s: how many values are at most `le`
   * milliseconds. The counts are cumulative, as in Prometheus.
   */
  buckets: { le: number; count: number }[];
}

/** An estimate of the difference of two clocks, in milliseconds. */
export interface ClockOffset {
  /** The server's clock minus this machine's: positive when the server is ahead. */
  offset: number;
  /**
   * How far the truth can be from `offset`: half of the shortest round trip, the resolution of the
   * clocks (0.5 ms, or 2 ms with the JavaScript engine), and 0.05 ms for each second since that
   * round trip.
   */
  error: number;
}

/** The events of one topic. */
export interface TopicCount {
  topic: string;
  events: number;
}
