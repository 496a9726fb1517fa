/**
 * Gives a platform what it has from the start: topics with their schemas, documents, webhook
 * endpoints, channels with stand-in members, and events that are published again and again.
 */

import { clearInterval, setInterval } from 'node:timers';
import { Identity } from '../auth/identity.js';
import { PlatformError } from '../error.js';
import { inPlace } from './parse.js';

/** @import { LocalSample, LocalSeed } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Documents } from '../documents/service.js' */
/** @import { Schemas } from '../schemas/schemas.js' */
/** @import { TopicRegistry } from '../topics/registry.js' */
/** @import { Webhooks } from '../webhooks/webhooks.js' */

export class Seed {
  #broker;
  #documents;
  #webhooks;
  #topics;
  #schemas;
  #identity;
  /** @type {NodeJS.Timeout[]} */
  #timers = [];

  /**
   * @param {{ broker: Broker, documents: Documents, webhooks: Webhooks, topics: TopicRegistry,
   *   schemas: Schemas, applicationId: string }} parts
   */
  constructor({ broker, documents, webhooks, topics, schemas, applicationId }) {
    this.#broker = broker;
    this.#documents = documents;
    this.#webhooks = webhooks;
    this.#topics = topics;
    this.#schemas = schemas;
    const expiresAt = Number.POSITIVE_INFINITY;
    const permissions = ['service'];
    this.#identity = new Identity({ sub: 'seed', permissions, applicationId, environment: undefined, expiresAt });
  }

  /**
   * Call it before the platform listens: the first client finds everything.
   *
   * @param {Required<LocalSeed>} seed
   */
  plant({ topics, schemas, documents, endpoints, channels }) {
    this.#plantTopics(topics, schemas);
    for (const [index, endpoint] of endpoints.entries()) {
      inPlace(`options.seed.endpoints[${index}]`, () => this.#webhooks.create(endpoint));
    }
    for (const [service, byId] of Object.entries(documents)) {
      for (const [id, data] of Object.entries(byId)) {
        inPlace(`options.seed.documents.${service}.${id}`, () => this.#addDocument(service, id, data));
      }
    }
    for (const [channel, members] of Object.entries(channels)) {
      inPlace('options.seed.channels', () => this.#broker.channels.seat(channel, members, this.#identity));
    }
  }

  /**
   * Topics come before their schemas, and schemas before a topic can name one of them.
   *
   * @param {Required<LocalSeed>['topics']} topics
   * @param {Required<LocalSeed>['schemas']} schemas
   */
  #plantTopics(topics, schemas) {
    for (const [index, { activeSchemaVersion: _, ...topic }] of topics.entries()) {
      inPlace(`options.seed.topics[${index}]`, () => this.#topics.create(topic));
    }
    for (const [topic, versions] of Object.entries(schemas)) {
      for (const [index, version] of versions.entries()) {
        inPlace(`options.seed.schemas.${topic}[${index}]`, () => this.#schemas.register(topic, version));
      }
    }
    for (const [index, { name, activeSchemaVersion }] of topics.entries()) {
      if (activeSchemaVersion === undefined) continue;
      inPlace(`options.seed.topics[${index}]`, () => this.#topics.update(name, { activeSchemaVersion }));
    }
  }

  /** Call it when the platform listens. @param {LocalSample[]} samples */
  start(samples) {
    for (const [index, sample] of samples.entries()) {
      let number = 0;
      const timer = setInterval(() => {
        number += 1;
        try {
          this.#publish(sample, number);
        } catch (error) {
          clearInterval(timer);
          // There is nobody to throw it to, and the platform goes on without this sample.
          process.emitWarning(`options.seed.samples[${index}] ended: ${/** @type {Error} */ (error).message}`, {
            type: 'RealtimeWarning',
            code: 'SAMPLE_ENDED',
          });
        }
      }, sample.every);
      this.#timers.push(timer);
    }
  }

  /** No more samples. */
  close() {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /**
   * A document of an earlier run stays as it is.
   *
   * @param {string} service
   * @param {string} id
   * @param {unknown} data
   */
  #addDocument(service, id, data) {
    try {
      this.#documents.create(service, { id, data });
    } catch (error) {
      if (!(error instanceof PlatformError && error.name === 'AlreadyExistsError')) throw error;
    }
  }

  /** @param {LocalSample} sample @param {number} number */
  #publish({ every: _, ...sample }, number) {
    if ('channel' in sample) {
      const { data } = sample;
      const request = { ...sample, data: typeof data === 'function' ? data(number) : data };
      this.#broker.channels.broadcast(this.#identity, request);
      return;
    }
    const { payload } = sample;
    this.#broker.publish({ ...sample, payload: typeof payload === 'function' ? payload(number) : payload });
  }
}
