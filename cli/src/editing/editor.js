/** The user's editor: `$VISUAL`, else `$EDITOR`, else vi. */

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { CommandError, EXIT } from '../exit-codes.js';

/** They open a file at a line with `+7`. */
const WITH_LINE = /^(?:vi|vim|nvim|gvim|view|nano|pico|emacs|emacsclient|micro|joe|ne|mg|kak)$/;
/** No character that a shell would treat in another way than as a part of a word. */
const PLAIN = /^[\w@%+=:,./-]+(?:[ \t]+[\w@%+=:,./-]+)*$/;
const IS_WINDOWS = process.platform === 'win32';

export class Editor {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #command = process.env.VISUAL?.trim() || process.env.EDITOR?.trim() || (IS_WINDOWS ? 'notepad' : 'vi');

  /** Whether it has the terminal: Ctrl-C is for it then. */
  get isOpen() {
    return this.#child !== undefined;
  }

  /** Resolves when the user has closed the file. @param {string} path @param {number} [line] */
  async open(path, line) {
    const [program] = this.#command.split(/[ \t]+/);
    const start = line !== undefined && WITH_LINE.test(basename(program)) ? [`+${line}`] : [];
    const ended = this.#spawn([...start, path]);
    try {
      const reason = await ended;
      if (reason === 0) return;
      const what = typeof reason === 'number' ? `ended with ${reason}` : reason;
      throw new CommandError(EXIT.failed, `The editor '${this.#command}' ${what}: nothing was written.`);
    } finally {
      this.#child = undefined;
    }
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child?.kill(signal);
  }

  /** @param {string[]} args @returns {Promise<number | string>} the exit code, or what happened */
  #spawn(args) {
    // The output of this command may go into a pipe: the editor needs the terminal.
    const screen = process.stdout.isTTY ? 'inherit' : 2;
    /** @type {import('node:child_process').SpawnOptions} */
    const options = { stdio: ['inherit', screen, 'inherit'] };
    const child = IS_WINDOWS
      ? spawn(`${this.#command} ${args.map((each) => `"${each}"`).join(' ')}`, { ...options, shell: true })
      : this.#spawnOnUnix(args, options);
    this.#child = child;
    return new Promise((resolve) => {
      const advice = 'set VISUAL or EDITOR to another one';
      child.once('error', (error) => resolve(`cannot be started (${error.message}; ${advice})`));
      child.once('exit', (code, signal) => resolve(code ?? `was ended by ${signal}`));
    });
  }

  /** @param {string[]} args @param {import('node:child_process').SpawnOptions} options */
  #spawnOnUnix(args, options) {
    if (!PLAIN.test(this.#command)) return spawn('sh', ['-c', `${this.#command} "$@"`, 'sh', ...args], options);
    // Without a shell between, signals reach the editor.
    const [program, ...own] = this.#command.split(/[ \t]+/);
    return spawn(program, [...own, ...args], options);
  }
}
