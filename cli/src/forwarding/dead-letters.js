/** The file with the events that could not be delivered, one JSON object a line. */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { usageError } from '../exit-codes.js';

/** @import { RealtimeEvent } from '@smarterservices/realtime' */

/** @typedef {{ at: string, url: string, attempts: number, reason: string, event: RealtimeEvent }} DeadLetter */

export class DeadLetters {
  count = 0;

  /** @param {string} path */
  constructor(path) {
    this.path = path;
    try {
      // A directory that cannot be written is known before the first event.
      closeSync(openFile(path));
    } catch (error) {
      throw usageError(`--dead-letters: the file cannot be written: ${/** @type {Error} */ (error).message}.`);
    }
  }

  /** @param {Omit<DeadLetter, 'at'>} letter */
  add(letter) {
    append(this.path, `${JSON.stringify({ at: new Date().toISOString(), ...letter })}\n`);
    this.count += 1;
  }
}

/**
 * Appends, and returns when the disk has it. The file is opened each time: `realtime resend` may
 * have moved it.
 *
 * @param {string} path @param {string} text
 */
export function append(path, text) {
  const file = openFile(path);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Payloads may be personal: only the user reads them. @param {string} path */
const openFile = (path) => openSync(path, 'a', 0o600);
