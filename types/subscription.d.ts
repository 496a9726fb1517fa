/** What to subscribe to. */
export interface SubscribeOptions {
  /** Domain topic, e.g. `"session.status"`: 1 to 256 bytes, no control characters. */
  topic: string;
  /** Deliver only the events whose payload matches. */
  filter?: SubscriptionFilter;
  /**
   * What the events of sync topics carry: the document (`'full'`), the change (`'diff'`), or both.
   * Default: `'full'`.
   */
  returnMode?: 'full' | 'diff' | 'both';
}

/** Value that a filter compares with. Types are not converted: `12` does not match `'12'`. */
export type FilterValue = string | number | boolean | null;

/**
 * Conditions on the payload, by key or dotted path. An event matches when all of them hold.
 *
 * @example
 * realtime.subscribe({
 *   topic: 'session.status',
 *   filter: { campusId: 12, status: { in: ['active', 'ended'] } },
 * });
 */
export interface SubscriptionFilter {
  [key: string]: FilterValue | { eq: FilterValue } | { in: readonly FilterValue[] };
}
