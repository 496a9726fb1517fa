/** `llms.txt`, the contents of the site for language models, and `llms-full.txt`, all guides in one file. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sections } from './contents.mjs';

/** @param {string} pages */
function writeLlmsText(pages) {
  /** @param {string} link */
  const read = (link) => readFileSync(join(pages, `${link}.md`), 'utf8');
  const guides = sections.map(({ text, items }) => {
    const lines = items.map((item) => `- [${item.text}](${item.link}.md): ${item.about}`);
    return [`## ${text}`, '', ...lines].join('\n');
  });
  const summary = `# @smarterservices/realtime\n\n> The client SDK of the Realtime Platform: topics, JSON documents, messages and webhooks, in Node.js and browsers.\n\n${guides.join('\n\n')}\n`;
  const publicFolder = join(pages, 'public');
  mkdirSync(publicFolder, { recursive: true });
  writeFileSync(join(publicFolder, 'llms.txt'), summary);
  const all = sections.flatMap(({ items }) => items).map(({ link }) => read(link));
  writeFileSync(join(publicFolder, 'llms-full.txt'), all.join('\n\n---\n\n'));
}

export { writeLlmsText };
