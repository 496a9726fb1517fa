'use strict';

/**
 * The files that a guide shows: a name in backticks, a colon, and a block. The projects use them as
 * they are printed; TypeScript becomes JavaScript first.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { dirname, join } = require('node:path');

const { transformSync } = require('esbuild');

const docs = join(__dirname, '..', '..', 'docs');
const FILE = /^`([\w./-]+\.(?:[cm]?jsx?|ts))`[^\n]*:\n\n```(?:jsx?|ts)\n([\s\S]*?)```/gm;

class Guide {
  /** @type {Map<string, string>} */
  #files;
  #taken = new Set();

  /** @param {string} name in `docs/` */
  constructor(name) {
    const text = fs.readFileSync(join(docs, name), 'utf8');
    this.#files = new Map([...text.matchAll(FILE)].map(([, file, block]) => [file, block]));
  }

  /**
   * Writes a file of the guide into a project, and returns its path there.
   *
   * @param {string} file
   * @param {string} project
   */
  write(file, project) {
    const block = this.#files.get(file);
    assert.ok(block, `the guide shows ${file}`);
    this.#taken.add(file);
    const isTyped = file.endsWith('.ts');
    const path = join(project, isTyped ? file.replace(/ts$/, 'js') : file);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, isTyped ? transformSync(block, { loader: 'ts' }).code : block);
    return path;
  }

  /** Every file that the guide shows was used. */
  assertTaken() {
    assert.deepEqual([...this.#taken].sort(), [...this.#files.keys()].sort());
  }
}

module.exports = {
  webhooks: new Guide('webhooks.md'),
  deployment: new Guide('deployment.md'),
  react: new Guide('react.md'),
};
