/**
 * A dead-letter file while its events are sent again. The file is moved aside first, so that a
 * `listen` that runs appends to a new one. What was delivered disappears from the moved file, which
 * is replaced as a whole; what is left goes back to the end of the file. A process that is killed
 * leaves the moved file, which the next one takes up: an event may come twice then, but none is
 * lost.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { CommandError, EXIT, usageError } from '../exit-codes.js';
import { append } from './dead-letters.js';

/** @import { DeadLetter } from './dead-letters.js' */

/** Deliveries after which the moved file is replaced. */
const BATCH = 100;

/** @typedef {{ line: string, letter: DeadLetter }} Claimed */

export class ClaimedLetters {
  #path;
  #moved;
  #lock;
  /** @type {Set<string>} */
  #lines = new Set();
  /** Bytes of the moved file that were read. */
  #size = 0;
  #removed = 0;
  /** In the order in which they were undeliverable. @type {Claimed[]} */
  letters = [];
  /** How many lines have no event and no address. They stay in the file. */
  unreadable = 0;

  /** @param {string} path */
  constructor(path) {
    this.#path = existsSync(path) ? realpathSync(path) : path;
    this.#moved = `${this.#path}.resending`;
    this.#lock = `${this.#path}.lock`;
    if (!existsSync(this.#path) && !existsSync(this.#moved)) {
      throw usageError(`--dead-letters: there is no file ${path}: no event is to be sent again.`);
    }
    this.#acquire();
    try {
      this.#claim();
    } catch (error) {
      this.#release();
      throw usageError(`--dead-letters: the file cannot be moved: ${/** @type {Error} */ (error).message}.`);
    }
  }

  get remaining() {
    return this.#lines.size;
  }

  /** Its event was delivered. @param {Claimed} claimed */
  remove({ line }) {
    this.#lines.delete(line);
    this.#removed += 1;
    if (this.#removed % BATCH === 0) this.#replace();
  }

  /** Puts what is left back into the file. */
  close() {
    try {
      const rest = this.#rest();
      if (rest !== '') append(this.#path, rest);
      rmSync(this.#moved, { force: true });
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      throw new CommandError(EXIT.undelivered, `${this.#path}: ${message}. What is left is in ${this.#moved}.`);
    } finally {
      this.#release();
    }
  }

  #claim() {
    // Left by a process that was killed.
    if (existsSync(this.#moved)) {
      append(this.#path, readFileSync(this.#moved, 'utf8'));
      rmSync(this.#moved);
    }
    renameSync(this.#path, this.#moved);
    const bytes = readFileSync(this.#moved);
    this.#size = bytes.length;
    // A line may be there twice, after a process was killed while it put lines back.
    this.#lines = new Set(
      bytes
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== ''),
    );
    for (const line of this.#lines) {
      const letter = parseLetter(line);
      if (letter === undefined) this.unreadable += 1;
      else this.letters.push({ line, letter });
    }
    // What was put back is behind what came later.
    this.letters.sort(({ letter: { at: a } }, { letter: { at: b } }) => (a < b ? -1 : Number(a > b)));
  }

  /** What is not delivered, with what a `listen` wrote after the file was read. */
  #rest() {
    const added = readFileSync(this.#moved).subarray(this.#size).toString('utf8');
    return [...this.#lines].map((line) => `${line}\n`).join('') + added;
  }

  #replace() {
    const rest = this.#rest();
    const next = `${this.#moved}.next`;
    const file = openSync(next, 'w', 0o600);
    try {
      writeSync(file, rest);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.#moved);
    this.#size = Buffer.byteLength(rest);
  }

  /** Two processes would send everything twice. */
  #acquire() {
    for (;;) {
      try {
        const file = openSync(this.#lock, 'wx', 0o600);
        writeSync(file, String(process.pid));
        closeSync(file);
        return;
      } catch (error) {
        const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
        if (code !== 'EEXIST') throw usageError(`--dead-letters: ${this.#lock} cannot be written: ${message}.`);
      }
      const owner = ownerOf(this.#lock);
      if (owner !== undefined) {
        const advice = `If it does not, remove ${this.#lock}.`;
        throw usageError(`--dead-letters: process ${owner} sends this file again already. ${advice}`);
      }
      rmSync(this.#lock, { force: true });
    }
  }

  #release() {
    rmSync(this.#lock, { force: true });
  }
}

/** The process that holds a lock; undefined if it is gone. @param {string} lock */
function ownerOf(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (!Number.isSafeInteger(owner) || owner <= 0) return undefined;
    process.kill(owner, 0);
    return owner;
  } catch (error) {
    // It is there, and belongs to somebody else.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM' ? 'of another user' : undefined;
  }
}

/** @param {string} line @returns {DeadLetter | undefined} */
function parseLetter(line) {
  try {
    const letter = JSON.parse(line);
    const { event, url } = letter;
    const isLetter = typeof event?.topic === 'string' && typeof event.id === 'string' && URL.canParse(url);
    return isLetter ? { ...letter, at: String(letter.at ?? '') } : undefined;
  } catch {
    return undefined;
  }
}
