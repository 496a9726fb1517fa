/**
 * Keeps one live document in step with the server. It subscribes to the document's events and reads
 * the document once the server has confirmed both subscriptions, so that no change falls in
 * between. It reads again whenever it may have missed something: a new connection, a gap in the
 * revisions. There is a short pause between two reads; reads that do not show an announced revision
 * become rare, see `announcement.js`.
 */

import { cancel, later, now } from '#host';
import { RealtimeError } from '../errors/errors.js';
import { bare, own } from '../own.js';
import { Announcement, NO_REVISION } from './announcement.js';
import { Replica } from './replica.js';

/** @import { LiveChange, SubscribeOptions, SyncDocument } from '../../index.js' */
/** @import { DocumentSubscriptions } from './document-subscriptions.js' */
/** @import { Update, Read } from './replica.js' */

/**
 * What to follow.
 *
 * @typedef {object} Target
 * @property {string} service
 * @property {string} id
 * @property {SubscribeOptions['returnMode']} returnMode
 * @property {(signal: AbortSignal) => Promise<SyncDocument<any>>} read
 */

/**
 * Receives what happens.
 *
 * @typedef {object} Observer
 * @property {(change: LiveChange<any>) => void} changed
 * @property {(error: RealtimeError) => void} failed
 * @property {() => void} ended
 */

/** @typedef {{ resolve: (value?: undefined) => void, reject: (error: unknown) => void }} Waiter */

/** How long to wait for confirmations. Some servers send none. */
const CONFIRMATION_TIMEOUT = 2000;
/**
 * The least time between two reads. The pause after the n-th failure in a row: a random part of it,
 * doubled n times.
 */
const PAUSE = 100;
const MAX_PAUSE = 30_000;
/**
 * While reads are repeated for an announced revision, a read for a higher one begins within this
 * time.
 */
const HURRY = 1000;

class DocumentSync {
  service;
  id;
  replica;
  #documents;
  #read;
  #observer;
  #announcement = new Announcement();
  #subscriptions;
  /**
   * The subscriptions the server has confirmed or refused on this connection.
   *
   * @type {Set<string>}
   */
  #answered = new Set();
  /** Aborted at the end. */
  #end = new AbortController();
  #isReading = false;
  #wasRead = false;
  #failures = 0;
  /** The callers that wait for the first read. @type {Waiter[]} */
  #waiting = [];
  /** When the next read is due, and the earliest time at which it may begin. */
  #due = Infinity;
  #earliest = -Infinity;
  /** @type {import('#host').Timer | undefined} */
  #timer;

  /** @param {DocumentSubscriptions} documents @param {Target} target @param {Observer} observer */
  constructor(documents, target, observer) {
    this.#documents = documents;
    this.service = target.service;
    this.id = target.id;
    this.#read = target.read;
    this.#observer = observer;
    this.replica = new Replica({
      changed: observer.changed,
      outdated: (revision) => this.#outdated(revision),
      doubtful: (revision) => this.#doubtful(revision),
      corrected: (revision) => this.#announcement.miss(revision, now()),
      contradicted: () => this.#readWithin(0),
    });
    this.#subscriptions = documents.open(this, target.returnMode);
    this.connection();
    if (documents.state !== 'connected') this.#readWithin(0);
  }

  get ended() {
    return this.#end.signal.aborted;
  }

  /** @returns {Promise<void>} */
  async ready() {
    if (this.ended) throw this.#endedError();
    if (!this.#wasRead) await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Stops following. */
  close() {
    if (this.ended) return;
    this.#documents.close(this, this.#subscriptions);
    this.end();
  }

  /** Ends the sync. No change is reported after it. */
  end() {
    cancel(this.#timer);
    this.#end.abort();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#endedError());
    this.#observer.ended();
  }

  /** The state of the connection has changed. */
  connection() {
    this.#answered.clear();
    if (this.#documents.state !== 'connected') return;
    this.replica.renew();
    this.#readWithin(CONFIRMATION_TIMEOUT);
  }

  /** The server has confirmed or refused a subscription. @param {string} subscription */
  answered(subscription) {
    // The engine has subscribed again on the same connection.
    if (this.#answered.has(subscription)) this.replica.renew();
    this.#answered.add(subscription);
    if (this.#answered.size === this.#subscriptions.length) this.#readWithin(0);
  }

  /** Events were dropped, or the state is outdated for another reason. */
  missed() {
    this.replica.renew();
    this.#readWithin(0);
  }

  /** @param {Update | undefined} update undefined for an event that does not tell the revision */
  event(update) {
    if (update === undefined) return this.missed();
    this.#announcement.follow(update.revision);
    this.replica.receive(update);
  }

  /** @param {RealtimeError} error */
  failed(error) {
    this.#observer.failed(error);
  }

  /**
   * A write of this client begins.
   *
   * @returns {(answer: SyncDocument<any> | undefined) => void} to be called when it has ended
   */
  write() {
    const write = this.replica.begin();
    return (answer) => {
      if (!this.ended) this.replica.end(write, answer && bare({ ...answer, isLocal: true }));
    };
  }

  /** A revision exists whose content is unknown. @param {number} revision */
  #outdated(revision) {
    const isFirst = this.#announcement.revision === 0;
    this.#announcement.announce(revision, now());
    // The read under way may show it.
    if (this.#isReading) return;
    if (isFirst) this.#readWithin(0);
    else if (this.#due > now() + HURRY) this.#readWithin(Math.random() * HURRY);
  }

  /** A known revision may not exist. @param {number} revision */
  #doubtful(revision) {
    const isFirst = this.#announcement.revision === 0;
    this.#announcement.doubt(revision, now());
    if (isFirst && !this.#isReading) this.#readWithin(this.#announcement.patience);
  }

  /**
   * Reads within this time; if a read is under way, again after it.
   *
   * @param {number} milliseconds
   */
  #readWithin(milliseconds) {
    this.#due = Math.max(this.#earliest, Math.min(this.#due, now() + milliseconds));
    if (!this.#isReading) this.#readWhenDue();
  }

  #readWhenDue() {
    cancel(this.#timer);
    const left = this.#due - now();
    if (left <= 0) this.#readNow();
    else if (left < Infinity) this.#timer = later(() => this.#readWhenDue(), Math.ceil(left), false);
  }

  async #readNow() {
    this.#isReading = true;
    this.#due = Infinity;
    const read = this.replica.beginRead(this.#announcement.beginRead(now()));
    const isLast = this.#announcement.isLast(now());
    try {
      const document = await this.#read(this.#end.signal);
      if (!this.ended) this.#wasShown(read, document, isLast);
    } catch (error) {
      if (this.ended) return;
      if (/** @type {RealtimeError} */ (error).code === 'NOT_FOUND') this.#wasShown(read, undefined, isLast);
      else this.#readFailed(read, /** @type {RealtimeError} */ (error));
    }
    this.#isReading = false;
    this.#earliest = now() + PAUSE;
    // The user may have closed it meanwhile.
    if (!this.ended) this.#readWithin(Infinity);
  }

  /**
   * @param {Read} read
   * @param {SyncDocument<any> | undefined} document
   * @param {boolean} isLast see `announcement.js`
   */
  #wasShown(read, document, isLast) {
    this.#failures = 0;
    const { replica } = this;
    const former = replica.revision;
    const wasGone = replica.data === undefined;
    const state = document && {
      revision: document.revision,
      data: document.data,
      deleted: own(document, 'deleted') === true,
    };
    // The first read does not wait for pending writes: until now no change could be called local.
    const revision = replica.endRead(read, state, !this.#wasRead);
    this.#wasRead = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    if (this.ended) return;

    const isThere = state !== undefined && !state.deleted;
    const isGone = !isThere && replica.data === undefined;
    const agrees = isGone || (isThere && replica.data !== undefined);
    const isBehind = agrees ? revision < replica.revision && !isGone : replica.revision > 0;
    // While a revision is in doubt, a deletion that only a read shows is in doubt, too.
    const isDoubtful = isGone && !wasGone && this.#announcement.revision > 0;
    if (isBehind || isDoubtful) this.#announcement.miss(replica.revision, now());
    const details = {
      agrees: agrees && !(isGone && this.#announcement.revision > replica.revision),
      isGone: isGone && wasGone,
      isLast,
      isProgress: replica.revision > former,
    };
    const pause = this.#announcement.shown(document?.revision ?? NO_REVISION, details, now());
    if (pause !== undefined) this.#due = Math.min(this.#due, now() + pause);
  }

  /** @param {Read} read @param {RealtimeError} error */
  #readFailed(read, error) {
    this.replica.cancelRead(read);
    if (error.retryable) {
      const pause = Math.random() * Math.min(MAX_PAUSE, PAUSE * 2 ** ++this.#failures);
      this.#due = Math.min(this.#due, now() + pause);
    }
    if (this.#waiting.length === 0) this.failed(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #endedError() {
    return new RealtimeError('ABORTED', `the live document '${this.id}' in '${this.service}' was closed`);
  }
}

export { DocumentSync };
