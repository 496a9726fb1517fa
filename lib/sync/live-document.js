/**
 * LiveDocument: the user's view of a document that follows the server. `document-sync.js` does the
 * following.
 */

import { DocumentSync } from '#document-sync';
import { callEach } from '../events/call-each.js';
import { Emitter } from '../events/emitter.js';
import { asyncDispose, dispose, inspectCustom } from '../host/symbols.js';
import { Changes } from './changes.js';
import { CheckedView } from './checked-view.js';

/** @import { LiveChange, LiveDocumentEvents } from '../../index.js' */
/** @import { RealtimeError } from '../errors/errors.js' */
/** @import { DocumentSubscriptions } from './document-subscriptions.js' */
/** @import { Check } from './checked-view.js' */
/** @import { Target } from './document-sync.js' */

/** @extends {Emitter<LiveDocumentEvents<any>>} */
class LiveDocument extends Emitter {
  #documents;
  #sync;
  /** What users see. @type {{ data: any, revision: number, deleted: boolean }} */
  #view;
  /** With a schema. @type {CheckedView | undefined} */
  #checked;
  /** @type {Set<Changes>} */
  #iterators = new Set();

  /** @param {DocumentSubscriptions} documents @param {Target} target @param {Check} [check] */
  constructor(documents, target, check) {
    super();
    this.#documents = documents;
    const changed = (/** @type {LiveChange<any>} */ change) => this.#changed(change);
    const failed = (/** @type {RealtimeError} */ error) => this.#failed(error);
    const checked = check && new CheckedView(target, check, { changed, failed });
    this.#sync = new DocumentSync(documents, target, {
      changed: checked === undefined ? changed : (change) => checked.push(change),
      failed,
      ended: () => this.#ended(),
    });
    this.#checked = checked;
    this.#view = checked ?? this.#sync.replica;
  }

  get service() {
    return this.#sync.service;
  }

  get id() {
    return this.#sync.id;
  }

  get data() {
    return this.#view.data;
  }

  get revision() {
    return this.#view.revision;
  }

  get deleted() {
    return this.#view.deleted;
  }

  async ready() {
    await this.#sync.ready();
    await this.#checked?.ready();
  }

  close() {
    this.#sync.close();
  }

  [dispose]() {
    this.close();
  }

  async [asyncDispose]() {
    this.close();
  }

  [Symbol.asyncIterator]() {
    const changes = new Changes(() => this.#iterators.delete(changes));
    if (this.#sync.ended) changes.end();
    else this.#iterators.add(changes);
    return changes;
  }

  /**
   * What console.log shows.
   *
   * @param {number} _depth
   * @param {object} _options
   * @param {(value: unknown) => string} inspect
   */
  [inspectCustom](_depth, _options, inspect) {
    const { service, id, revision, deleted, data } = this;
    return `LiveDocument ${inspect({ service, id, revision, deleted, data })}`;
  }

  /** @param {LiveChange<any>} change */
  #changed(change) {
    for (const changes of this.#iterators) changes.push(change);
    callEach(this, change.deleted ? 'delete' : 'change', change, () => this.#sync.ended);
  }

  /** @param {RealtimeError} error */
  #failed(error) {
    if (this.listenerCount('error') > 0) callEach(this, 'error', error, () => this.#sync.ended);
    else this.#documents.report(error);
  }

  #ended() {
    this.#checked?.end();
    for (const changes of this.#iterators) changes.end();
    this.#iterators.clear();
  }
}

export { LiveDocument };
