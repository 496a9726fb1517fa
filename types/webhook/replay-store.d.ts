import type { RealtimeError } from '../errors.js';

/**
 * Remembers deliveries, so that each is handled once. For several processes, implement it with
 * Redis or a database; `docs/webhooks.md` has an example.
 *
 * A receiver claims two IDs per delivery: one for the signed content, one for the delivery ID.
 */
export interface ReplayStore {
  /**
   * Claims an ID. Returns true the first time, `'done'` once {@link complete} was called for the
   * ID, and false in between.
   *
   * @param expiresAt when the store may forget the claim, in Unix milliseconds
   */
  claim(id: string, expiresAt: number): boolean | 'done' | Promise<boolean | 'done'>;
  /**
   * Marks a claimed ID as done, after the handler succeeded. Without this method, an endpoint
   * cannot tell a duplicate from a delivery that is still being handled, and answers 409 to both.
   *
   * @param expiresAt as {@link claim} got it
   */
  complete?(id: string, expiresAt: number): void | Promise<void>;
  /**
   * Lets the ID be claimed again, after the handler or another claim of the delivery failed. The ID
   * may be one that was not claimed.
   */
  release(id: string): void | Promise<void>;
}

/** Replay store for a single process. It forgets a claim once the timestamp is too old anyway. */
export class MemoryReplayStore implements ReplayStore {
  /**
   * Creates an empty store.
   *
   * @param options `maxEntries`: largest number of claims, two per delivery, default 100000.
   *   `clock`: as in the receiver's options
   */
  constructor(options?: { maxEntries?: number | undefined; clock?: (() => number) | undefined });
  /** Number of stored claims, including expired ones that were not removed yet. */
  readonly size: number;
  /**
   * Claims an ID. Returns true the first time, `'done'` once {@link complete} was called for the
   * ID, and false in between.
   *
   * @throws {@link RealtimeError} `REPLAY_STORE_FULL` if the store holds `maxEntries` claims that
   *   have not expired. It does not forget one of them, since that would let its replay in.
   */
  claim(id: string, expiresAt: number): boolean | 'done';
  complete(id: string): void;
  release(id: string): void;
}
