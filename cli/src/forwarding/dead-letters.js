/** The file with the events that could not be delivered, one JSON object a line. */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { usageError } from '../exit-codes.js';

export class DeadLetters {
  #file;
  count = 0;

  /** @param {string} path */
  constructor(path) {
    this.path = path;
    try {
      // Payloads may be personal: only the user reads them. Opened at once, so that a directory
      // that cannot be written is known before the first event.
      this.#file = openSync(path, 'a', 0o600);
    } catch (error) {
      throw usageError(`--dead-letters: the file cannot be written: ${/** @type {Error} */ (error).message}.`);
    }
  }

  /** @param {{ url: string, attempts: number, reason: string, event: object }} letter */
  add(letter) {
    writeSync(this.#file, `${JSON.stringify({ at: new Date().toISOString(), ...letter })}\n`);
    fsyncSync(this.#file);
    this.count += 1;
  }

  close() {
    closeSync(this.#file);
  }
}
