/** A refusal: the `{ error, message }` that goes out on either socket or as an HTTP body. */

import { ERRORS } from './vocabulary.js';

export class PlatformError extends Error {
  /**
   * @param {keyof typeof ERRORS} name
   * @param {string} message what happened and what was expected; never the token
   * @param {object} [details] what else the body says
   */
  constructor(name, message, details) {
    super(message);
    this.name = name;
    this.status = ERRORS[name];
    this.details = details;
  }

  /** Any failure as a refusal: what is not one already is a defect here, and its text stays here. */
  static from(error) {
    if (error instanceof PlatformError) return error;
    console.error(error);
    return new PlatformError('InternalServerError', 'The local platform failed; its standard error has the cause.');
  }

  toJSON() {
    return { error: this.name, message: this.message, ...this.details };
  }
}

/** @returns {PlatformError} */
export const invalid = (message) => new PlatformError('ValidationError', message);
