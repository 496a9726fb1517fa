/**
 * The schemas of topics: their versions, which of them is active, and what it has refused. The
 * broker calls `check` for each event before it delivers it.
 */

import { kindOf, requireOptions } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { isObject } from '../json.js';
import { SCHEMA_LIMITS } from '../vocabulary.js';
import { requireSchema } from './check.js';
import { findBreaks } from './compatibility/compare.js';
import { summarise } from './errors.js';
import { Validator } from './validator.js';

/**
 * @import { LocalEvent, LocalSchema, PayloadError, RefusedPayloads, SchemaCheck, Schemas as PublicSchemas } from '../../index.js'
 */
/** @import { Broker } from '../broker/broker.js' */
/** @import { References } from './references.js' */

/** @typedef {{ entry: LocalSchema, references: References, validator: Validator }} Version */

const REGISTRATION = ['schema', 'compatibilityMode'];
const MODES = ['backward', 'none'];

/** @implements {PublicSchemas} */
export class Schemas {
  #broker;
  #isTopic;
  /** @type {Map<string, Version[]>} */
  #versions = new Map();
  /** The version that payloads of a topic must fit. @type {Map<string, Version>} */
  #active = new Map();
  /** @type {Map<string, RefusedPayloads>} */
  #refused = new Map();

  /** @param {Broker} broker @param {(topic: string) => boolean} isTopic whether it is registered */
  constructor(broker, isTopic) {
    this.#broker = broker;
    this.#isTopic = isTopic;
  }

  get refused() {
    return Array.from(this.#refused.values(), (entry) => ({ ...entry }));
  }

  /** @param {string} topic @param {unknown} request @returns {LocalSchema} */
  register(topic, request) {
    if (!this.#isTopic(topic)) {
      throw new PlatformError(
        'NotFoundError',
        `There is no topic '${topic}'. Register it first, with POST /api/topics.`,
      );
    }
    const { schema: given, compatibilityMode = 'backward' } = requireRegistration(request);
    if (!MODES.includes(/** @type {string} */ (compatibilityMode))) {
      throw invalid(`compatibilityMode: expected 'backward' or 'none', got ${kindOf(compatibilityMode)}.`);
    }
    // A copy: the caller may go on to change its own.
    const schema = copyOf(given);
    const references = checked(schema);
    const versions = this.#versions.get(topic) ?? [];
    if (versions.length >= SCHEMA_LIMITS.versions) {
      throw invalid(`A topic can have ${SCHEMA_LIMITS.versions} versions of its schema.`);
    }
    const latest = versions.at(-1);
    if (latest && compatibilityMode === 'backward') requireBackward(latest, references);
    const version = versions.length + 1;
    /** @type {LocalSchema} */
    const entry = {
      topic,
      version,
      schema: /** @type {Record<string, unknown>} */ (schema),
      compatibilityMode: /** @type {'backward' | 'none'} */ (compatibilityMode),
      createdAt: Date.now(),
    };
    versions.push({ entry, references, validator: compiled(references) });
    this.#versions.set(topic, versions);
    const { activity } = this.#broker;
    if (activity.isWatched)
      activity.report({ type: 'schema', schema: { topic, version, compatibilityMode: entry.compatibilityMode } });
    this.#broker.checkWaiters();
    return structuredClone(entry);
  }

  /** @param {string} topic */
  versions(topic) {
    if (!this.#versions.has(topic) && !this.#isTopic(topic))
      throw new PlatformError('NotFoundError', `There is no topic '${topic}'.`);
    return (this.#versions.get(topic) ?? []).map(({ entry }) => structuredClone(entry));
  }

  /** @param {string} topic @param {number} version */
  get(topic, version) {
    return structuredClone(this.#find(topic, version).entry);
  }

  /** @param {string} topic */
  latest(topic) {
    const latest = this.#versions.get(topic)?.at(-1);
    if (!latest) throw new PlatformError('NotFoundError', `The topic '${topic}' has no schema.`);
    return structuredClone(latest.entry);
  }

  /**
   * @param {string} topic
   * @param {unknown} payload
   * @param {{ version?: number }} [options]
   * @returns {SchemaCheck}
   */
  validate(topic, payload, options) {
    const { version } = requireOptions(options, ['version'], '{ version: 2 }');
    const { entry, validator } =
      version === undefined
        ? (this.#active.get(topic) ?? this.#find(topic, this.latest(topic).version))
        : this.#find(topic, /** @type {number} */ (version));
    const errors = validator.validate(payload);
    return errors ? { valid: false, version: entry.version, errors } : { valid: true, version: entry.version };
  }

  /**
   * Chooses the version that payloads must fit, or none.
   *
   * @param {string} topic
   * @param {number | null} version
   */
  activate(topic, version) {
    if (version === null) this.#active.delete(topic);
    else this.#active.set(topic, this.#find(topic, version));
  }

  /**
   * Refuses an event whose payload does not fit the active schema of its topic.
   *
   * @param {{ topic: string, payload: unknown }} event
   * @throws {PlatformError} `ValidationError` with `details.errors`
   */
  check({ topic, payload }) {
    const active = this.#active.get(topic);
    const errors = active?.validator.validate(payload);
    if (!active || !errors) return;
    const { version } = active.entry;
    const error = new PlatformError(
      'ValidationError',
      `payload: it does not fit version ${version} of the schema of '${topic}': ${summarise(errors)}.`,
      { errors },
    );
    this.#count(topic, version, errors);
    this.#broker.refusals.add(`an event of '${topic}'`, error);
    throw error;
  }

  /** @param {string} topic @param {number} version @param {PayloadError[]} errors */
  #count(topic, version, errors) {
    const count = (this.#refused.get(topic)?.count ?? 0) + 1;
    this.#refused.set(topic, { topic, count, lastVersion: version, lastErrors: errors, lastAt: Date.now() });
    this.#broker.checkWaiters();
  }

  /** @param {string} topic @param {unknown} version */
  #find(topic, version) {
    const versions = this.#versions.get(topic) ?? [];
    const found = Number.isSafeInteger(version) ? versions[Number(version) - 1] : undefined;
    if (found) return found;
    const known = versions.length === 0 ? 'It has none.' : `It has 1 to ${versions.length}.`;
    const name = typeof version === 'number' ? ` ${version}` : '';
    throw new PlatformError('NotFoundError', `There is no version${name} of the schema of '${topic}'. ${known}`);
  }
}

/** @param {unknown} request */
function requireRegistration(request) {
  if (!isObject(request)) throw invalid("Expected an object such as { schema: { type: 'object' } }.");
  return requireOptions(request, REGISTRATION, "{ schema: { type: 'object' } }", (name) => name);
}

/** @param {unknown} schema @returns {unknown} */
function copyOf(schema) {
  if (schema === undefined) throw invalid('schema: expected a JSON Schema, an object, got undefined.');
  try {
    return JSON.parse(JSON.stringify(schema) ?? 'null');
  } catch (error) {
    // From a method, it may have a cycle or a bigint. From the wire, it may nest too deeply.
    throw invalid(`schema: it is not JSON: ${/** @type {Error} */ (error).message}.`);
  }
}

/** @param {unknown} schema */
function checked(schema) {
  try {
    return requireSchema(schema);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid('schema: its references make a chain that is too long.');
  }
}

/** @param {References} references */
function compiled({ root }) {
  try {
    return new Validator(root);
  } catch (error) {
    throw invalid(`schema: it cannot be compiled: ${/** @type {Error} */ (error).message}.`);
  }
}

/** @param {Version} latest @param {References} next */
function requireBackward({ entry, references }, next) {
  const breaks = findBreaks(references, next);
  if (breaks.length === 0) return;
  const lines = breaks.map(({ path, reason }) => `${path || 'the payload'}: ${reason}`);
  throw new PlatformError(
    'ConflictError',
    `The schema does not accept everything that version ${entry.version} of '${entry.topic}' accepts. ${lines.join('; ')}. ` +
      "Change it, or register it with compatibilityMode 'none'.",
    { breaks },
  );
}
