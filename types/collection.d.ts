/// <reference lib="esnext.disposable" />

import type { Emitter } from './emitter.js';
import type { RealtimeError } from './errors.js';
import type { SubscriptionFilter } from './subscription.js';
import type { AbortSignal } from './web.js';

/** Options of {@link RealtimeClient.collection}. */
export interface CollectionOptions<Row = Record<string, unknown>> {
  /** Topic whose events change the rows: each payload is a row. No pattern. */
  topic: string;
  /**
   * What identifies a row: a member of it, several members, or a function. Default: the primary
   * key, as the platform names it. With several members, the keys of the collection are JSON texts
   * such as `'["a",1]'`. The payload of a deletion may have these members alone.
   */
  key?: (keyof Row & string) | (keyof Row & string)[] | ((row: Row) => unknown);
  /**
   * Where the rows come from at first and after each gap: the ID of a database mapping, or a
   * function. Default: the mapping of the topic.
   *
   * A function must read what is stored now. If it knows up to which position of the database's log
   * its rows are complete, it returns that as `lsn`, and earlier events are skipped. Otherwise
   * events that came during the read are applied on top of it.
   */
  snapshot?:
    | string
    | ((context: { signal: AbortSignal }) => CollectionSnapshot<Row> | Promise<CollectionSnapshot<Row>>);
  /**
   * Which rows the collection has: a filter as in {@link SubscribeOptions.filter}, or a function.
   * The client applies it, not the server, since a row that stops matching has to leave the
   * collection.
   */
  filter?: SubscriptionFilter | ((row: Row) => boolean);
  /** Order of the rows in loops. Default: the order in which they came. */
  orderBy?: (a: Row, b: Row) => number;
  /** Closes the collection. */
  signal?: AbortSignal;
  /** Limit for each read of the rows from the platform, in milliseconds. Default: 60,000. */
  timeout?: number;
}

/**
 * Rows that are stored now, and optionally up to which position of the database's log they are
 * complete.
 */
export type CollectionSnapshot<Row = Record<string, unknown>> =
  | Iterable<Row>
  | AsyncIterable<Row>
  | { rows: Iterable<Row> | AsyncIterable<Row>; lsn?: string };

/** Change of one row. */
export type CollectionChange<Row = Record<string, unknown>> =
  | { type: 'insert'; key: unknown; row: Row; previous?: undefined }
  | { type: 'update'; key: unknown; row: Row; previous: Row }
  | { type: 'delete'; key: unknown; row?: undefined; previous: Row };

/** Events of a {@link LiveCollection}. */
export interface CollectionEvents<Row = Record<string, unknown>> {
  /**
   * Rows have changed, and the collection has the new ones. `reset` is true if the changes are the
   * difference between two snapshots, after a gap: they say nothing about what happened in between.
   * It can then be empty.
   */
  change: [change: { changes: CollectionChange<Row>[]; reset: boolean }];
  /**
   * A snapshot could not be read: the client tries again after 0.5 to 30 seconds. Or the server
   * refused the subscription later: the collection is closed. Without a listener here, the
   * `'error'` listeners of the client receive these errors.
   */
  error: [error: RealtimeError];
}

/**
 * Rows that follow the server, as a `Map` that only the server changes: the result of
 * {@link RealtimeClient.collection}.
 *
 * Each change is applied once and in order. After a gap the client reads a new snapshot and reports
 * the difference.
 *
 * @example
 * const sessions = await realtime.collection({ topic: 'session.status', key: 'sessionId' });
 * for (const [id, session] of sessions) console.log(id, session);
 * sessions.on('change', ({ changes }) => console.log(changes));
 */
export class LiveCollection<Row = Record<string, unknown>> extends Emitter<CollectionEvents<Row>> {
  private constructor(...internal: never[]);
  readonly topic: string;
  /** Number of rows. */
  readonly size: number;
  /** False while a snapshot is read after a gap: the rows are those from before. */
  readonly live: boolean;
  readonly closed: boolean;
  /**
   * Row with this key. The client replaces rows and never modifies them; do not modify them either.
   */
  get(key: unknown): Row | undefined;
  has(key: unknown): boolean;
  entries(): IterableIterator<[unknown, Row]>;
  keys(): IterableIterator<unknown>;
  values(): IterableIterator<Row>;
  forEach(callback: (row: Row, key: unknown, collection: this) => void, receiver?: unknown): void;
  /**
   * Ends the subscription. The rows stay as they are, and no listener is called after this call.
   */
  close(): void;
  /** Closes the collection at the end of a `using` block. */
  [Symbol.dispose](): void;
  /** Closes the collection at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
  [Symbol.iterator](): IterableIterator<[unknown, Row]>;
}
