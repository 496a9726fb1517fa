/** A refusal: the `{ error, message }` that either socket sends as a frame and HTTP as a body. */

import { ERRORS } from './vocabulary.js';

/** @import { PlatformError as PublicError } from '../index.js' */

/** @typedef {keyof typeof ERRORS} ErrorName */

export class PlatformError extends Error {
  /**
   * @param {ErrorName} name
   * @param {string} message what happened and what was expected; never the token
   * @param {PublicError['details']} [details] further members of the body
   */
  constructor(name, message, details) {
    super(message);
    /** @type {ErrorName} */
    this.name = name;
    this.status = ERRORS[name];
    this.details = details;
  }

  /**
   * Turns any failure into a refusal. Anything but a `PlatformError` is a defect of this package:
   * its text goes to the standard error and not to the peer.
   *
   * @param {unknown} error
   */
  static from(error) {
    if (error instanceof PlatformError) return error;
    console.error(error);
    return new PlatformError('InternalServerError', 'The local platform failed; its standard error has the cause.');
  }

  toJSON() {
    return { error: this.name, message: this.message, ...this.details };
  }
}

/** @param {string} message */
export const invalid = (message) => new PlatformError('ValidationError', message);
