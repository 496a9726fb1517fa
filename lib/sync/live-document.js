'use strict';

/** LiveDocument: a document that follows the server, as its user sees it. How it follows is in `follower.js`. */

const { inspect } = require('node:util');

const { Emitter } = require('../emitter.js');
const { rethrow } = require('../rethrow.js');
const { asyncDispose, dispose } = require('../symbols.js');
const { Changes } = require('./changes.js');
const { Follower } = require('./follower.js');

/** @import { LiveChange, LiveDocumentEvents } from '../../index.js' */
/** @import { RealtimeError } from '../errors.js' */
/** @import { Feeds } from './feeds.js' */
/** @import { Target } from './follower.js' */

/** @extends {Emitter<LiveDocumentEvents<any>>} */
class LiveDocument extends Emitter {
  #feeds;
  #follower;
  /** @type {Set<Changes>} */
  #iterators = new Set();

  /** @param {Feeds} feeds @param {Target} target */
  constructor(feeds, target) {
    super();
    this.#feeds = feeds;
    this.#follower = new Follower(feeds, target, {
      changed: (change) => this.#changed(change),
      failed: (error) => this.#failed(error),
      ended: () => this.#ended(),
    });
  }

  get service() {
    return this.#follower.service;
  }

  get id() {
    return this.#follower.id;
  }

  get data() {
    return this.#follower.replica.data;
  }

  get revision() {
    return this.#follower.replica.revision;
  }

  get deleted() {
    return this.#follower.replica.deleted;
  }

  ready() {
    return this.#follower.ready();
  }

  close() {
    this.#follower.close();
  }

  [dispose]() {
    this.close();
  }

  async [asyncDispose]() {
    this.close();
  }

  [Symbol.asyncIterator]() {
    const changes = new Changes(() => this.#iterators.delete(changes));
    if (this.#follower.ended) changes.end();
    else this.#iterators.add(changes);
    return changes;
  }

  /** What console.log shows. */
  [inspect.custom]() {
    const { service, id, revision, deleted, data } = this;
    return `LiveDocument ${inspect({ service, id, revision, deleted, data })}`;
  }

  /** @param {LiveChange<any>} change */
  #changed(change) {
    for (const changes of this.#iterators) changes.push(change);
    this.#call(change.deleted ? 'delete' : 'change', change);
  }

  /** @param {RealtimeError} error */
  #failed(error) {
    if (this.listenerCount('error') > 0) this.#call('error', error);
    else this.#feeds.report(error);
  }

  #ended() {
    for (const changes of this.#iterators) changes.end();
    this.#iterators.clear();
  }

  /** As `emit`, but a listener that throws stops no other. @param {keyof LiveDocumentEvents} name @param {unknown} data */
  #call(name, data) {
    for (const listener of /** @type {Function[]} */ (this.rawListeners(name))) {
      if (this.#follower.ended) return;
      try {
        listener.call(this, data);
      } catch (error) {
        rethrow(error);
      }
    }
  }
}

exports.LiveDocument = LiveDocument;
