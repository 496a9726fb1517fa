/**
 * The rows of a collection: those that its filter accepts, by key, in its order. Pure: events and
 * snapshots in, changes out.
 */

import { RealtimeError } from '../errors/errors.js';
import { own } from '../own.js';
import { sameJson } from '../sync/same-json.js';

/** @import { CollectionChange, RealtimeEvent } from '../../index.js' */

/**
 * @typedef {object} Shape
 * @property {readonly string[] | ((row: any) => unknown)} [key] names of the members that identify a
 *   row, or a function. By default the first snapshot tells them
 * @property {(row: any) => boolean} [filter]
 * @property {(a: any, b: any) => number} [orderBy]
 */

class Rows {
  #shape;
  #key;
  /** @type {Map<unknown, any>} */
  #rows = new Map();
  /** Undefined after a change. @type {[key: unknown, row: any][] | undefined} */
  #sorted;

  /** @param {Shape} shape */
  constructor(shape) {
    this.#shape = shape;
    this.#key = shape.key;
  }

  get size() {
    return this.#rows.size;
  }

  /** @param {unknown} key */
  get(key) {
    return this.#rows.get(key);
  }

  /** @param {unknown} key */
  has(key) {
    return this.#rows.has(key);
  }

  /** In the order of the collection. @returns {Iterable<[key: unknown, row: any]>} */
  entries() {
    const { orderBy } = this.#shape;
    if (orderBy === undefined) return this.#rows;
    this.#sorted ??= [...this.#rows].sort(([, a], [, b]) => orderBy(a, b));
    return this.#sorted;
  }

  /**
   * Applies an event. Returns its changes, or undefined for an event that does not contain enough
   * to tell the row: a new snapshot is needed.
   *
   * @param {RealtimeEvent<any>} event
   * @returns {CollectionChange<any>[] | undefined}
   */
  apply({ type, payload, metadata }) {
    const operation = own(metadata, 'operation') ?? String(type).split('.').at(-1);
    if (operation === 'truncate') return this.replace([]);
    const key = this.#keyOf(payload, own(metadata, 'key'));
    if (key === undefined) return undefined;
    if (operation === 'delete') return this.#put(key, undefined);
    const row = this.#whole(key, payload, own(metadata, 'unchanged'));
    if (row === undefined) return undefined;
    // An update of the key moves the row.
    const oldKey = this.#keyOf(own(metadata, 'oldKey'));
    const moved = oldKey === undefined || oldKey === key ? [] : this.#put(oldKey, undefined);
    return [...moved, ...this.#put(key, row)];
  }

  /**
   * Takes the rows of a snapshot in place of all others.
   *
   * @param {Iterable<any>} rows
   * @param {readonly string[]} [identity] names of the members that identify a row, as the snapshot
   *   tells them
   * @returns {CollectionChange<any>[]}
   */
  replace(rows, identity) {
    this.#key ??= identity;
    const left = new Set(this.#rows.keys());
    const changes = [];
    for (const row of rows) {
      const key = this.#keyOf(row);
      if (key === undefined) throw this.#withoutKey();
      left.delete(key);
      if (!sameJson(row, this.#rows.get(key))) changes.push(...this.#put(key, row));
    }
    for (const key of left) changes.push(...this.#put(key, undefined));
    return changes;
  }

  /**
   * @param {unknown} key
   * @param {any} row undefined: it is deleted
   * @returns {CollectionChange<any>[]}
   */
  #put(key, row) {
    const previous = this.#rows.get(key);
    const { filter } = this.#shape;
    const isKept = row !== undefined && (filter === undefined || filter(row));
    if (!isKept && previous === undefined) return [];
    this.#sorted = undefined;
    if (isKept) this.#rows.set(key, row);
    else this.#rows.delete(key);
    if (!isKept) return [{ type: 'delete', key, previous }];
    return [previous === undefined ? { type: 'insert', key, row } : { type: 'update', key, row, previous }];
  }

  /**
   * The row of an event, with the members that the database has not sent since they are as before.
   *
   * @param {unknown} key
   * @param {any} payload
   * @param {unknown} unchanged
   */
  #whole(key, payload, unchanged) {
    const missing = Array.isArray(unchanged) ? unchanged.filter((name) => own(payload, name) === undefined) : [];
    if (missing.length === 0) return payload;
    const previous = this.#rows.get(key);
    if (previous === undefined) return undefined;
    return { ...Object.fromEntries(missing.map((name) => [name, own(previous, name)])), ...payload };
  }

  /**
   * The key of a row; undefined: it has none.
   *
   * @param {any} row
   * @param {any} [columns] of the key, where the row lacks them
   */
  #keyOf(row, columns) {
    const key = this.#key;
    if (key === undefined || (row === undefined && columns === undefined)) return undefined;
    if (typeof key === 'function') return key(row ?? columns);
    const parts = key.map((name) => own(row, name) ?? own(columns, name));
    if (parts.some((part) => part === undefined || part === null)) return undefined;
    return parts.length === 1 ? parts[0] : JSON.stringify(parts);
  }

  #withoutKey() {
    const names = Array.isArray(this.#key) ? ` '${this.#key.join("', '")}'` : '';
    const message = `RealtimeClient.collection(): A row of the snapshot lacks its key${names}`;
    return new RealtimeError('INVALID_ARGUMENT', message, {
      remediation: 'Set options.key to the member that identifies a row, as the rows of the snapshot name it.',
    });
  }
}

export { Rows };
