/// <reference lib="esnext.disposable" />

import { Emitter } from '../emitter.js';
import type { RealtimeError } from '../errors.js';
import type { SyncClient } from './client.js';
import type { Mutation } from './document.js';

/** Change of a live document. */
export interface LiveChange<Data = Record<string, unknown>> {
  /**
   * Complete data, or undefined if the document was deleted. The live document shares this object,
   * so do not modify it.
   */
  data: Data | undefined;
  revision: number;
  deleted: boolean;
  /**
   * Whether a write of this client made this revision. A write whose answer was lost does not
   * count.
   */
  isLocal: boolean;
  /**
   * Revisions since the previous change that were not reported one by one, because the connection
   * had a gap or the loop was too slow. `data` contains them. A change with `isLocal` and
   * `skipped: 0` contains this client's own write and nothing else.
   */
  skipped: number;
  /**
   * True if the server went back: a read returned a lower revision than before, or other data for
   * the same revision. A backup was restored, or an event was wrong. Discard what you derived from
   * the previous data. Without `reset`, revisions only increase.
   */
  reset?: boolean;
  /**
   * Changes since the previous revision, if the event had them (`returnMode` `'diff'` or `'both'`).
   */
  diff?: Mutation[];
}

/** Events of a {@link LiveDocument}. */
export interface LiveDocumentEvents<Data = Record<string, unknown>> {
  /** Fires whenever the document changes, and once after the first read. */
  change: [change: LiveChange<Data> & { data: Data; deleted: false }];
  /** Fires when the document is deleted. If it is created again, a `change` follows. */
  delete: [change: LiveChange<Data>];
  /**
   * The server refused a subscription, or a read failed. The client retries reads that can succeed
   * later. Without a listener here, the `'error'` listeners of the client receive these errors.
   */
  error: [error: RealtimeError];
}

/**
 * Document that follows the server: the result of {@link SyncClient.watch}. It misses no revision,
 * also across reconnections. Revisions increase, unless a change says `reset`.
 *
 * A loop over it yields every change and deletion from its start until the document is closed. Up
 * to 1000 changes wait for a slow loop. `events.once()` and `events.on()` of Node accept it as
 * well.
 *
 * @example
 * const note = realtime.sync.watch('notes', 'n1');
 * note.on('change', ({ data, isLocal }) => console.log(data, isLocal));
 * await note.ready();
 */
export class LiveDocument<Data = Record<string, unknown>> extends Emitter<LiveDocumentEvents<Data>> {
  private constructor(...internal: never[]);
  readonly service: string;
  readonly id: string;
  /**
   * Data of `revision`, or undefined before the first read and while the document does not exist.
   * The client replaces this object and never modifies it.
   */
  readonly data: Data | undefined;
  /** 0 until the first read, and for a document that never existed. */
  readonly revision: number;
  /** Whether the document existed and was deleted. */
  readonly deleted: boolean;
  /**
   * Resolves after the first read, also if the document does not exist. Rejects if that read fails
   * (a later call waits for the next read), and with `ABORTED` if the document is closed.
   */
  ready(): Promise<void>;
  /** Stops following the server. No listener is called after this call, and loops end. */
  close(): void;
  /** Closes the document at the end of a `using` block. */
  [Symbol.dispose](): void;
  /** Closes the document at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Iterates over the changes from now on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<LiveChange<Data>>;
}
