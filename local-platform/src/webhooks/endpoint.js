/**
 * An endpoint: the URL of deliveries, the events it wants, and a signal that stops pending
 * deliveries.
 */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { requireTopic } from '../broker/topics.js';
import { invalid } from '../error.js';
import { isNameIn, isObject } from '../json.js';
import { WEBHOOK_LIMITS, WEBHOOK_TYPES } from '../vocabulary.js';
import { SCHEMES } from './scheme.js';
import { Semaphore } from './semaphore.js';

/** @import { WebhookEndpoint } from '../../index.js' */
/** @import { Scheme } from './scheme.js' */

export class Endpoint {
  #secret;
  /** @type {Scheme} */
  #scheme;
  #events;
  #stop = createStop();
  id = `wh_${randomUUID()}`;
  createdAt = Date.now();
  /** Number of pending deliveries. */
  pending = 0;
  semaphore = new Semaphore(WEBHOOK_LIMITS.attemptsAtOnce);

  /** @param {unknown} request */
  constructor(request) {
    if (!isObject(request)) {
      throw invalid('Expected a JSON object with url, secret and events, sent as application/json.');
    }
    const { url, secret, events, scheme = 'realtime' } = request;
    requireUrl(url);
    requireSecret(secret);
    requireEvents(events);
    if (!isNameIn(SCHEMES, scheme)) throw invalid(`scheme: expected one of ${Object.keys(SCHEMES).join(', ')}.`);
    this.url = url;
    this.#secret = secret;
    this.#scheme = scheme;
    this.#events = new Set(events);
  }

  get active() {
    return !this.#stop.signal.aborted;
  }

  /** Aborts the pending deliveries; the reason is an `Error`. */
  get signal() {
    return this.#stop.signal;
  }

  /** @param {string} type @param {string} topic */
  wants(type, topic) {
    return this.active && (this.#events.has(type) || this.#events.has(topic));
  }

  /**
   * @param {{ id: string, body: Buffer, now: number }} delivery
   * @returns {Record<string, string>} the headers that sign it
   */
  sign(delivery) {
    return SCHEMES[this.#scheme]({ ...delivery, secret: this.#secret });
  }

  start() {
    if (!this.active) this.#stop = createStop();
  }

  /** @param {string} reason */
  stop(reason) {
    this.#stop.abort(new Error(reason));
  }

  /** The endpoint without its secret. @returns {WebhookEndpoint} */
  describe() {
    const { id, url, active, createdAt } = this;
    return { id, url, events: [...this.#events], scheme: this.#scheme, active, createdAt };
  }
}

function createStop() {
  const stop = new AbortController();
  // Each pending delivery adds one listener at a time.
  setMaxListeners(WEBHOOK_LIMITS.pendingPerEndpoint, stop.signal);
  return stop;
}

/** @param {unknown} url @returns {asserts url is string} */
function requireUrl(url) {
  const text = typeof url === 'string' ? url : '';
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) throw invalid('url: expected an http or https URL.');
  if (parsed.username || parsed.password) throw invalid('url: expected no user name and no password.');
  if (text.length > WEBHOOK_LIMITS.urlLength) throw invalid(`url: longer than ${WEBHOOK_LIMITS.urlLength} characters.`);
}

/** @param {unknown} secret @returns {asserts secret is string} */
function requireSecret(secret) {
  if (typeof secret !== 'string' || /^(whsec_)?$/.test(secret)) throw invalid('secret: expected a non-empty string.');
  if (/[\r\n]/.test(secret)) throw invalid('secret: expected a string without a line end; trim() removes it.');
  if (secret.length > WEBHOOK_LIMITS.secretLength) {
    throw invalid(`secret: longer than ${WEBHOOK_LIMITS.secretLength} characters.`);
  }
}

/** @param {unknown} events @returns {asserts events is string[]} */
function requireEvents(events) {
  if (!Array.isArray(events) || events.length === 0 || events.length > WEBHOOK_LIMITS.eventsPerEndpoint) {
    const most = WEBHOOK_LIMITS.eventsPerEndpoint;
    throw invalid(`events: expected an array of 1 to ${most} topics or types (${WEBHOOK_TYPES.join(', ')}).`);
  }
  for (const [index, event] of events.entries()) {
    try {
      requireTopic(event);
    } catch {
      throw invalid(`events[${index}]: expected a topic or one of ${WEBHOOK_TYPES.join(', ')}.`);
    }
  }
}
