import type { PayloadIssue } from './schema.js';
import type { SyncDocument } from './sync/document.js';
import type { WebhookVerificationCode } from './webhook/verification-error.js';

/** Every code of a {@link RealtimeError}. `docs/errors.md` lists the cause and the remedy of each. */
export type RealtimeErrorCode =
  | 'INVALID_ARGUMENT'
  | 'CLIENT_DESTROYED'
  | 'ADDON_NOT_FOUND'
  | 'NETWORK_ERROR'
  | 'TIMEOUT'
  | 'TLS_ERROR'
  | 'PROXY_ERROR'
  | 'UPGRADE_REFUSED'
  | 'AUTH_FAILED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_PROVIDER_FAILED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'REVISION_CONFLICT'
  | 'RATE_LIMITED'
  | 'ABORTED'
  | 'CONNECT_REFUSED'
  | 'RECONNECT_FAILED'
  | 'PROTOCOL_ERROR'
  | 'MESSAGE_TOO_LARGE'
  | 'INVALID_EVENT'
  | 'PAYLOAD_INVALID'
  | 'SUBSCRIBE_DENIED'
  | 'SUBSCRIBE_UNCONFIRMED'
  | 'CHANNEL_DENIED'
  | 'ROSTER_FULL'
  | 'MESSAGE_DENIED'
  | 'SERVER_ERROR'
  | 'OUTBOX_FULL'
  | 'EXPIRED'
  | 'SLOW_CONSUMER'
  | 'INVALID_TOKEN'
  | 'REPLAY_STORE_FULL'
  | 'INTERNAL_ERROR'
  | WebhookVerificationCode;

/** Details of an error. Members that do not apply are absent. */
export interface RealtimeErrorDetails {
  status?: number;
  subscriptionId?: string;
  channel?: string;
  method?: string;
  path?: string;
  retryAfter?: number;
  currentRevision?: number;
  document?: SyncDocument;
  uncertain?: boolean;
  topic?: string;
  eventId?: string;
  issues?: readonly PayloadIssue[];
  remediation?: string;
  cause?: unknown;
}

/**
 * Error that this package throws, rejects with and passes to `'error'` listeners. Its message says
 * what happened and what to do. It never contains a token.
 *
 * @example
 * realtime.on('error', (error) => {
 *   if (error.code === 'SUBSCRIBE_DENIED') console.error(error.subscriptionId, error.remediation);
 * });
 */
export class RealtimeError extends Error {
  constructor(code: RealtimeErrorCode, message: string, details?: RealtimeErrorDetails);

  /**
   * Whether a value is an error of this package. Like `instanceof`, it also knows the errors of
   * another copy of the package: one that a dependency has, or one in a bundle.
   *
   * @example
   * try {
   *   await realtime.sync.get('notes', 'n1');
   * } catch (error) {
   *   if (!RealtimeError.is(error) || error.code !== 'NOT_FOUND') throw error;
   * }
   */
  static is(this: void, value: unknown): value is RealtimeError;

  /** Stable code to compare with. */
  readonly code: RealtimeErrorCode;
  /**
   * Whether the same call can succeed later without a change to the program or its settings. False
   * for `UPGRADE_REFUSED` and `PROXY_ERROR` with a 4xx other than 408, 421, 425 and 429.
   */
  readonly retryable: boolean;
  /**
   * What to do about it; the message ends with this text. It is empty where the message itself says
   * what to do. In the build for browsers it is a link, see {@link docs}.
   */
  readonly remediation: string;
  /** Address of the page about this code: what happened, why, what to do, an example. */
  readonly docs: string;
  /** HTTP status, if a server answered with one. */
  readonly status?: number;
  /** ID of the subscription, if the error concerns one. */
  readonly subscriptionId?: string;
  /** Name of the channel, if the error concerns one. */
  readonly channel?: string;
  /** HTTP method of the request, if the error concerns one. */
  readonly method?: string;
  /** Path of the request, e.g. `/api/sync/notes/documents/n1`. */
  readonly path?: string;
  /** Milliseconds that the server asks to wait before the next attempt, at most 2147483647. */
  readonly retryAfter?: number;
  /** With `REVISION_CONFLICT`: current revision of the document, if the server reports it. */
  readonly currentRevision?: number;
  /** With `REVISION_CONFLICT`: current document, if the server reports it. */
  readonly document?: SyncDocument;
  /** True if the write or message may have taken effect although the call failed. */
  readonly uncertain?: boolean;
  /**
   * What the flight recorder held when it happened: with `RECONNECT_FAILED`, `PROTOCOL_ERROR` and
   * `INTERNAL_ERROR` of a client with the option `record`. It is not enumerable, so logs and
   * `JSON.stringify` do not show it. See `docs/recording.md`.
   */
  readonly recording?: string;
  /** With `PAYLOAD_INVALID`: topic of the event. */
  readonly topic?: string;
  /** With `PAYLOAD_INVALID`: ID of the event. */
  readonly eventId?: string;
  /**
   * With `PAYLOAD_INVALID`: where the payload or the document does not fit its schema, and why; at
   * most 20. Empty if the schema itself failed: it threw, or took longer than 10 seconds.
   */
  readonly issues?: readonly PayloadIssue[];
}
