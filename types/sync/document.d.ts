/**
 * Document: plain JSON with a revision. All times are Unix timestamps in milliseconds.
 *
 * @typeParam Data type of the data
 */
export interface SyncDocument<Data = Record<string, unknown>> {
  service: string;
  id: string;
  /** Increases by one with every write. A document that is created again continues the count. */
  revision: number;
  data: Data;
  createdAt: number;
  updatedAt: number;
  /** True if the document was deleted. */
  deleted?: boolean;
  /** When the document expires. */
  expiresAt?: number;
}

/**
 * Change of one value in a document. `path` is a JSON Pointer (RFC 6901): `''` is the whole
 * document, `/a~1b/0` a value in it, with `~1` for `/` and `~0` for `~` in a key.
 */
export type Mutation =
  /** Replaces or adds the value. In an array, `-` or an index equal to its length appends it. */
  | { op: 'set'; path: string; value: unknown }
  /** Adds `value` (default: 1) to the number. A missing number counts as 0. */
  | { op: 'increment'; path: string; value?: number }
  /** Removes the member or element. */
  | { op: 'remove'; path: string }
  /** Appends an element to the array. */
  | { op: 'push'; path: string; value: unknown };

/** Data of which any part may be missing. */
export type DeepPartial<Data> = Data extends readonly unknown[]
  ? Data
  : Data extends object
    ? { [Key in keyof Data]?: DeepPartial<Data[Key]> }
    : Data;

/** One page of the documents of a service. */
export interface DocumentPage<Data = Record<string, unknown>> {
  documents: SyncDocument<Data>[];
  /** Start of the next page. Absent on the last page. */
  cursor?: string;
}

/** Documents of a service. Each loop over it starts from the beginning and fetches page by page. */
export interface DocumentList<Data = Record<string, unknown>> extends AsyncIterable<SyncDocument<Data>> {
  /** Iterates over the pages instead, with their cursors. */
  pages(): AsyncIterableIterator<DocumentPage<Data>>;
}

/**
 * Payload of the topic `sync.<service>.updated`, event type `document.updated`. The event's
 * metadata has the revision.
 */
export interface DocumentUpdatedPayload<Data = Record<string, unknown>> {
  service: string;
  id: string;
  /** With `returnMode` `'full'` or `'both'`. */
  data?: Data;
  /** With `returnMode` `'diff'` or `'both'`: the changes since the previous revision. */
  diff?: Mutation[];
}

/** Payload of the topic `sync.<service>.deleted`, event type `document.deleted`. */
export interface DocumentDeletedPayload {
  service: string;
  id: string;
}
