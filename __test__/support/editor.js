/** What an editor shows: completions and hover texts of TypeScript's language service. */

import { join } from 'node:path';

class Editor {
  #ts;
  #folder;
  #file;
  #text = '';
  #version = 0;
  #service;

  /**
   * @param {any} ts the module `typescript`, of a version that has a language service
   * @param {string} folder of the program
   */
  constructor(ts, folder) {
    this.#ts = ts;
    this.#folder = folder;
    this.#file = join(folder, 'edited.ts');
    const { ModuleKind, ScriptSnapshot, ScriptTarget, sys } = ts;
    this.#service = ts.createLanguageService({
      ...sys,
      useCaseSensitiveFileNames: () => sys.useCaseSensitiveFileNames,
      fileExists: (/** @type {string} */ path) => path === this.#file || sys.fileExists(path),
      getCompilationSettings: () => ({
        strict: true,
        noEmit: true,
        target: ScriptTarget.ES2022,
        module: ModuleKind.NodeNext,
        types: ['node'],
      }),
      getCurrentDirectory: () => this.#folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      getScriptFileNames: () => [this.#file],
      getScriptSnapshot: (/** @type {string} */ path) => {
        const text = path === this.#file ? this.#text : sys.readFile(path);
        return text === undefined ? undefined : ScriptSnapshot.fromString(text);
      },
      getScriptVersion: (/** @type {string} */ path) => (path === this.#file ? String(this.#version) : '1'),
    });
  }

  /** @param {string} code with a `|` at the cursor @returns {string[]} */
  completions(code) {
    const found = this.#service.getCompletionsAtPosition(this.#file, this.#write(code), {
      includeCompletionsWithInsertText: true,
    });
    return (found?.entries ?? []).map((/** @type {{ name: string }} */ { name }) => name);
  }

  /** @param {string} code with a `|` in front of the name @returns {string} the text and its tags */
  hover(code) {
    const info = this.#service.getQuickInfoAtPosition(this.#file, this.#write(code));
    const tags = (info?.tags ?? []).map(
      (/** @type {{ name: string, text?: object[] }} */ { name, text }) =>
        `@${name}\n${this.#ts.displayPartsToString(text)}`,
    );
    const shown = [info?.displayParts, info?.documentation].map((parts) => this.#ts.displayPartsToString(parts));
    return [...shown, ...tags].join('\n');
  }

  /** @param {string} code @returns {number} where the cursor is */
  #write(code) {
    const position = code.lastIndexOf('|');
    this.#text = code.slice(0, position) + code.slice(position + 1);
    this.#version += 1;
    return position;
  }
}

export { Editor };
