/**
 * An announced revision: it is said to exist, but no read has shown it yet. Decides when to read
 * again, when the reads count instead, and when to stop waiting. It is pure: the time is an
 * argument, in milliseconds.
 *
 * An event may announce a revision that never existed, and a read may come from a replica that lags
 * behind. The client cannot tell which of the two is wrong, so it repeats reads with growing
 * pauses. When no read has shown the revision for long, the reads count; the client repeats them a
 * while longer, in case the replica catches up.
 */

/**
 * How long the client believes in a revision that no read shows. A read that begins later counts.
 */
const TRUST_TIMEOUT = 5000;
/** The first read that counts begins within this time after it. */
const SPREAD = 1000;
/** How long reads look for such a revision. */
const SEARCH_TIMEOUT = 30_000;
/**
 * The pause after the n-th read without the revision: a random part of this, doubled n times, up to
 * the maximum.
 */
const PAUSE = 100;
/** The same when the content is known, and only its truth is in doubt. */
const DOUBT_PAUSE = 1000;
const MAX_PAUSE = 5000;
/** The longest pause before the first read that looks into a doubt. */
const MAX_FIRST_PAUSE = 10_000;
/** The revision of a read that finds no document. */
const NO_REVISION = -1;
/** How many reads are remembered. */
const RECENT = 3;
/** The longest pause while each read shows a newer revision: the server catches up. */
const MAX_PAUSE_OF_PROGRESS = 2000;

class Announcement {
  /** The highest announced revision. 0: none. */
  revision = 0;
  #since = 0;
  #pause = DOUBT_PAUSE;
  /**
   * The revisions of the latest reads: a replica that lags behind does not undo what another one
   * has shown.
   */
  #recent = [NO_REVISION];
  /** Whether a doubt arose since the latest read began: that read cannot settle it. */
  #isFresh = false;
  /** When the latest doubt arose. */
  #doubted = -Infinity;
  /**
   * The latest revision that an event brought, and the latest one whose predecessor was brought,
   * too.
   */
  #latest = NO_REVISION;
  #followed = NO_REVISION;
  /** How many reads in a row did not show the announced revision. */
  #misses = 0;
  /**
   * How many doubts in a row were unfounded. Each doubles the pause before the read for the next
   * one.
   */
  #falseAlarms = 0;

  /** A revision exists whose content is unknown. @param {number} revision @param {number} now */
  announce(revision, now) {
    this.#raise(revision, now);
    this.#pause = PAUSE;
  }

  /** A known revision may not exist. @param {number} revision @param {number} now */
  doubt(revision, now) {
    this.#isFresh = true;
    this.#doubted = now;
    if (this.revision === 0) this.#pause = DOUBT_PAUSE;
    this.#raise(revision, now);
  }

  /**
   * An event has brought a revision. Revisions without a gap are true: late reads do not undo them.
   *
   * @param {number} revision
   */
  follow(revision) {
    if (revision === this.#latest + 1) this.#followed = revision;
    this.#latest = revision;
  }

  /** A read did not show a known revision. @param {number} revision @param {number} now */
  miss(revision, now) {
    // A miss does not prolong the search for a revision that is announced already.
    if (revision !== this.revision) this.#raise(revision, now);
  }

  /**
   * A read begins.
   *
   * @param {number} now
   * @returns {number | undefined} the lowest revision with which the read counts although it does
   *   not show the announced one; undefined while it does not count
   */
  beginRead(now) {
    this.#isFresh = false;
    if (this.revision === 0 || !this.#isOverdue(now)) return undefined;
    return this.isLast(now) ? NO_REVISION : Math.max(this.#followed, ...this.#recent);
  }

  /** Whether a read that begins now is the last one of the search. @param {number} now */
  isLast(now) {
    return this.revision > 0 && now - this.#since >= SEARCH_TIMEOUT;
  }

  /** How long the read for a doubt may wait. */
  get patience() {
    return Math.random() * Math.min(MAX_FIRST_PAUSE, DOUBT_PAUSE * 2 ** this.#falseAlarms);
  }

  /**
   * A read has shown a revision.
   *
   * @param {number} revision
   * @param {object} read
   * @param {boolean} read.agrees whether it shows the known state
   * @param {boolean} read.isGone whether there is no document, as the client knew before
   * @param {boolean} read.isLast see {@link isLast}
   * @param {boolean} read.isProgress whether it showed a newer revision
   * @param {number} now
   * @returns {number | undefined} the pause before the next read; undefined when none is needed
   */
  shown(revision, { agrees, isGone, isLast, isProgress }, now) {
    if (this.revision === 0) return undefined;
    this.#recent = [...this.#recent.slice(1 - RECENT), revision];
    // An event may have announced that the document was created again, and a replica that lags
    // behind may not know it yet.
    const isDeletion = isGone && now - this.#doubted >= TRUST_TIMEOUT;
    const isShown = agrees && !this.#isFresh && (isDeletion || revision >= this.revision);
    // Another one may have been announced since the read began.
    if (isShown || (isLast && this.isLast(now))) {
      if (isShown && this.#pause === DOUBT_PAUSE && this.#misses === 0) this.#falseAlarms += 1;
      this.#clear();
      return undefined;
    }
    this.#falseAlarms = 0;
    const longest = isProgress ? MAX_PAUSE_OF_PROGRESS : MAX_PAUSE;
    const pause = Math.random() * Math.min(longest, this.#pause * 2 ** ++this.#misses);
    // The first read that counts begins in time, but not at the same moment in all clients that the
    // event has reached.
    return this.#isOverdue(now) ? pause : Math.min(pause, this.#since + TRUST_TIMEOUT - now + Math.random() * SPREAD);
  }

  #clear() {
    this.revision = 0;
    this.#misses = 0;
  }

  /** @param {number} now */
  #isOverdue(now) {
    return now - this.#since >= TRUST_TIMEOUT;
  }

  /** @param {number} revision @param {number} now */
  #raise(revision, now) {
    // An overdue revision is hardly credible any more: a new announcement replaces it.
    if (revision <= this.revision && !this.#isOverdue(now)) return;
    this.revision = revision;
    this.#since = now;
    this.#recent = [NO_REVISION];
    this.#latest = this.#followed = NO_REVISION;
  }
}

export { Announcement, NO_REVISION };
