// Links, anchors and images of the Markdown files: each leads somewhere.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

import GithubSlugger from 'github-slugger';

const root = join(import.meta.dirname, '..', '..');
const LINK = /\]\(([^()\s]+)\)|(?:href|src)="([^"]+)"/g;
const CODE = /^```[\s\S]*?^```|`[^`\n]*`/gm;

const folders = ['.', 'docs', 'benchmark', 'examples', 'cli', 'local-platform', '.github'];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { encoding: 'utf8', recursive: folder === 'docs' || folder === '.github' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** The anchors of a file, as GitHub and the site make them. @param {string} text */
function anchors(text) {
  const slugger = new GithubSlugger();
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, heading]) => slugger.slug(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'))));
}

/** The links of a text that lead nowhere. @param {string} path @param {string} text */
function broken(path, text) {
  const links = [...text.replaceAll(CODE, '').matchAll(LINK)].map(([, markdown, html]) => markdown ?? html);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file, anchor] = link.split('#');
    const target = file === '' ? join(root, path) : join(root, dirname(path), file);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchors(readFileSync(target, 'utf8')).has(anchor);
  });
}

for (const path of files) {
  test(`the links of ${path} lead somewhere`, () => {
    assert.deepEqual(broken(path, readFileSync(join(root, path), 'utf8')), []);
  });
}

test('every guide and image is linked from another file', () => {
  const linked = new Set(
    files.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(LINK)]
        .map(([, markdown, html]) => (markdown ?? html).split('#')[0])
        .filter((file) => file !== '' && !/^[a-z]+:/.test(file) && join(dirname(path), file) !== path)
        .map((file) => join(dirname(path), file)),
    ),
  );
  const documents = readdirSync(join(root, 'docs'), { encoding: 'utf8', recursive: true })
    .filter((name) => /\.(md|png|svg)$/.test(name))
    .map((name) => relative(root, join(root, 'docs', name)));
  assert.deepEqual(
    documents.filter((name) => !linked.has(name)),
    [],
  );
});

test('a broken link, anchor or image is found', () => {
  const text = '[a](absent.md) [b](README.md#absent) ![c](absent.png) [d](README.md#install) `[e](code.md)`';
  assert.deepEqual(broken('README.md', text), ['absent.md', 'README.md#absent', 'absent.png']);
});
