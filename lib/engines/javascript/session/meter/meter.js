/**
 * The meter: what a session measures if the user wants it: round trips, the server's clock, the age
 * of events, and events by topic.
 *
 * A session without a meter looks once per event whether there is one. With a meter, the age is
 * that of at most one event in a millisecond. `src/session/meter/` is the same machine, and says
 * why.
 *
 * These modules import nothing from elsewhere. A module that they shared with the first file of the
 * package would move into a chunk of its own, which every program then had to load.
 */

import { Histogram } from './histogram.js';
import { RoundTrips } from './round-trips.js';
import { ServerClock } from './server-clock.js';
import { memberOf, timestampIn } from './timestamp.js';
import { TopicCounts } from './topics.js';

/** @import { RealtimeStats } from '../../../../../index.js' */
/** @import { EngineConfig, Event } from '../../../engine.js' */
/** @import { Link } from '../link.js' */
/** @import { Session } from '../session.js' */
/** @import { PingKind } from '../machines/peer.js' */

/** The shortest time between two events whose age is measured, in milliseconds. */
const AGE_INTERVAL = 1;
/** What the clock on the wall cuts off, on average, in milliseconds. */
const CUT_OFF = 0.5;
/** How coarse the other clock may be: browsers round it, so that no page can spy with it. */
const COARSENESS = 1;

class Meter {
  #clocks;
  /** @type {Latency | undefined} */
  latency;
  /** @type {TopicCounts | undefined} */
  topics;

  /**
   * @param {NonNullable<EngineConfig['stats']>} measure
   * @param {(at: number) => number} unixTime converts an instant of the session's clock
   * @param {{ now: () => number, unix: () => number }} clocks the session's, and that on the wall
   */
  constructor({ latency, topics }, unixTime, clocks) {
    this.#clocks = clocks;
    if (latency) this.latency = new Latency(unixTime);
    if (topics) this.topics = new TopicCounts();
  }

  /** A link has opened. @param {number} now */
  handleOpen(now) {
    this.latency?.roundTrips.handleOpen(now);
  }

  /** The session reads the link again. @param {number} now */
  handleResume(now) {
    this.latency?.roundTrips.handleResume(now);
  }

  /**
   * A ping is sent, if there is one.
   *
   * @param {number} now
   * @param {PingKind} [kind]
   */
  handlePing(now, kind) {
    if (kind === 'control') this.latency?.roundTrips.handlePing(now);
  }

  /**
   * The peer has answered `count` control pings on this link.
   *
   * @param {number} now
   * @param {number} count
   */
  handlePongs(now, count) {
    const duration = this.latency?.roundTrips.handlePongs(now, count);
    if (duration !== undefined) this.latency?.roundTrip.record(duration);
  }

  /**
   * The server has answered the application ping of that instant, if that is known.
   *
   * @param {number} now
   * @param {number | undefined} sent
   * @param {unknown} pong perhaps with the server's time
   */
  handlePong(now, sent, pong) {
    if (sent !== undefined) this.latency?.handleAnswer(now, sent, timestampIn(pong));
  }

  /**
   * A frame is sent: the latest request is on its way.
   *
   * @param {number} now
   * @param {Link} link
   */
  handleFrame(now, { acks }) {
    this.latency?.roundTrips.handleFrame(now, acks.nextId);
  }

  /**
   * The server has answered a request.
   *
   * @param {number} now
   * @param {number} id
   * @param {unknown} answer
   */
  handleAnswer(now, id, answer) {
    const sent = this.latency?.roundTrips.handleAnswer(id);
    if (sent !== undefined) this.latency?.handleAnswer(now, sent, timestampIn(answer));
  }

  /** The user gets an event. @param {number} now @param {Event} event */
  handleEvent(now, event) {
    this.topics?.record(event.topic);
    this.latency?.handleEvent(now, event);
  }

  /** What was measured, but for the clock on the wall. @param {number} now */
  measured(now) {
    const { latency, topics } = this;
    return {
      roundTrip: latency?.roundTrip.distribution(),
      serverTime: latency?.serverClock.time(now),
      eventAge: latency?.age.distribution(),
      topics: topics?.counts(),
      otherTopics: topics?.other,
    };
  }

  /**
   * What was measured.
   *
   * @returns {Pick<RealtimeStats, 'roundTrip' | 'clockOffset' | 'eventAge' | 'topics' | 'otherTopics'>}
   */
  stats() {
    const { now, unix } = this.#clocks;
    // The thread may lose its processor between two readings.
    const before = now();
    const local = unix();
    const pause = (now() - before) / 2;
    const { serverTime, ...measured } = this.measured(before + pause);
    const clockOffset = serverTime && {
      offset: serverTime.unix - local - CUT_OFF,
      error: serverTime.error + CUT_OFF + COARSENESS + pause,
    };
    const figures = Object.entries({ ...measured, clockOffset }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(figures);
  }
}

class Latency {
  roundTrips = new RoundTrips();
  roundTrip = new Histogram();
  serverClock = new ServerClock();
  age = new Histogram();
  #unixTime;
  /** When the age of an event was measured last. */
  #agedAt = -Infinity;

  /** @param {(at: number) => number} unixTime */
  constructor(unixTime) {
    this.#unixTime = unixTime;
  }

  /** @param {number} now @param {number} sent @param {number | undefined} timestamp */
  handleAnswer(now, sent, timestamp) {
    const duration = this.roundTrips.duration(sent, now);
    if (duration === undefined) return;
    this.roundTrip.record(duration);
    if (timestamp !== undefined) this.serverClock.handleTimestamp(sent, now, timestamp);
  }

  /** @param {number} now @param {Event} event */
  handleEvent(now, event) {
    if (now - this.#agedAt < AGE_INTERVAL) return;
    this.#agedAt = now;
    const timestamp = timestampIn(memberOf(event, 'metadata'));
    if (timestamp !== undefined) this.age.record((this.serverClock.time(now)?.unix ?? this.#unixTime(now)) - timestamp);
  }
}

/**
 * Gives a session its meter.
 *
 * @param {EngineConfig} config
 * @param {{ unix: () => number }} deps
 * @param {{ session: Session, now: () => number }} driver
 */
function attach({ stats }, { unix }, { session, now }) {
  if (!stats) return;
  session.meter = new Meter(stats, session.config.unixTime, { now, unix });
  const { link } = session;
  if (link !== undefined) session.meter.latency?.roundTrips.beginLate(link.acks.nextId);
}

export { attach, Meter };
