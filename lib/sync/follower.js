'use strict';

/**
 * What keeps one live document in step with the server. It subscribes to the document's events and reads it once the
 * server has confirmed both subscriptions, so that no change falls between. Whenever it may have missed something (a new
 * connection, a revision that does not follow) it reads once more.
 */

const { clearTimeout, setTimeout } = require('../clock.js');
const { RealtimeError } = require('../errors.js');
const { Replica } = require('./replica.js');

/** @import { LiveChange, SubscribeOptions, SyncDocument } from '../../index.js' */
/** @import { Feeds } from './feeds.js' */
/** @import { News } from './replica.js' */

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
 * Who is told.
 *
 * @typedef {object} Observer
 * @property {(change: LiveChange<any>) => void} changed
 * @property {(error: RealtimeError) => void} failed
 * @property {() => void} ended
 */

/** @typedef {{ resolve: (value?: undefined) => void, reject: (error: unknown) => void }} Waiter */

/** How long confirmations are waited for. Some servers send none. */
const CONFIRMATION_TIMEOUT = 2000;
/** The pause after the n-th read in a row that failed is a random part of this, doubled n times, up to the maximum. */
const PAUSE = 100;
const MAX_PAUSE = 30_000;

class Follower {
  #feeds;
  #target;
  #observer;
  #replica;
  #subscriptions;
  /** The subscriptions the server has confirmed or refused on this connection. @type {Set<string>} */
  #answered = new Set();
  /** Aborted at the end. */
  #end = new AbortController();
  /** @type {Promise<void> | undefined} */
  #reading;
  /** Whether the read under way began too early to show everything. */
  #again = false;
  /** The highest revision that is known to exist. */
  #announced = 0;
  #wasRead = false;
  #failures = 0;
  /** Those who wait for the first read. @type {Waiter[]} */
  #waiting = [];
  /** Reads when the confirmations are overdue, or after a failure. @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Feeds} feeds @param {Target} target @param {Observer} observer */
  constructor(feeds, target, observer) {
    this.#feeds = feeds;
    this.#target = target;
    this.#observer = observer;
    this.#replica = new Replica(observer.changed, (revision) => this.#missing(revision));
    this.#subscriptions = feeds.open(this, target.returnMode);
    this.connection();
    if (feeds.state !== 'connected') this.#read();
  }

  get service() {
    return this.#target.service;
  }

  get id() {
    return this.#target.id;
  }

  get replica() {
    return this.#replica;
  }

  get ended() {
    return this.#end.signal.aborted;
  }

  /** @returns {Promise<void>} */
  async ready() {
    if (this.ended) throw this.#endedError();
    if (!this.#wasRead) await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The user has had enough. */
  close() {
    if (this.ended) return;
    this.#feeds.close(this, this.#subscriptions);
    this.end();
  }

  /** Nothing is told after it. */
  end() {
    clearTimeout(this.#timer);
    this.#end.abort();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#endedError());
    this.#observer.ended();
  }

  /** The state of the connection has changed. */
  connection() {
    this.#answered.clear();
    if (this.#feeds.state === 'connected') this.#readAfter(CONFIRMATION_TIMEOUT);
  }

  /** The server has confirmed or refused a subscription. @param {string} subscription */
  answered(subscription) {
    this.#answered.add(subscription);
    if (this.#answered.size === this.#subscriptions.length) this.#read();
  }

  /** Events were dropped. */
  missed() {
    this.#read();
  }

  /** @param {News | undefined} news undefined for an event that does not tell the revision */
  event(news) {
    if (news === undefined) this.#read();
    else this.#replica.receive(news);
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
    const write = this.#replica.begin();
    return (answer) => {
      if (!this.ended) this.#replica.end(write, answer && { ...answer, isLocal: true });
    };
  }

  /** There is a revision whose content is not known. @param {number} revision */
  #missing(revision) {
    this.#announced = Math.max(this.#announced, revision);
    // A read that is under way may well show it.
    if (!this.#reading) this.#read();
  }

  /** Reads, and if a read is under way, once more after it. */
  #read() {
    clearTimeout(this.#timer);
    if (this.#reading) this.#again = true;
    else this.#reading = this.#readUntilCurrent();
  }

  /** @param {number} milliseconds */
  #readAfter(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), milliseconds).unref();
  }

  async #readUntilCurrent() {
    do {
      this.#again = false;
      await this.#readOnce();
    } while (this.#again && !this.ended);
    this.#reading = undefined;
  }

  async #readOnce() {
    const announced = this.#announced;
    const { revision } = this.#replica;
    try {
      const document = await this.#target.read(this.#end.signal);
      if (!this.ended) this.#wasShown(document, announced);
    } catch (error) {
      if (this.ended) return;
      if (/** @type {RealtimeError} */ (error).code === 'NOT_FOUND') this.#take({ revision, missing: true });
      else this.#readFailed(/** @type {RealtimeError} */ (error));
    }
  }

  /** @param {SyncDocument<any>} document @param {number} announced what was known to exist when the read began */
  #wasShown({ revision, data, deleted }, announced) {
    this.#take({ revision, data, deleted });
    if (Math.max(revision, this.#replica.revision) >= this.#announced) return;
    if (this.#announced > announced) this.#again = true;
    else this.#retry();
  }

  /** @param {News} news */
  #take(news) {
    this.#failures = 0;
    if (this.#wasRead) return this.#replica.receive(news);
    // The first one does not wait for writes under way: until now nothing could be said to be local or not.
    this.#replica.take(news);
    this.#wasRead = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** @param {RealtimeError} error */
  #readFailed(error) {
    if (error.retryable) this.#retry();
    if (this.#waiting.length === 0) this.failed(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #retry() {
    this.#readAfter(Math.random() * Math.min(MAX_PAUSE, PAUSE * 2 ** ++this.#failures));
  }

  #endedError() {
    return new RealtimeError('ABORTED', `the live document '${this.id}' in '${this.service}' was closed`);
  }
}

exports.Follower = Follower;
