/** An endpoint: where deliveries go, which events it wants, and how to stop those that are under way. */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { requireTopic } from '../broker/topics.js';
import { invalid } from '../error.js';
import { isNameIn } from '../json.js';
import { WEBHOOK_LIMITS, WEBHOOK_TYPES } from '../vocabulary.js';
import { SCHEMES } from './scheme.js';
import { Semaphore } from './semaphore.js';

export class Endpoint {
  #secret;
  #scheme;
  #events;
  #stop = createStop();
  id = `wh_${randomUUID()}`;
  createdAt = Date.now();
  /** Deliveries that are neither done nor given up. */
  pending = 0;
  semaphore = new Semaphore(WEBHOOK_LIMITS.attemptsAtOnce);

  /** @param {{ url: string, secret: string, events: string[], scheme?: keyof typeof SCHEMES }} request */
  constructor(request) {
    if (request === null || typeof request !== 'object' || Array.isArray(request)) {
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

  /** Aborted when what is under way now shall end; its reason is an Error that says why. */
  get signal() {
    return this.#stop.signal;
  }

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

  stop(reason) {
    this.#stop.abort(new Error(reason));
  }

  /** What is shown of it: all but the secret. */
  describe() {
    const { id, url, active, createdAt } = this;
    return { id, url, events: [...this.#events], scheme: this.#scheme, active, createdAt };
  }
}

function createStop() {
  const stop = new AbortController();
  setMaxListeners(WEBHOOK_LIMITS.pendingPerEndpoint, stop.signal); // each delivery listens once at a time
  return stop;
}

function requireUrl(url) {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) throw invalid('url: expected an http or https URL.');
  if (parsed.username || parsed.password) throw invalid('url: expected one without user name and password.');
  if (url.length > WEBHOOK_LIMITS.urlLength) throw invalid(`url: longer than ${WEBHOOK_LIMITS.urlLength} characters.`);
}

function requireSecret(secret) {
  if (typeof secret !== 'string' || /^(whsec_)?$/.test(secret)) throw invalid('secret: expected a non-empty string.');
  if (secret.length > WEBHOOK_LIMITS.secretLength) {
    throw invalid(`secret: longer than ${WEBHOOK_LIMITS.secretLength} characters.`);
  }
}

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
