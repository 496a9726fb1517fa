/**
 * The temporary file that an editor opens. It is gone when the text is saved or unchanged, and it
 * stays when it holds something that the user typed and that nothing else holds.
 *
 * Lines that begin with `//` are notes for the user: no line of JSON begins like that, because a
 * text in JSON has no line ends.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NOTE = /^[ \t]*\/\//;

export class Draft {
  #folder;
  #original;
  /** The newest text that is not empty. */
  #last;
  #isOpen = true;

  /** @param {string} name of the document, for the title of the editor @param {string} text */
  constructor(name, text) {
    this.#original = text;
    this.#last = text;
    // Only the user can read the folder and the file.
    this.#folder = mkdtempSync(join(tmpdir(), 'realtime-edit-'));
    this.path = join(this.#folder, `${name.replace(/[^\w.-]+/g, '-').slice(0, 60)}.json`);
  }

  /** @param {string[]} notes lines above the text @param {string} text */
  write(notes, text) {
    const lines = [...notes.map((note) => `// ${note}`.trimEnd()), text];
    writeFileSync(this.path, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  /**
   * What the editor saved, without the notes above it. `json` has empty lines where other notes
   * are, so that its lines are those of `text`.
   *
   * @returns {{ text: string, json: string }}
   */
  read() {
    const lines = readFileSync(this.path, 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/);
    const start = lines.findIndex((line) => !NOTE.test(line));
    const own = start < 0 ? [] : lines.slice(start);
    const text = own.join('\n').trimEnd();
    if (text !== '') this.#last = text;
    const json = own.map((line) => (NOTE.test(line) ? '' : line)).join('\n');
    return { text, json };
  }

  /** Removes the file: its text is somewhere else, or nothing. */
  discard() {
    // What `close` has kept stays: the user knows its path.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Removes the file unless the user changed it. A file that stays has the text alone, so that
   * other commands can read it.
   *
   * @returns {string | undefined} the path of the file that stays
   */
  close() {
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    try {
      this.read();
    } catch {
      // An editor may have removed it. The text that was read before is still here.
    }
    if (this.#last === this.#original) {
      rmSync(this.#folder, { recursive: true, force: true });
      return undefined;
    }
    this.write([], this.#last);
    return this.path;
  }
}
