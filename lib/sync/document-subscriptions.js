/**
 * The subscriptions of a client's live documents. They route events by service and id,
 * confirmations and refusals by subscription, changes of the connection, and the client's own
 * writes. An event costs one look-up, no matter how many documents of its service are watched.
 */

import { RealtimeError } from '../errors/errors.js';
import { isOfLiveConnection } from '../events/live-gap.js';
import { bare, own } from '../own.js';
import { isDocument, isRevision } from './document.js';

/**
 * @import { ConnectionState, RealtimeEvent, SubscribeOptions, SyncDocument } from '../../index.js'
 */
/** @import { Dispatch } from '../events/dispatch.js' */
/** @import { Notices, Report } from '../engines/engine.js' */
/** @import { DocumentSync as Sync } from './document-sync.js' */

/**
 * What follows a document, or stands in for it until it is loaded.
 *
 * @typedef {Pick<Sync, 'service' | 'id' | 'ended' | 'connection' | 'answered' | 'missed' | 'event' | 'failed' | 'write' | 'end'>} DocumentSync
 */

/**
 * What the live documents need of their client.
 *
 * @typedef {object} Host
 * @property {ConnectionState} state
 * @property {(options: SubscribeOptions) => string} subscribe
 * @property {(subscriptionId: string) => void} unsubscribe
 * @property {(name: string, handler: (data: any) => void) => void} on
 * @property {(name: string, handler: (data: any) => void) => void} off
 */

/** @type {ReadonlySet<DocumentSync>} */
const NONE = new Set();
const nothing = () => {};

class DocumentSubscriptions {
  /** Takes the errors of live documents without a listener. */
  report;
  #host;
  /** By service, then by id. @type {Map<string, Map<string, Set<DocumentSync>>>} */
  #syncs = new Map();
  /** @type {Map<string, DocumentSync>} */
  #bySubscription = new Map();
  /** Id of an event that live documents have read before its check with a schema. @type {string | undefined} */
  #seen;

  /** @param {Host} host @param {(error: RealtimeError) => void} report */
  constructor(host, report) {
    this.#host = host;
    this.report = report;
  }

  get state() {
    return this.#host.state;
  }

  /**
   * @param {DocumentSync} sync
   * @param {SubscribeOptions['returnMode']} returnMode
   * @returns {string[]} its subscriptions
   */
  open(sync, returnMode) {
    const { service, id } = sync;
    const subscriptions = topics(service).map((topic) =>
      this.#host.subscribe({ topic, filter: { id }, ...(returnMode && { returnMode }) }),
    );
    for (const subscription of subscriptions) this.#bySubscription.set(subscription, sync);
    let ofService = this.#syncs.get(service);
    if (ofService === undefined) {
      ofService = new Map();
      this.#syncs.set(service, ofService);
      for (const topic of topics(service)) this.#host.on(`event:${topic}`, this.#deliver);
    }
    const watching = ofService.get(id) ?? new Set();
    ofService.set(id, watching.add(sync));
    return subscriptions;
  }

  /** @param {DocumentSync} sync @param {readonly string[]} subscriptions */
  close(sync, subscriptions) {
    const { service, id } = sync;
    for (const subscription of subscriptions) {
      this.#bySubscription.delete(subscription);
      this.#host.unsubscribe(subscription);
    }
    const ofService = this.#syncs.get(service);
    const watching = ofService?.get(id);
    watching?.delete(sync);
    if (watching?.size === 0) ofService?.delete(id);
    if (ofService?.size !== 0) return;
    this.#syncs.delete(service);
    for (const topic of topics(service)) this.#host.off(`event:${topic}`, this.#deliver);
  }

  /** The client is destroyed, and its subscriptions with it. */
  destroy() {
    const all = new Set(this.#bySubscription.values());
    this.#bySubscription.clear();
    this.#syncs.clear();
    for (const sync of all) sync.end();
  }

  /** Takes what concerns live documents. @param {Dispatch} dispatch */
  register(dispatch) {
    dispatch.register('connection', () => {
      for (const sync of new Set(this.#bySubscription.values())) sync.connection();
    });
    dispatch.register('gap', (gap) => this.gap(gap));
    dispatch.register('subscribed', ({ subscriptionId }) => {
      this.#bySubscription.get(subscriptionId)?.answered(subscriptionId);
    });
    dispatch.register('error', (report) => this.refused(report));
    // Of a topic with a schema, live documents read what the server sent, whether it fits or not.
    dispatch.register('unchecked', ({ event }) => {
      this.#read(/** @type {RealtimeEvent<any>} */ (/** @type {unknown} */ (event)));
      this.#seen = event.id;
      return true;
    });
  }

  /**
   * Events were missed. The subscriptions of live documents are removed from the notice: the
   * documents are read again.
   *
   * @param {Notices['gap']} gap
   * @returns {boolean} whether it concerned nothing else
   */
  gap(gap) {
    const isLive = isOfLiveConnection(gap);
    if (isLive) for (const { subscriptionId } of gap.subscriptions) this.missed(subscriptionId);
    const others = gap.subscriptions.filter(({ subscriptionId }) => !this.owns(subscriptionId));
    const isTheirs = others.length === 0 && gap.subscriptions.length > 0;
    gap.subscriptions = others;
    // Among the dropped events may be direct messages, which belong to no subscription.
    return isTheirs && gap.channels.length === 0 && !isLive;
  }

  /** Whether a subscription is that of a live document. @param {string} subscriptionId */
  owns(subscriptionId) {
    return this.#bySubscription.has(subscriptionId);
  }

  /** Events of a subscription were dropped. @param {string} subscriptionId */
  missed(subscriptionId) {
    this.#bySubscription.get(subscriptionId)?.missed();
  }

  /** @param {Report} report @returns {boolean} whether it concerned a live document */
  refused(report) {
    const subscription = own(report, 'subscriptionId') ?? '';
    const sync = this.#bySubscription.get(subscription);
    if (sync === undefined) return false;
    sync.failed(RealtimeError.from(report));
    sync.answered(subscription);
    return true;
  }

  /**
   * A write begins.
   *
   * @param {string} service
   * @param {string | undefined} id
   * @returns {(answer: SyncDocument<any> | undefined) => void} to be called when it has ended
   */
  write(service, id) {
    const watching = id === undefined ? NONE : this.#of(service, id);
    if (watching.size === 0) return nothing;
    const ends = Array.from(watching, (sync) => sync.write());
    return (answer) => {
      // Live documents get a copy: the caller of the write may change the answer.
      const copy = isDocument(answer) ? JSON.parse(JSON.stringify(answer)) : undefined;
      for (const end of ends) end(copy);
    };
  }

  /** @param {RealtimeEvent<any>} event */
  #deliver = (event) => {
    if (event.id !== this.#seen) this.#read(event);
  };

  /** @param {RealtimeEvent<any>} event */
  #read({ type, topic, payload, metadata }) {
    // A server may leave these out.
    const service = own(payload, 'service');
    const watching = this.#of(service, own(payload, 'id'));
    if (watching.size === 0) return;
    const revision = own(metadata, 'revision');
    const data = own(payload, 'data');
    const mutations = own(payload, 'diff');
    const deleted = topic === topics(service)[1] || type === 'document.deleted';
    const diff = Array.isArray(mutations) ? mutations : undefined;
    const update = isRevision(revision) ? bare({ revision, data, diff, deleted }) : undefined;
    // A listener may watch the document again: the new live document reads what this event brought.
    for (const sync of [...watching]) if (!sync.ended) sync.event(update);
  }

  /** @param {string} service @param {string} id */
  #of(service, id) {
    return this.#syncs.get(service)?.get(id) ?? NONE;
  }
}

/** @param {string} service */
function topics(service) {
  return [`sync.${service}.updated`, `sync.${service}.deleted`];
}

export { DocumentSubscriptions };
