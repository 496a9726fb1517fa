/**
 * The items of an engine, with the payloads of events checked: it stands between the engine and the
 * dispatch of a client that has schemas.
 *
 * While a schema checks asynchronously, no further item is taken. So everything keeps its order,
 * and what arrives waits in the engine's inbox, with its limits and its policy.
 */

import { now, yieldTurn } from '#host';
import { sent } from '../host/symbols.js';
import { check } from './check.js';
import { describeMisfit } from './misfit.js';

/** @import { StandardSchema } from '../../index.js' */
/** @import { Engine, Event, Item } from '../engines/engine.js' */
/** @import { Redaction } from '../redaction/redaction.js' */
/** @import { CheckOutcome } from './check.js' */

/**
 * How long, in milliseconds, checks may follow each other before the event loop gets its turn:
 * promises alone would starve it.
 */
const SLICE = 2;
/** Characters of an event's id in a message. */
const MAX_ID = 60;
/** Live documents read the events of these topics themselves, as the server sent them. */
const OF_DOCUMENTS = /^sync\./;

/** Schemas with their topics, by subscription. @typedef {Map<string, { topic: string, schema: StandardSchema }>} TopicSchemas */

/**
 * What takes the items.
 *
 * @typedef {object} Client
 * @property {number} invalid how many events did not fit
 * @property {() => void} onReady called when there may be items again
 */

class CheckedItems {
  #client;
  #engine;
  #schemas;
  /** The same by topic, until there is a change. @type {Map<string, StandardSchema> | undefined} */
  #byTopic;
  #redaction;
  /** The event that waits for its outcome. @type {{ event: Event, outcome?: CheckOutcome } | undefined} */
  #pending;
  /** The event to check next, which live documents have read. @type {Event | undefined} */
  #announced;
  /** Since when checks follow each other. @type {number | undefined} */
  #busySince;

  /** @param {Client} client @param {Engine} engine @param {TopicSchemas} schemas @param {Redaction} redaction */
  constructor(client, engine, schemas, redaction) {
    this.#client = client;
    this.#engine = engine;
    this.#schemas = schemas;
    this.#redaction = redaction;
  }

  /** As {@link Engine.next}. @returns {Item | undefined} */
  next() {
    const engine = this.#engine;
    const pending = this.#pending;
    if (pending !== undefined) {
      const { event, outcome } = pending;
      if (outcome === undefined) return undefined;
      this.#pending = undefined;
      if (engine.wants(event)) return this.#item(event, outcome);
    }
    for (;;) {
      const announced = this.#announced;
      this.#announced = undefined;
      if (announced !== undefined && !engine.wants(announced)) continue;
      const item = announced ?? engine.next();
      if (item === undefined) this.#busySince = undefined;
      if (item === undefined || Array.isArray(item)) return item;
      this.#byTopic ??= new Map(Array.from(this.#schemas.values(), ({ topic, schema }) => [topic, schema]));
      const schema = this.#byTopic.get(item.topic);
      if (schema === undefined) return item;
      if (announced === undefined && OF_DOCUMENTS.test(item.topic)) {
        this.#announced = item;
        return ['unchecked', { event: item }];
      }
      const outcome = check(schema, /** @type {any} */ (item).payload);
      if (!(outcome instanceof Promise)) return this.#item(item, outcome);
      this.#wait(item, outcome);
      return undefined;
    }
  }

  /** As {@link Engine.wants}: filters were made for what the server sends. @param {Event} event */
  wants(event) {
    return this.#engine.wants(/** @type {any} */ (event)[sent] ?? event);
  }

  /**
   * A subscription or a channel has begun or ended, or the connection: the event that waits may be
   * unwanted, and schemas may be others.
   */
  changed() {
    this.#byTopic = undefined;
    if (this.#pending === undefined || this.#engine.wants(this.#pending.event)) return;
    this.#pending = undefined;
    // In the middle of the user's call no handler runs.
    yieldTurn(() => this.#client.onReady());
  }

  /** @param {Event} event @param {Promise<CheckOutcome>} outcome */
  async #wait(event, outcome) {
    /** @type {{ event: Event, outcome?: CheckOutcome }} */
    const pending = { event };
    this.#pending = pending;
    this.#busySince ??= now();
    pending.outcome = await outcome;
    if (this.#pending !== pending) return;
    if (now() - /** @type {number} */ (this.#busySince) < SLICE) return this.#client.onReady();
    this.#busySince = undefined;
    yieldTurn(() => this.#client.onReady());
  }

  /** @param {Event} event @param {CheckOutcome} outcome @returns {Item} */
  #item(event, { value, misfit }) {
    if (misfit !== undefined) return this.#refuse(event, misfit);
    if (value === /** @type {any} */ (event).payload) return event;
    return Object.defineProperty({ ...event, payload: value }, sent, { value: event });
  }

  /** @param {Event} event @param {NonNullable<CheckOutcome['misfit']>} misfit @returns {Item} */
  #refuse({ id, topic }, misfit) {
    this.#client.invalid++;
    const shown = id.length > MAX_ID ? `${id.slice(0, MAX_ID)}...` : id;
    const report = describeMisfit(`Event '${shown}' of '${topic}'`, misfit, this.#redaction);
    return ['error', { ...report, topic, eventId: id }];
  }
}

export { CheckedItems };
