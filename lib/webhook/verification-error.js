/**
 * The error of a delivery that is not accepted.
 *
 * Its message is for the operator of the receiver. It never contains a secret, a signature, or a
 * part of the body.
 */

import { brand } from '../errors/brand.js';
import { RealtimeError } from '../errors/errors.js';
import { bare } from '../own.js';

/** @import { WebhookVerificationCode } from '../../index.js' */

class WebhookVerificationError extends RealtimeError {
  /** @override @type {(value: unknown) => value is WebhookVerificationError} */
  static is = (value) => value instanceof WebhookVerificationError;

  /**
   * @param {WebhookVerificationCode} code
   * @param {string} message
   * @param {{ remediation?: string | undefined, handled?: boolean | undefined }} [details]
   */
  constructor(code, message, details = {}) {
    const { remediation, handled } = bare(details);
    super(code, message, { remediation });
    /** @type {WebhookVerificationCode} */
    this.code = code;
    if (handled !== undefined) this.handled = handled;
  }
}

brand(WebhookVerificationError, 'WebhookVerificationError', 2);

export { WebhookVerificationError };
