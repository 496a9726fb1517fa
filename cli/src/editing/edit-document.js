/**
 * `realtime doc edit`: opens a document in the user's editor, and writes it with the revision that
 * was read. A mistake or a conflict leads back to the editor. What the user typed is either written
 * to the platform or kept in a file.
 */

import { createInterface } from 'node:readline/promises';
import { isDeepStrictEqual } from 'node:util';
import { CommandError, EXIT, exitCodeOf } from '../exit-codes.js';
import { counted, printable } from '../output.js';
import { Draft } from './draft.js';
import { Editor } from './editor.js';
import { findMistake } from './json-place.js';
import { diffValues } from './line-diff.js';

/** @import { RealtimeClient, SyncDocument } from '@smarterservices/realtime' */
/** @import { Output } from '../output.js' */
/** @import { Line } from './line-diff.js' */

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** Lines of a difference that the notes in the editor have. The terminal has all of them. */
const MAX_NOTES = 200;

/** Lines above the text where something is wrong in it: what, and the title. */
const NOTES_ABOVE = 2;

/**
 * Why a text was not written. `line` is one of the text, counted from 1.
 *
 * @typedef {{ message: string, exit: number, notes?: string[], line?: number, column?: number }} Problem
 */

/**
 * @param {RealtimeClient} client @param {string} service @param {string} id @param {Output} output
 * @returns {Promise<SyncDocument>} as it is on the platform afterwards
 */
export async function editDocument(client, service, id, output) {
  const document = await client.sync.get(service, id);
  return new Editing(client, document, output).run();
}

class Editing {
  #client;
  #output;
  /** What the user edits: its revision is the one that the write expects. @type {SyncDocument} */
  #base;
  #text;
  #draft;
  #editor = new Editor();

  /** @param {RealtimeClient} client @param {SyncDocument} document @param {Output} output */
  constructor(client, document, output) {
    this.#client = client;
    this.#output = output;
    this.#base = document;
    this.#text = JSON.stringify(document.data, null, 2);
    this.#draft = new Draft(`${document.service}-${document.id}`, this.#text);
  }

  async run() {
    const interruption = this.#watchSignals();
    // A second Ctrl-C ends the process at once.
    const onExit = () => this.#reportKept(this.#draft.close());
    process.on('exit', onExit);
    try {
      return await Promise.race([this.#edit(interruption.signal), interruption.happened]);
    } catch (error) {
      const path = this.#draft.close();
      if (path === undefined) throw error;
      throw new CommandError(exitCodeOf(error), `${/** @type {Error} */ (error).message}\nYour text is in ${path}`);
    } finally {
      this.#reportKept(this.#draft.close());
      process.off('exit', onExit);
      interruption.release();
    }
  }

  /** @param {AbortSignal} signal */
  async #edit(signal) {
    /** @type {Problem | undefined} */
    let problem;
    for (;;) {
      this.#draft.write(this.#notes(problem), this.#text);
      try {
        await this.#editor.open(this.#draft.path, problem?.line && problem.line + NOTES_ABOVE);
      } finally {
        signal.throwIfAborted();
      }
      const { text, json } = this.#draft.read();
      if (text === '') return this.#unchanged('The file is empty');
      this.#text = text;
      const parsed = parse(json);
      if ('data' in parsed && isDeepStrictEqual(parsed.data, this.#base.data)) {
        this.#draft.discard();
        return this.#unchanged('Nothing changed');
      }
      problem = 'data' in parsed ? await this.#write(parsed.data) : parsed;
      if (problem === undefined) return this.#base;
      if (!(await this.#shouldContinue(problem, signal))) throw new CommandError(problem.exit, described(problem));
    }
  }

  /** @param {Record<string, unknown>} data @returns {Promise<Problem | undefined>} */
  async #write(data) {
    const { service, id, revision } = this.#base;
    try {
      this.#base = await this.#client.sync.replace(service, id, data, { expectedRevision: revision });
      this.#draft.discard();
      return undefined;
    } catch (error) {
      const { code, message } = /** @type {Error & { code?: string }} */ (error);
      if (code === 'REVISION_CONFLICT') return this.#conflict(data);
      if (code === 'NOT_FOUND') throw this.#deleted();
      return { message, exit: exitCodeOf(error) };
    }
  }

  /** @param {Record<string, unknown>} data the user's @returns {Promise<Problem>} */
  async #conflict(data) {
    const { service, id, revision, data: before } = this.#base;
    try {
      this.#base = await this.#client.sync.get(service, id);
    } catch (error) {
      throw /** @type {{ code?: string }} */ (error).code === 'NOT_FOUND' ? this.#deleted() : error;
    }
    const theirs = diffValues(before, this.#base.data);
    this.#say(`On the platform, from revision ${revision} to ${this.#base.revision}:`, theirs);
    this.#say('Your change:', diffValues(before, data));
    const message = `Conflict: ${service}/${id} has revision ${this.#base.revision}; you edited revision ${revision}.`;
    const shown = theirs.slice(0, MAX_NOTES).map(plain);
    const more = theirs.length > MAX_NOTES ? [`${counted(theirs.length - MAX_NOTES, 'more line')}`] : [];
    const advice = `Saving writes over revision ${this.#base.revision}. What others changed since:`;
    return { message, exit: EXIT.conflict, notes: [advice, ...shown, ...more] };
  }

  #deleted() {
    const { service, id, revision } = this.#base;
    const advice = 'To create it again, write the kept text with `realtime doc set`.';
    return new CommandError(
      EXIT.conflict,
      `Conflict: ${service}/${id} was deleted after revision ${revision}. ${advice}`,
    );
  }

  /** @param {string} what */
  #unchanged(what) {
    this.#output.note(`${what}: nothing was written.`);
    return this.#base;
  }

  /** The lines above the text. @param {Problem} [problem] */
  #notes(problem) {
    const { service, id, revision } = this.#base;
    const title = `${service}/${id}, revision ${revision}. Lines that begin with // are ignored.`;
    const reason = problem ? [described(problem, NOTES_ABOVE).replaceAll('\n', ' '), ...(problem.notes ?? [])] : [];
    return [...reason, title].map(printable);
  }

  /**
   * Shows what is wrong, and asks. In a script there is nobody to ask.
   *
   * @param {Problem} problem @param {AbortSignal} signal
   */
  async #shouldContinue(problem, signal) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
    process.stderr.write(`${this.#styled('yellow', printable(described(problem, NOTES_ABOVE)))}\n`);
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-D, too, ends it.
    const closed = new Promise((resolve) => prompt.once('close', () => resolve('q')));
    try {
      const asked = prompt.question('Edit again? [Y/q] ', { signal }).catch(() => 'q');
      const answer = String(await Promise.race([asked, closed]));
      return !/^[qn]/i.test(answer.trim());
    } finally {
      prompt.close();
    }
  }

  /** @param {string} title @param {(Line | undefined)[]} lines */
  #say(title, lines) {
    const colours = /** @type {const} */ ({ '-': 'red', '+': 'green', ' ': 'dim' });
    const shown = lines.map((line) => this.#styled(colours[line?.sign ?? ' '], printable(plain(line))));
    process.stderr.write(`${this.#styled('bold', title)}\n${shown.join('\n')}\n`);
  }

  /** @param {import('../output.js').Style} style @param {string} text */
  #styled = (style, text) => (process.stderr.isTTY ? this.#output.styled(style, text) : text);

  /** @param {string | undefined} path */
  #reportKept(path) {
    if (path !== undefined) process.stderr.write(`Your text is in ${path}\n`);
  }

  /**
   * While the editor has the terminal, Ctrl-C is for the editor, and other signals end it first: it
   * may want to save.
   */
  #watchSignals() {
    const controller = new AbortController();
    const reason = new CommandError(EXIT.interrupted, 'Interrupted.');
    /** @type {(error: Error) => void} */
    let report = () => {};
    const happened = /** @type {Promise<never>} */ (
      new Promise((_, reject) => {
        report = reject;
      })
    );
    happened.catch(() => {});
    const stop = (/** @type {NodeJS.Signals} */ signal) => {
      if (this.#editor.isOpen && signal === 'SIGINT') return;
      if (controller.signal.aborted && !this.#editor.isOpen) process.exit(EXIT.interrupted);
      if (this.#editor.isOpen) this.#editor.kill(signal);
      else report(reason);
      controller.abort(reason);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    const release = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    };
    return { signal: controller.signal, happened, release };
  }
}

/** @param {Line | undefined} line */
const plain = (line) => (line === undefined ? '...' : `${line.sign} ${line.text}`);

/** @param {Problem} problem @param {number} [above] lines between the start of the file and the text */
function described({ message, line, column }, above = 0) {
  return line === undefined ? message : `Line ${line + above}, column ${column}: ${message}`;
}

/** @param {string} json @returns {{ data: Record<string, unknown> } | Problem} */
function parse(json) {
  /** @type {unknown} */
  let data;
  try {
    data = JSON.parse(json);
  } catch (error) {
    const mistake = findMistake(json);
    if (mistake === undefined) return { message: /** @type {Error} */ (error).message, exit: EXIT.usage };
    const { line, column, expected } = mistake;
    const source = (json.split('\n')[line - 1] ?? '').trim().slice(0, 80);
    const message = `expected ${expected}${source === '' ? '.' : `, in: ${source}`}`;
    return { message, exit: EXIT.usage, line, column };
  }
  if (data !== null && typeof data === 'object' && !Array.isArray(data)) {
    return { data: /** @type {Record<string, unknown>} */ (data) };
  }
  return { message: 'A document is a JSON object, such as {"title":"first"}.', exit: EXIT.usage };
}
