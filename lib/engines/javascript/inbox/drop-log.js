/** The events that were dropped, and those of them that the user was not told of yet. */

/**
 * While events are dropped without end, the user hears of them this often, provided that handlers
 * take anything at all.
 */
const REPORT_INTERVAL = 10_000;
/** A set that would hold more topics than this holds all topics. */
const MAX_TOPICS = 1024;

/** Dropped events that the user has not been told of. */
class Missed {
  count = 0;
  #isOfAllTopics = false;
  /** @type {Set<string>} */
  #topics = new Set();

  /** @param {number} since @param {number} now */
  constructor(since, now) {
    /** Delivery watermark: no event sent before this instant is among them. */
    this.since = since;
    this.until = now;
    /** When the first of them was dropped. */
    this.began = now;
  }

  /** @param {string} topic @param {number} since @param {number} now */
  add(topic, since, now) {
    this.count += 1;
    this.since = Math.min(this.since, since);
    this.until = Math.max(this.until, now);
    if (!this.#isOfAllTopics) this.#topics.add(topic);
    if (this.#topics.size <= MAX_TOPICS) return;
    this.#isOfAllTopics = true;
    this.#topics.clear();
  }

  /** Whether events of a topic are among them. @param {string} topic */
  concerns(topic) {
    return this.#isOfAllTopics || this.#topics.has(topic);
  }
}

/** Counts what a policy drops, and keeps it until it is reported. */
class DropLog {
  dropped = 0;
  /** @type {Missed | undefined} */
  #unreported;
  /**
   * Whether an item was taken since the latest report. Otherwise another report would only wait
   * behind that one.
   */
  #isReportTaken = true;

  /** Whether the user knows of every dropped event. */
  get isReported() {
    return this.#unreported === undefined;
  }

  /**
   * Notes an event that was dropped at `now`; every event sent before `since` was kept.
   *
   * @param {string} topic
   * @param {number} since
   * @param {number} now
   */
  note(topic, since, now) {
    this.dropped += 1;
    this.#unreported ??= new Missed(since, now);
    this.#unreported.add(topic, since, now);
  }

  handleDrain() {
    this.#isReportTaken = true;
  }

  /** Every event is dropped until `now`, not only the events that were noted. @param {number} now */
  extendUntil(now) {
    if (this.#unreported !== undefined) this.#unreported.until = now;
  }

  /**
   * What the user has to be told, if the time has come: there is room again, or events have been
   * dropped for {@link REPORT_INTERVAL}.
   *
   * @param {number} now
   * @param {boolean} hasRoom
   */
  takeReport(now, hasRoom) {
    const missed = this.#unreported;
    if (missed === undefined) return undefined;
    if (!hasRoom && !(this.#isReportTaken && now - missed.began >= REPORT_INTERVAL)) return undefined;
    this.#isReportTaken = false;
    this.#unreported = undefined;
    return missed;
  }
}

export { DropLog, MAX_TOPICS };
