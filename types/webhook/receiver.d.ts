import type { RealtimeError } from '../errors.js';
import type { RealtimeEvent } from '../events.js';
import type { fetchWebhook } from './endpoint.js';
import type { MemoryReplayStore, ReplayStore } from './replay-store.js';
import type { WebhookVerificationError } from './verification-error.js';

/**
 * How a delivery is signed, with HMAC-SHA256. `docs/webhooks.md` shows what each scheme signs.
 *
 * - `'realtime'`: `x-webhook-id`, `x-webhook-timestamp`, `x-webhook-signature`
 * - `'standard-webhooks'`: `webhook-id`, `webhook-timestamp`, `webhook-signature`, see
 *   standardwebhooks.com
 * - `'t-v1'`: `x-webhook-signature: t=<timestamp>,v1=<signature>`
 */
export type WebhookScheme = 'realtime' | 'standard-webhooks' | 't-v1';

/**
 * Body of a delivery exactly as it arrived, before any parsing. Text must have arrived as UTF-8.
 */
export type WebhookBody = string | Uint8Array | DataView | ArrayBuffer;

/**
 * Headers of a delivery: a plain object with names in any case, `headers` or `rawHeaders` of Node,
 * a fetch `Headers`, or a `Map`.
 */
export type WebhookHeaders =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | readonly string[]
  | Iterable<readonly [name: string, value: string | readonly string[]]>;

/**
 * Signing secret of an endpoint, or several during a rotation, newest first, at most 16.
 *
 * The type allows `undefined`, so that `process.env.WEBHOOK_SECRET` can be passed as it is. A
 * secret that is missing, is empty or has a line end is an `INVALID_ARGUMENT`.
 */
export type WebhookSecret = string | readonly (string | undefined)[] | undefined;

/** Options of {@link WebhookReceiver}. */
export interface WebhookReceiverOptions {
  /** Largest difference between the timestamp and now, in milliseconds, > 0. Default: 300000. */
  toleranceMs?: number | undefined;
  /**
   * Header of the signature in the schemes `'realtime'` and `'t-v1'`. Default:
   * `x-webhook-signature`.
   */
  signatureHeader?: string | undefined;
  /** Header of the timestamp in the scheme `'realtime'`. Default: `x-webhook-timestamp`. */
  timestampHeader?: string | undefined;
  /**
   * Header of the delivery ID in the schemes `'realtime'` and `'t-v1'`. Default: `x-webhook-id`.
   */
  idHeader?: string | undefined;
  /** Where `verifyAsync` claims deliveries. Default: a new {@link MemoryReplayStore}. */
  replayStore?: ReplayStore | undefined;
  /** Largest accepted body in bytes. Default: 1048576. */
  maxBodyBytes?: number | undefined;
  /** Returns the current time in Unix milliseconds, for tests. Default: `Date.now`. */
  clock?: (() => number) | undefined;
}

/** Delivery that passed verification. */
export interface WebhookEvent<Payload extends object = Record<string, unknown>> {
  event: RealtimeEvent<Payload>;
  /** Delivery ID, or the event's ID if the sender sent none. */
  id: string;
  /** When the delivery was signed, in Unix milliseconds. */
  timestamp: number;
  /** Number of the attempt, if the sender reports it as a plain number. It is not signed. */
  attempt?: number;
  scheme: WebhookScheme;
}

/**
 * Verifies and parses webhook deliveries: HMAC-SHA256 over the raw body, and replay protection.
 *
 * @example
 * const receiver = new WebhookReceiver('whsec_your_secret');
 * const { event } = receiver.verify(rawBody, headers);
 */
export class WebhookReceiver {
  /**
   * Creates a receiver for one signing secret, or for several during a rotation.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, also for a secret that is `undefined`
   */
  constructor(secret: WebhookSecret, options?: WebhookReceiverOptions);

  /** Largest accepted body in bytes. */
  readonly maxBodyBytes: number;

  /**
   * Checks the signature and the timestamp of a delivery, then parses it. It accepts a repeated
   * delivery within the tolerance. To handle each delivery once, use {@link verifyAsync} or an
   * endpoint such as {@link fetchWebhook}.
   *
   * @throws {@link WebhookVerificationError} for any delivery that is not valid
   */
  verify<Payload extends object = Record<string, unknown>>(
    rawBody: WebhookBody,
    headers: WebhookHeaders,
  ): WebhookEvent<Payload>;

  /**
   * Verifies a delivery as {@link verify} does, and claims it in the replay store, so that each is
   * handled once.
   *
   * Rejects with {@link WebhookVerificationError} for any delivery that is not valid or was claimed
   * before, and with the error that the store throws. With the code `REPLAYED`, `error.handled`
   * says whether to answer 2xx or 409.
   *
   * @example
   * const delivery = await receiver.verifyAsync(rawBody, headers);
   * try {
   *   await handle(delivery.event);
   * } catch (error) {
   *   await receiver.release(delivery);
   *   throw error;
   * }
   * await receiver.complete(delivery);
   */
  verifyAsync<Payload extends object = Record<string, unknown>>(
    rawBody: WebhookBody,
    headers: WebhookHeaders,
  ): Promise<WebhookEvent<Payload>>;

  /**
   * Marks a delivery of {@link verifyAsync} as handled, so that a repeat is known as a duplicate:
   * its error has `handled: true`. Endpoints call it. It does nothing if the replay store has no
   * `complete`.
   */
  complete(delivery: WebhookEvent<object>): Promise<void>;

  /**
   * Releases a delivery of {@link verifyAsync} after its handler failed, so that a retry is
   * accepted. It does nothing after {@link complete}.
   */
  release(delivery: WebhookEvent<object>): Promise<void>;
}

/**
 * Verifies one delivery, as a {@link WebhookReceiver} with the same arguments does. For more than
 * one delivery a receiver is faster.
 *
 * @throws {@link WebhookVerificationError}, or {@link RealtimeError} with the code
 *   `INVALID_ARGUMENT`
 * @example
 * const { event } = verifyWebhook(rawBody, headers, 'whsec_your_secret');
 */
export function verifyWebhook<Payload extends object = Record<string, unknown>>(
  rawBody: WebhookBody,
  headers: WebhookHeaders,
  secret: WebhookSecret,
  options?: WebhookReceiverOptions,
): WebhookEvent<Payload>;
