/**
 * The state of one live document. It is pure: it takes updates from three sources (events, reads,
 * answers to this client's own writes) in any order, and reports each change once.
 *
 * Revisions rise, and the replica ignores older updates. But a server may go back (a restored
 * backup, a platform that lost its memory), and an event may be wrong. A read proves it when the
 * read counts and shows a lower revision, or when it shows different data under the same revision.
 * Then the change says `reset`. The first read on a connection counts unless an event of the same
 * connection has brought a higher revision; a later read counts when `beginRead` got a revision
 * that is low enough.
 *
 * The replica applies the events that arrive during a read to the result of that read, so that the
 * read undoes none of them.
 *
 * An event may stem from a write of this client whose answer is still under way. The replica
 * therefore holds updates while such writes are pending: afterwards it knows which revisions are
 * this client's own.
 */

import { NO_REVISION } from './announcement.js';
import { applyMutations } from './apply-mutations.js';
import { sameJson } from './same-json.js';

/** @import { LiveChange, Mutation } from '../../index.js' */

/**
 * An event, or an answer to a write of this client.
 *
 * @typedef {object} Update
 * @property {number} revision
 * @property {unknown} [data] the whole document
 * @property {Mutation[]} [diff] turns the previous revision into this one
 * @property {boolean} [deleted]
 * @property {boolean} [isLocal] whether it is an answer to a write of this client
 */

/** @typedef {{ revision: number, data: unknown, deleted: boolean }} State */

/**
 * A read.
 *
 * @typedef {object} Read
 * @property {number} floor the lowest revision with which it counts
 * @property {number} connection on which it began
 * @property {number} known the revision that was known when it began
 * @property {Update[]} events that arrived since it began
 * @property {State} [shown]
 */

/**
 * @typedef {object} Observer
 * @property {(change: LiveChange<any>) => void} changed
 * @property {(revision: number) => void} outdated called for a revision that exists but whose
 *   content is unknown
 * @property {(revision: number) => void} doubtful called when a known revision may not exist
 * @property {(revision: number) => void} corrected called when a read has undone a revision
 * @property {() => void} contradicted called when the answer to a write shows that the server went
 *   back: the next read counts
 */

/**
 * How many updates are held. Beyond that the oldest is dropped; the gap is noticed like any other.
 */
const MAX_HELD = 1000;
/** The result of a read when there is no document. @type {State} */
const MISSING = { revision: NO_REVISION, data: undefined, deleted: true };

class Replica {
  /** @type {any} */
  data = undefined;
  revision = 0;
  deleted = false;
  #observer;
  /** The number of the connection. */
  #connection = 0;
  /** Whether no read that began on this connection has counted yet. */
  #isUnread = true;
  /** The highest revision that events and answers have brought on this connection. */
  #evidence = NO_REVISION;
  /** Reads under way, or held. @type {Set<Read>} */
  #reads = new Set();
  /**
   * The numbers of pending writes in the order in which they began, and the revision known then.
   *
   * @type {Map<number, number>}
   */
  #writes = new Map();
  #lastWrite = 0;
  /**
   * Each with the number of the latest write that may have caused it.
   *
   * @type {{ update: Update | Read, write: number }[]}
   */
  #held = [];

  /** @param {Observer} observer */
  constructor(observer) {
    this.#observer = observer;
  }

  /** The state may be outdated: a new connection, or a gap. The next read counts. */
  renew() {
    this.#connection += 1;
    this.#isUnread = true;
    this.#evidence = NO_REVISION;
  }

  /** @param {Update} update */
  receive(update) {
    this.#witness(update);
    if (this.#writes.size === 0) this.#take(update);
    else this.#hold(update);
  }

  /**
   * A read begins.
   *
   * @param {number} [least] the lowest revision with which it counts in any case
   * @returns {Read}
   */
  beginRead(least = Infinity) {
    const floor = Math.min(least, this.#isUnread ? this.#evidence : Infinity);
    const read = { floor, connection: this.#connection, known: this.revision, events: [] };
    this.#reads.add(read);
    return read;
  }

  /** @param {Read} read that failed */
  cancelRead(read) {
    this.#reads.delete(read);
  }

  /**
   * A read has ended.
   *
   * @param {Read} read
   * @param {State | undefined} state its result, undefined when there is no document
   * @param {boolean} [atOnce] whether it does not wait for the writes under way
   * @returns {number} the revision of its result with the events since it began
   */
  endRead(read, state, atOnce = false) {
    read.shown = state ?? MISSING;
    const { revision } = present(read);
    if (atOnce || this.#writes.size === 0) this.#takeRead(read);
    else this.#hold(read);
    return revision;
  }

  /** A write of this client begins. @returns {number} */
  begin() {
    this.#writes.set(++this.#lastWrite, this.revision);
    return this.#lastWrite;
  }

  /** A write has ended. @param {number} write @param {Update} [answer] if it succeeded */
  end(write, answer) {
    const known = this.#writes.get(write) ?? NO_REVISION;
    this.#writes.delete(write);
    const [oldest = Infinity] = this.#writes.keys();
    const released = this.#held.filter((each) => each.write < oldest).map(({ update }) => update);
    this.#held = this.#held.filter((each) => each.write >= oldest);
    if (answer !== undefined) {
      const later = released.findIndex((each) => isAfter(each, answer.revision));
      released.splice(later < 0 ? released.length : later, 0, answer);
      this.#witness(answer);
    }
    for (const update of released) {
      if ('floor' in update) this.#takeRead(update);
      else this.#take(update);
    }
    // Or the server has repeated its answer to an earlier write with the same idempotency key. A
    // read will show which.
    if (answer !== undefined && answer.revision < known) this.#contradict(answer);
  }

  /** @param {Update} update */
  #witness(update) {
    this.#evidence = Math.max(this.#evidence, update.revision);
    for (const { events } of this.#reads) {
      if (events.length === MAX_HELD) events.shift();
      events.push(update);
    }
  }

  /** @param {Update | Read} update */
  #hold(update) {
    if (this.#held.length === MAX_HELD) this.#forget(this.#held.shift()?.update);
    this.#held.push({ update, write: this.#lastWrite });
  }

  /** @param {Update | Read | undefined} update */
  #forget(update) {
    if (update !== undefined && 'floor' in update) this.#reads.delete(update);
  }

  /** @param {Update} update */
  #take(update) {
    const { revision } = update;
    const state = after(this.#state, update);
    if (state !== undefined) {
      const isNext = revision === this.revision + 1;
      this.#become(state, update, revision <= this.revision);
      if (!isNext && !update.isLocal) this.#observer.doubtful(revision);
    } else if (revision > this.revision) {
      this.#observer.outdated(revision);
    } else if (update.isLocal) {
      if (revision === this.revision && !this.#agreesWith(update)) this.#contradict(update);
    } else if (revision < this.revision || !this.#agreesWith(update)) {
      this.#observer.doubtful(this.revision);
    }
  }

  /**
   * The state is outdated, and so is a read that does not show this answer.
   *
   * @param {Update} answer
   */
  #contradict({ revision }) {
    this.renew();
    this.#evidence = revision;
    this.#observer.contradicted();
  }

  /** Whether an update with the known revision brings the known data. @param {Update} update */
  #agreesWith({ data, deleted = false }) {
    if (deleted || data === undefined) return !deleted || this.data === undefined;
    return sameJson(data, this.data);
  }

  /** @param {Read} read */
  #takeRead(read) {
    this.#reads.delete(read);
    const state = present(read);
    const { floor, known, shown } = read;
    // An event that arrived meanwhile is newer than the missing document.
    const counts = shown === MISSING ? floor === NO_REVISION && known === this.revision : state.revision >= floor;
    if (counts && read.connection === this.#connection) this.#isUnread = false;
    if (state.revision > this.revision) {
      this.#become(state, {}, false);
    } else if (state.revision === NO_REVISION) {
      if (counts && this.data !== undefined) this.#become({ ...state, revision: this.revision }, {}, false);
    } else if (this.#isCorrectedBy(state, counts)) {
      const former = this.revision;
      this.#become(state, {}, true);
      if (former > state.revision) this.#observer.corrected(former);
    }
  }

  /**
   * Whether a read with the known or a lower revision shows that the state is wrong.
   *
   * @param {State} state
   * @param {boolean} counts
   */
  #isCorrectedBy(state, counts) {
    if (state.revision < this.revision || this.deleted) return counts && !sameJson(state, this.#state);
    return !sameJson(state, this.#state);
  }

  /** @returns {State} */
  get #state() {
    return { revision: this.revision, data: this.data, deleted: this.deleted };
  }

  /**
   * @param {State} state
   * @param {Partial<Update>} update that caused it, as far as the change shows it
   * @param {boolean} reset whether the server went back
   */
  #become({ revision, data, deleted }, { diff, isLocal = false }, reset) {
    const former = this.#state;
    const isFirst = former.revision === 0 && former.data === undefined;
    const skipped = isFirst || reset ? 0 : Math.max(0, revision - former.revision - 1);
    Object.assign(this, { data, revision, deleted });
    if (reset) this.#evidence = revision;
    // A read may have found the document gone before. Then the event only adds the revision.
    if (deleted && former.deleted && skipped === 0 && !reset) return;
    const showsDiff = diff !== undefined && skipped === 0 && !deleted;
    this.#observer.changed({
      data,
      revision,
      deleted,
      isLocal,
      skipped,
      ...(showsDiff && { diff }),
      ...(reset && !isFirst && { reset }),
    });
  }
}

/**
 * The result of a read, with the events applied that arrived since it began.
 *
 * @param {Read} read
 * @returns {State}
 */
function present({ shown = MISSING, events }) {
  return events.reduce((state, event) => after(state, event) ?? state, shown);
}

/**
 * The state after an event; undefined when the event is older, or does not tell the content of the
 * document.
 *
 * @param {State} state
 * @param {Update} update
 * @returns {State | undefined}
 */
function after(state, update) {
  const { revision, data, diff, deleted } = update;
  // Some servers restart their count when a deleted document is created again.
  const begins = state.data === undefined && revision <= 1 && !deleted;
  const base = begins ? revision - 1 : state.revision;
  if (revision <= base) return undefined;
  if (deleted) return { revision, data: undefined, deleted };
  if (data !== undefined) return { revision, data, deleted: false };
  if (diff === undefined || revision !== base + 1) return undefined;
  try {
    return { revision, data: applyMutations(state.data, diff), deleted: false };
  } catch {
    return undefined;
  }
}

/**
 * Whether a held update comes after the answer with this revision.
 *
 * @param {Update | Read} update
 * @param {number} revision
 */
function isAfter(update, revision) {
  if (!('floor' in update)) return update.revision >= revision;
  // With the events since the read began: they may include that of the write itself.
  return (update.shown === MISSING ? update.known + 1 : present(update).revision) >= revision;
}

export { Replica };
