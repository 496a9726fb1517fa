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
  constructor(code: WebhookVerificationCode, message: string, details?: { remediation?: string });
  readonly code: WebhookVerificationCode;
}
