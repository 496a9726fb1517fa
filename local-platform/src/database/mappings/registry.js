/** The mappings of a platform: by ID, and the live ones by table, for each change. */

import { invalid, PlatformError } from '../../error.js';
import { Mapping } from './mapping.js';

/** @import { Definition } from './definition.js' */

const MAX_MAPPINGS = 1_000;

export class MappingRegistry {
  /** @type {Map<string, Mapping>} */
  #byId = new Map();
  /** Live mappings by schema and name of the table. @type {Map<string, Map<string, Mapping[]>>} */
  #byTable = new Map();
  /** Mappings that each table ever had. @type {Map<string, number>} */
  #ordinals = new Map();

  get all() {
    return [...this.#byId.values()];
  }

  /** The topics of all mappings, each once. */
  get topics() {
    return [...new Set(this.all.map(({ topic }) => topic))];
  }

  /** The tables of all mappings, each once. */
  get tables() {
    const tables = this.all.map(({ definition: { table } }) => table);
    return [...new Map(tables.map((table) => [`${table.schema}.${table.name}`, table])).values()];
  }

  /** @param {string | undefined} id @throws {PlatformError} */
  requireFree(id) {
    if (id !== undefined && this.#byId.has(id)) {
      throw new PlatformError('AlreadyExistsError', `There is a mapping '${id}' already.`);
    }
    if (this.#byId.size >= MAX_MAPPINGS) {
      throw invalid(`A platform can have ${MAX_MAPPINGS} mappings; delete one first.`);
    }
  }

  /** @param {Definition} definition @param {string} [id] that is free */
  add(definition, id) {
    const { schema, name } = definition.table;
    const table = `${schema}.${name}`;
    const ordinal = this.#ordinals.get(table) ?? 0;
    this.#ordinals.set(table, ordinal + 1);
    const mapping = new Mapping(definition, ordinal, id);
    this.#byId.set(mapping.id, mapping);
    return mapping;
  }

  /** @param {string} id @throws {PlatformError} `NotFoundError` */
  find(id) {
    const mapping = this.#byId.get(id);
    if (mapping === undefined) throw new PlatformError('NotFoundError', `No mapping '${id}'.`);
    return mapping;
  }

  /** @param {Mapping} mapping */
  remove(mapping) {
    this.#byId.delete(mapping.id);
    this.refresh();
  }

  /** The live mappings of a table. @param {string} schema @param {string} name @returns {readonly Mapping[]} */
  of(schema, name) {
    return this.#byTable.get(schema)?.get(name) ?? NONE;
  }

  /** Call it after a mapping became live, failed, or changed its table. */
  refresh() {
    this.#byTable.clear();
    for (const mapping of this.#byId.values()) {
      if (!mapping.isLive) continue;
      const { schema, name } = mapping.definition.table;
      const tables = this.#byTable.get(schema) ?? new Map();
      this.#byTable.set(schema, tables.set(name, [...(tables.get(name) ?? []), mapping]));
    }
  }
}

/** @type {readonly Mapping[]} */
const NONE = [];
