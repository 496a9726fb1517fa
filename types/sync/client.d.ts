import type { RealtimeClient } from '../client.js';
import type { RealtimeError } from '../errors.js';
import type { Fixed } from '../schema.js';
import type { Untyped } from '../untyped.js';
import type { DeepPartial, DocumentList, Mutation, SyncDocument } from './document.js';
import type { DocumentData, DocumentMap } from './document-map.js';
import type { LiveDocument } from './live-document.js';
import type { CreateOptions, GetOptions, ListOptions, UpdateOptions, WatchOptions, WriteOptions } from './options.js';

/**
 * JSON documents with revisions: `realtime.sync`. Requests need no connection of the client.
 *
 * Services and IDs are strings of 1 to 256 bytes, except `.` and `..`. Data can be any JSON value
 * of at most 512 levels; members that are undefined are left out. Anything else (NaN, a `Map`,
 * undefined in an array, a cycle) rejects with `INVALID_ARGUMENT`, and the error names the path.
 *
 * The client retries reads after passing failures, such as connection errors, 429 and 503. It
 * retries writes with an `expectedRevision` or an `idempotencyKey` as well, and sends other writes
 * once.
 *
 * All promises reject with a {@link RealtimeError} that has `method` and `path`, and `status` if
 * the server answered. `uncertain` marks the error of a write that may have taken effect. Every
 * method can reject with `INVALID_ARGUMENT`, `AUTH_FAILED`, `FORBIDDEN`, `RATE_LIMITED`,
 * `SERVER_ERROR`, `TIMEOUT`, `ABORTED`, `NETWORK_ERROR`, `TLS_ERROR`, `PROXY_ERROR`,
 * `PROTOCOL_ERROR`, `MESSAGE_TOO_LARGE`, `TOKEN_PROVIDER_FAILED` or `CLIENT_DESTROYED`; the methods
 * list further codes. A write with a wrong `expectedRevision` rejects with `REVISION_CONFLICT`; the
 * error has the current `document`.
 *
 * @typeParam Documents map from services to the types of their documents, see {@link RealtimeClient}
 * @example
 * const note = await realtime.sync.create('notes', { title: 'Milk' });
 * await realtime.sync.merge('notes', note.id, { done: true }, note.revision);
 */
export class SyncClient<Documents extends DocumentMap<Documents> = Untyped> {
  private constructor(...internal: never[]);

  /**
   * Creates a document. Rejects with `ALREADY_EXISTS` if the ID is taken.
   *
   * @param id default: the server chooses one. Options may take its place
   * @example
   * const note = await realtime.sync.create('notes', { title: 'Milk' }, 'n1');
   * await realtime.sync.create('notes', { title: 'Today' }, { expiresAt: Date.now() + 86_400_000 });
   */
  create<Data = Record<string, unknown>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    data: DocumentData<Documents, Service, Data>,
    id?: string | CreateOptions,
    options?: CreateOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>>>;

  /**
   * Reads a document. Rejects with `NOT_FOUND` if it is missing, deleted or expired, and with
   * `PAYLOAD_INVALID` if it does not fit `options.schema`.
   *
   * @typeParam Output type of the data: what the schema makes of it
   * @example
   * const { data, revision } = await realtime.sync.get('notes', 'n1');
   */
  get<
    Data = Record<string, unknown>,
    Service extends keyof Documents & string = keyof Documents & string,
    Output = DocumentData<Documents, Service, Data>,
  >(service: Service, id: string, options?: GetOptions<Output>): Promise<SyncDocument<Fixed<Output>>>;

  /**
   * Replaces the data of a document. Rejects with `NOT_FOUND` or `REVISION_CONFLICT`.
   *
   * @param expectedRevision write only if the document has this revision. Options may take its place
   * @example
   * const { revision } = await realtime.sync.get('notes', 'n1');
   * await realtime.sync.replace('notes', 'n1', { title: 'Bread' }, revision);
   */
  replace<Data = Record<string, unknown>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    id: string,
    data: DocumentData<Documents, Service, Data>,
    expectedRevision?: number | WriteOptions,
    options?: WriteOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>>>;

  /**
   * Merges into the data of a document. Objects are merged, everything else is replaced; null is a
   * value like any other. Rejects with `NOT_FOUND` or `REVISION_CONFLICT`.
   *
   * @param expectedRevision write only if the document has this revision. Options may take its place
   * @example
   * await realtime.sync.merge('notes', 'n1', { done: true });
   */
  merge<Data = Record<string, unknown>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    id: string,
    data: DeepPartial<DocumentData<Documents, Service, Data>>,
    expectedRevision?: number | WriteOptions,
    options?: WriteOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>>>;

  /**
   * Changes single values of a document. The server applies all mutations or none. Rejects with
   * `NOT_FOUND` or `REVISION_CONFLICT`.
   *
   * @param expectedRevision write only if the document has this revision. Options may take its place
   * @example
   * await realtime.sync.mutate('notes', 'n1', [
   *   { op: 'push', path: '/tags', value: 'today' },
   *   { op: 'increment', path: '/edits' },
   * ]);
   */
  mutate<Data = Record<string, unknown>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    id: string,
    mutations: readonly Mutation[],
    expectedRevision?: number | WriteOptions,
    options?: WriteOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>>>;

  /**
   * Deletes a document. A document that is created later with the same ID continues its revisions.
   * Rejects with `NOT_FOUND` or `REVISION_CONFLICT`.
   *
   * @param expectedRevision delete only if the document has this revision. Options may take its place
   * @returns the document with `deleted: true`, or undefined if the server does not return it
   * @example
   * await realtime.sync.delete('notes', 'n1');
   */
  delete<Data = Record<string, unknown>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    id: string,
    expectedRevision?: number | WriteOptions,
    options?: WriteOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>> | undefined>;

  /**
   * Iterates over the documents of a service. The loop throws the errors of its requests.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` at once
   * @example
   * for await (const { id, data } of realtime.sync.list('notes')) console.log(id, data);
   */
  list<
    Data = Record<string, unknown>,
    Service extends keyof Documents & string = keyof Documents & string,
    Output = DocumentData<Documents, Service, Data>,
  >(service: Service, options?: ListOptions<Output>): DocumentList<Fixed<Output>>;

  /**
   * Updates a document without losing the writes of others. It reads the document, calls `change`
   * for the new data, and writes it. If another write came first, it starts again.
   *
   * Rejects with the error that `change` throws, with `NOT_FOUND`, or with `REVISION_CONFLICT`
   * after `options.attempts` conflicts. A `REVISION_CONFLICT` with `uncertain: true` means that an
   * attempt may have taken effect and its answer was lost.
   *
   * @param change called once per attempt, may be async. Return undefined to change nothing.
   * @returns the document as written, or as read if nothing was changed
   * @example
   * await realtime.sync.update('counters', 'visits', ({ count }) => ({ count: count + 1 }));
   */
  // biome-ignore lint/suspicious/noExplicitAny: a change of unknown data computes with its values
  update<Data = Record<string, any>, Service extends keyof Documents & string = keyof Documents & string>(
    service: Service,
    id: string,
    change: (
      data: DocumentData<Documents, Service, Data>,
      document: SyncDocument<DocumentData<Documents, Service, Data>>,
    ) =>
      | DocumentData<Documents, Service, Data>
      | undefined
      | Promise<DocumentData<Documents, Service, Data> | undefined>,
    options?: UpdateOptions,
  ): Promise<SyncDocument<DocumentData<Documents, Service, Data>>>;

  /**
   * Returns a document that follows the server until you close it. It need not exist yet. Without a
   * connection of the client it is read once.
   *
   * @param service part of topic names: at most 243 bytes, no control characters
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   * @example
   * const note = realtime.sync.watch('notes', 'n1');
   * note.on('change', ({ data }) => console.log(data));
   */
  watch<
    Data = Record<string, unknown>,
    Service extends keyof Documents & string = keyof Documents & string,
    Output = DocumentData<Documents, Service, Data>,
  >(service: Service, id: string, options?: WatchOptions<Output>): LiveDocument<Fixed<Output>>;
}
