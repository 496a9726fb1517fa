'use strict';

/**
 * A document as one live document knows it: pure state that takes in news from three sides (events, reads, answers to
 * this client's own writes) in whichever order they come, and tells of each change once, revisions only rising.
 *
 * An event may be that of a write of this client whose answer is still on its way. News that comes while such writes are
 * under way is therefore held until those have ended: then it is known which revisions are this client's own.
 */

const { applyMutations } = require('./mutations.js');

/** @import { LiveChange, Mutation } from '../../index.js' */

/**
 * @typedef {object} News
 * @property {number} revision
 * @property {unknown} [data] the whole document
 * @property {Mutation[]} [diff] what turned the revision before into this one
 * @property {boolean} [deleted]
 * @property {boolean} [missing] a read found nothing, when `revision` was the latest known
 * @property {boolean} [isLocal] an answer to a write of this client
 */

/** How much news is held. Beyond it the oldest is dropped: the gap is noticed as any other. */
const MAX_HELD = 1000;

class Replica {
  /** @type {any} */
  data = undefined;
  revision = 0;
  deleted = false;
  #tell;
  #outdated;
  /** Numbers of the writes under way, in the order in which they began. @type {Set<number>} */
  #writes = new Set();
  #lastWrite = 0;
  /** With the number of the latest write that may have caused it. @type {{ news: News, write: number }[]} */
  #held = [];

  /**
   * @param {(change: LiveChange<any>) => void} tell
   * @param {(revision: number) => void} outdated called when a revision is known to exist but not what is in it
   */
  constructor(tell, outdated) {
    this.#tell = tell;
    this.#outdated = outdated;
  }

  /** @param {News} news */
  receive(news) {
    if (this.#writes.size === 0) return this.take(news);
    if (this.#held.length === MAX_HELD) this.#held.shift();
    this.#held.push({ news, write: this.#lastWrite });
  }

  /** A write of this client begins. @returns {number} */
  begin() {
    this.#writes.add(++this.#lastWrite);
    return this.#lastWrite;
  }

  /** A write has ended. @param {number} write @param {News} [answer] if it succeeded */
  end(write, answer) {
    this.#writes.delete(write);
    const [oldest = Infinity] = this.#writes;
    const released = this.#held.filter((each) => each.write < oldest).map(({ news }) => news);
    this.#held = this.#held.filter((each) => each.write >= oldest);
    if (answer !== undefined) {
      const later = released.findIndex((news) => (news.missing ? news.revision + 1 : news.revision) >= answer.revision);
      released.splice(later < 0 ? released.length : later, 0, answer);
    }
    for (const news of released) this.take(news);
  }

  /** Takes news in without holding it. @param {News} news */
  take(news) {
    if (news.missing ? news.revision !== this.revision : news.revision <= this.revision) return;
    if (news.missing || news.deleted) {
      this.#delete(news);
    } else if (news.data !== undefined) {
      this.#change(news, news.data);
    } else if (news.diff !== undefined && news.revision === this.revision + 1) {
      this.#apply(news, news.diff);
    } else {
      this.#outdated(news.revision);
    }
  }

  /** @param {News} news @param {Mutation[]} diff */
  #apply(news, diff) {
    let data;
    try {
      data = applyMutations(this.data, diff);
    } catch {
      this.#outdated(news.revision);
      return;
    }
    this.#change(news, data);
  }

  /** @param {News} news @param {any} data */
  #change({ revision, diff, isLocal = false }, data) {
    const skipped = this.#skipped(revision);
    const shown = diff !== undefined && skipped === 0 ? { diff } : {};
    Object.assign(this, { data, revision, deleted: false });
    this.#tell({ data, revision, deleted: false, isLocal, skipped, ...shown });
  }

  /** @param {News} news */
  #delete({ revision, missing = false, isLocal = false }) {
    const known = this.deleted || (missing && this.revision === 0);
    const skipped = missing ? 0 : this.#skipped(revision);
    Object.assign(this, { data: undefined, revision, deleted: revision > 0 });
    // A read may have found it gone before: then the event only adds the revision.
    if (!known || skipped > 0) this.#tell({ data: undefined, revision, deleted: true, isLocal, skipped });
  }

  /** How many revisions lie between the known one and this. @param {number} revision */
  #skipped(revision) {
    return this.revision === 0 ? 0 : revision - this.revision - 1;
  }
}

exports.Replica = Replica;
