import type { StandardSchema } from '../schema.js';
import type { AbortSignal } from '../web.js';
import type { SyncClient } from './client.js';
import type { DocumentPage } from './document.js';

/** Options of every request. */
export interface CallOptions {
  /**
   * Cancels the request, also on the wire. The promise rejects with `ABORTED`. A write may have
   * taken effect nevertheless.
   */
  signal?: AbortSignal;
  /** Time limit of the call including its retries, in milliseconds. Default: 10000. */
  timeout?: number;
}

/**
 * Options of {@link SyncClient.get}.
 *
 * @typeParam Data type of the document's data
 */
export interface GetOptions<Data = unknown> extends CallOptions {
  /**
   * Checks the data with a schema of zod, valibot, arktype or any other library that has Standard
   * Schemas. The document has the schema's output. Data that does not fit rejects with
   * `PAYLOAD_INVALID`. See `docs/schemas.md`.
   */
  schema?: StandardSchema<unknown, Data>;
}

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  /**
   * Name of this write: 1 to 256 printable ASCII characters. The server performs the write once,
   * however often it arrives. So the client can retry it when it does not know whether it arrived.
   */
  idempotencyKey?: string;
  /**
   * Write only if the document has this revision. The same as the argument of this name: options
   * may take its place.
   */
  expectedRevision?: number;
}

/** Options of {@link SyncClient.create}. */
export interface CreateOptions extends Omit<WriteOptions, 'expectedRevision'> {
  /**
   * ID of the new document. Default: the server chooses one. The same as the argument of this name:
   * options may take its place.
   */
  id?: string;
  /** When the document expires, as a Unix timestamp in milliseconds. */
  expiresAt?: number;
}

/**
 * Options of {@link SyncClient.list}. The time limit applies to each page.
 *
 * @typeParam Data type of the data of the documents
 */
export interface ListOptions<Data = unknown> extends CallOptions {
  /**
   * Checks the data of each document, like {@link GetOptions.schema}. The loop throws
   * `PAYLOAD_INVALID` at the first document that does not fit.
   */
  schema?: StandardSchema<unknown, Data>;
  /** Documents per page. Default: the server's. */
  limit?: number;
  /** Where to start: the `cursor` of an earlier {@link DocumentPage}. */
  cursor?: string;
}

/**
 * Options of {@link SyncClient.update}. The time limit applies to all attempts together, including
 * your `change` function.
 */
export interface UpdateOptions extends CallOptions {
  /** Attempts before the call gives up. Default: 50. */
  attempts?: number;
}

/**
 * Options of {@link SyncClient.watch}.
 *
 * @typeParam Data type of the document's data
 */
export interface WatchOptions<Data = unknown> {
  /**
   * Checks the data of each revision, like {@link GetOptions.schema}. The live document has the
   * schema's output. If a revision does not fit, the live document emits an error `PAYLOAD_INVALID`
   * and keeps the last data that did. The change after it counts that revision as `skipped`.
   */
  schema?: StandardSchema<unknown, Data>;
  /**
   * What the server sends: the document (`'full'`), the change (`'diff'`, less traffic), or both.
   * Default: `'full'`.
   */
  returnMode?: 'full' | 'diff' | 'both';
}
