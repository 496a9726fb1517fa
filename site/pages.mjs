/**
 * The pages of the site: README.md, the guides and a few more files, with their links turned into
 * links between pages. Other files become downloads.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');
const LINK = /(\]\()([^()\s#]+)(#[^()\s]*)?(\))/g;
const CODE = /(^```[\s\S]*?^```|`[^`\n]*`)/m;

/** Pages outside of `docs/`, by their files. */
const OTHERS = {
  'README.md': 'index.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'benchmark/README.md': 'benchmarks.md',
  'examples/README.md': 'examples.md',
};

/** The page of a file of the repository, or undefined. @param {string} file */
function pageOf(file) {
  return OTHERS[file] ?? (file.startsWith('docs/') ? file.slice('docs/'.length) : undefined);
}

/** Writes all pages into a folder. @param {string} folder */
function writePages(folder) {
  const guides = readdirSync(join(root, 'docs'), { encoding: 'utf8', recursive: true }).map((name) => `docs/${name}`);
  for (const file of [...guides, ...Object.keys(OTHERS)].filter((name) => name.endsWith('.md'))) {
    const page = join(folder, pageOf(file));
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(page, withPageLinks(readFileSync(join(root, file), 'utf8'), file, folder));
  }
  cpSync(join(root, 'docs', 'images'), join(folder, 'images'), { recursive: true });
  cpSync(join(root, 'docs', 'plots'), join(folder, 'plots'), { recursive: true });
}

/**
 * @param {string} text
 * @param {string} file
 * @param {string} folder
 */
function withPageLinks(text, file, folder) {
  const from = posix.dirname(pageOf(file));
  return text
    .split(CODE)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(LINK, rewrite)))
    .join('');

  /** @param {string} whole @param {string} open @param {string} link @param {string} [anchor] @param {string} [close] */
  function rewrite(whole, open, link, anchor = '', close = ')') {
    if (/^[a-z]+:/.test(link)) return whole;
    const target = posix.normalize(posix.join(posix.dirname(file), link));
    const page = pageOf(target) ?? download(target);
    const path = posix.relative(from, page);
    return `${open}${path.startsWith('.') ? path : `./${path}`}${anchor}${close}`;
  }

  /** @param {string} target */
  function download(target) {
    // Other endings may be taken for those of pages.
    const name = posix.join('files', `${target}.txt`);
    const copy = join(folder, 'public', name);
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(root, target), copy);
    return name;
  }
}

export { writePages };
