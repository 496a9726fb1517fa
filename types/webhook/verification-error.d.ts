import { RealtimeError } from '../errors.js';

/** Why a delivery was not accepted. */
export type WebhookVerificationCode =
  | 'MISSING_HEADER'
  | 'MALFORMED_HEADER'
  | 'TIMESTAMP_EXPIRED'
  | 'TIMESTAMP_IN_FUTURE'
  | 'SIGNATURE_MISMATCH'
  | 'BODY_NOT_RAW'
  | 'BODY_TOO_LARGE'
  | 'INVALID_JSON'
  | 'INVALID_EVENT'
  | 'REPLAYED';

/** A delivery was not accepted. The error never contains the secret, a signature or the body. */
export class WebhookVerificationError extends RealtimeError {
  constructor(
    code: WebhookVerificationCode,
    message: string,
    details?: { remediation?: string | undefined; handled?: boolean | undefined },
  );

  /**
   * Whether a value is an error of this class, of this copy of the package or of another one.
   *
   * @example
   * const codeOf = (error: unknown) =>
   *   WebhookVerificationError.is(error) ? error.code : undefined;
   */
  static is(this: void, value: unknown): value is WebhookVerificationError;

  readonly code: WebhookVerificationCode;
  /**
   * With `REPLAYED`: true if the delivery was handled before, so that the answer is a 2xx. False if
   * it is perhaps still being handled, so that the answer is a 409 with `Retry-After`.
   */
  readonly handled?: boolean;
}
