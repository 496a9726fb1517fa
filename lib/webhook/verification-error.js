/**
 * The error of a delivery that is not accepted.
 *
 * Its message is for the operator of the receiver, and may also be shown to the sender: it never
 * contains a secret, a signature, or a part of the body.
 */

import { RealtimeError } from '../errors/errors.js';

/** @import { WebhookVerificationCode } from '../../index.js' */

class WebhookVerificationError extends RealtimeError {
  /**
   * @param {WebhookVerificationCode} code
   * @param {string} message
   * @param {{ remediation?: string }} [details]
   */
  constructor(code, message, details) {
    super(code, message, details);
    /** @type {WebhookVerificationCode} */
    this.code = code;
  }
}

Object.defineProperty(WebhookVerificationError.prototype, 'name', {
  value: 'WebhookVerificationError',
  configurable: true,
  writable: true,
});

export { WebhookVerificationError };
