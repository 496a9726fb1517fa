/**
 * What follows a document, on a page: it is loaded with the first live document. The subscriptions
 * are opened at once. What they bring meanwhile is kept, and the document is read anyway.
 */

import { cancel, later } from '#host';
import { RealtimeError } from '../errors/errors.js';

/** @import { DocumentSubscriptions } from './document-subscriptions.js' */
/** @import { DocumentSync as LoadedSync, Observer, Target } from './document-sync.js' */

/** Until the code is loaded again, in milliseconds. */
const RELOAD_DELAY = 5000;

class DocumentSync {
  service;
  id;
  ended = false;
  #documents;
  #target;
  #observer;
  #subscriptions;
  /** @type {LoadedSync | undefined} */
  #sync;
  /** What the document has missed. @type {((sync: LoadedSync) => void)[]} */
  #missed = [];
  /** @type {{ resolve: (sync: LoadedSync) => void, reject: (error: unknown) => void }[]} */
  #waiting = [];
  /** @type {import('#host').Timer | undefined} */
  #timer;

  /** @param {DocumentSubscriptions} documents @param {Target} target @param {Observer} observer */
  constructor(documents, target, observer) {
    this.#documents = documents;
    this.#target = target;
    this.#observer = observer;
    this.service = target.service;
    this.id = target.id;
    this.#subscriptions = documents.open(this, target.returnMode);
    this.#load();
  }

  /** What users see. */
  get replica() {
    return this;
  }

  /** @returns {any} */
  get data() {
    return this.#sync?.replica.data;
  }

  get revision() {
    return this.#sync?.replica.revision ?? 0;
  }

  get deleted() {
    return this.#sync?.replica.deleted ?? false;
  }

  /** @returns {Promise<void>} */
  async ready() {
    if (this.ended) throw this.#endedError();
    return (this.#sync ?? (await this.#loaded())).ready();
  }

  /** @returns {Promise<LoadedSync>} */
  #loaded() {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close() {
    if (this.ended) return;
    this.#documents.close(this, this.#subscriptions);
    this.end();
  }

  end() {
    cancel(this.#timer);
    this.ended = true;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#endedError());
    if (this.#sync) this.#sync.end();
    else this.#observer.ended();
  }

  connection() {
    this.#pass((sync) => sync.connection());
  }

  /** @param {string} subscription */
  answered(subscription) {
    this.#pass((sync) => sync.answered(subscription));
  }

  missed() {
    this.#pass((sync) => sync.missed());
  }

  /** @param {Parameters<LoadedSync['event']>[0]} update */
  event(update) {
    this.#pass((sync) => sync.event(update));
  }

  /** @param {RealtimeError} error */
  failed(error) {
    this.#observer.failed(error);
  }

  /** Before the first read, no change can be called local. */
  write() {
    return this.#sync?.write() ?? (() => {});
  }

  /** @param {(sync: LoadedSync) => void} tell */
  #pass(tell) {
    if (this.#sync) tell(this.#sync);
    else this.#missed.push(tell);
  }

  async #load() {
    try {
      const module = await import('./document-sync.js');
      if (!this.ended) this.#follow(module.DocumentSync);
    } catch (cause) {
      if (this.ended) return;
      const what = `the live document '${this.id}' in '${this.service}' could not be loaded: ${cause}`;
      const error = RealtimeError.from({ code: 'NETWORK_ERROR', message: what });
      // As after a read that has failed.
      if (this.#waiting.length === 0) this.failed(error);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      this.#missed = [];
      this.#timer = later(() => this.#load(), RELOAD_DELAY, false);
    }
  }

  /** @param {typeof LoadedSync} Sync */
  #follow(Sync) {
    const documents = this.#documents;
    const opened = {
      open: () => this.#subscriptions,
      close() {},
      get state() {
        return documents.state;
      },
    };
    const sync = new Sync(/** @type {any} */ (opened), this.#target, this.#observer);
    this.#sync = sync;
    for (const tell of this.#missed.splice(0)) tell(sync);
    for (const { resolve } of this.#waiting.splice(0)) resolve(sync);
  }

  #endedError() {
    return new RealtimeError('ABORTED', `the live document '${this.id}' in '${this.service}' was closed`);
  }
}

export { DocumentSync };
