/**
 * The registered topics: what they are for, who owns them, and which version of their schema is
 * active.
 */

import { kindOf, requireOptions } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { isObject } from '../json.js';
import { LIMITS, TOPIC_LIMITS, TOPIC_NAME } from '../vocabulary.js';

/** @import { LocalTopic, TopicRegistry as PublicTopics } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Schemas } from '../schemas/schemas.js' */

/** @typedef {{ applicationId: string, environment?: string }} Scope */

const MEMBERS = ['name', 'description', 'owner'];
const CHANGES = ['description', 'owner', 'activeSchemaVersion'];

/** @implements {PublicTopics} */
export class TopicRegistry {
  #broker;
  #schemas;
  #scope;
  /** @type {Map<string, LocalTopic>} */
  #topics = new Map();

  /**
   * @param {Broker} broker
   * @param {Pick<Schemas, 'activate'>} schemas
   * @param {Scope} scope of what this process registers
   */
  constructor(broker, schemas, scope) {
    this.#broker = broker;
    this.#schemas = schemas;
    this.#scope = scope;
  }

  /** @param {string} name */
  has(name) {
    return this.#topics.has(name);
  }

  list() {
    return Array.from(this.#topics.values(), (topic) => ({ ...topic }));
  }

  /** @param {string} name */
  get(name) {
    return { ...this.#find(name) };
  }

  /** @param {unknown} request @param {Scope} [scope] of the caller */
  create(request, { applicationId, environment } = this.#scope) {
    if (!isObject(request))
      throw invalid("Expected an object such as { name: 'order.updated', description: '...', owner: '...' }.");
    const members = requireOptions(request, MEMBERS, '{}', (name) => name);
    const name = requireName(members.name);
    const description = requireText(members, 'description');
    const owner = requireText(members, 'owner');
    if (this.#topics.has(name)) throw new PlatformError('AlreadyExistsError', `There is a topic '${name}' already.`);
    if (this.#topics.size >= TOPIC_LIMITS.topics) {
      throw invalid(`A platform can have ${TOPIC_LIMITS.topics} topics; delete one first.`);
    }
    return this.#keep('created', {
      name,
      description,
      owner,
      activeSchemaVersion: null,
      applicationId,
      environment: environment ?? null,
      createdAt: Date.now(),
    });
  }

  /** @param {string} name @param {unknown} request */
  update(name, request) {
    const topic = this.#find(name);
    if (!isObject(request)) throw invalid('Expected an object such as { activeSchemaVersion: 1 }.');
    const changes = requireOptions(request, CHANGES, '{}', (member) => member);
    const texts = ['description', 'owner'].filter((member) => changes[member] !== undefined);
    for (const member of texts) requireText(changes, member);
    const { activeSchemaVersion: version } = changes;
    if (version !== undefined) this.#activate(name, version);
    return this.#keep('updated', { ...topic, ...changes });
  }

  /** Its schemas stay. Payloads are no longer validated. @param {string} name */
  delete(name) {
    const topic = this.#find(name);
    this.#topics.delete(name);
    this.#schemas.activate(name, null);
    this.#report('deleted', topic);
    return topic;
  }

  /** @param {string} name @param {unknown} version */
  #activate(name, version) {
    if (version !== null && !(Number.isSafeInteger(version) && Number(version) > 0)) {
      throw invalid(`activeSchemaVersion: expected a version such as 1, or null for none, got ${kindOf(version)}.`);
    }
    try {
      this.#schemas.activate(name, /** @type {number | null} */ (version));
    } catch (error) {
      throw error instanceof PlatformError ? invalid(`activeSchemaVersion: ${error.message}`) : error;
    }
  }

  /** @param {string} name */
  #find(name) {
    const topic = this.#topics.get(name);
    if (!topic) throw new PlatformError('NotFoundError', `There is no topic '${name}'.`);
    return topic;
  }

  /** @param {'created' | 'updated'} operation @param {LocalTopic} topic */
  #keep(operation, topic) {
    this.#topics.set(topic.name, topic);
    this.#report(operation, topic);
    return { ...topic };
  }

  /** @param {'created' | 'updated' | 'deleted'} operation @param {LocalTopic} topic */
  #report(operation, topic) {
    const { activity } = this.#broker;
    if (activity.isWatched) activity.report({ type: 'topic', operation, topic: { ...topic } });
    this.#broker.checkWaiters();
  }
}

/** @param {unknown} name */
function requireName(name) {
  if (typeof name !== 'string' || name.length > LIMITS.topicLength || !TOPIC_NAME.test(name)) {
    throw invalid(
      `name: expected lowercase letters and digits, with dots between them, such as 'order.updated', up to ${LIMITS.topicLength} characters.`,
    );
  }
  return name;
}

/** @param {Record<string, unknown>} members @param {string} name */
function requireText(members, name) {
  const text = members[name];
  if (typeof text === 'string' && text.trim() !== '' && text.length <= TOPIC_LIMITS.textLength) return text;
  throw invalid(`${name}: expected a text of 1 to ${TOPIC_LIMITS.textLength} characters.`);
}
