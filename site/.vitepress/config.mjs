import { readFileSync } from 'node:fs';

import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';

import { sections } from '../contents.mjs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

export default defineConfig({
  title: 'Realtime',
  description: 'The client SDK of the Realtime Platform',
  lang: 'en',
  srcDir: 'pages',
  outDir: 'dist',
  cleanUrls: true,
  lastUpdated: false,
  // The anchors that GitHub makes, so that one link works in both places.
  markdown: { anchor: { slugify: slug } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/topics' },
      { text: 'API', link: '/api/' },
      { text: 'Error codes', link: '/errors' },
      { text: `v${version}`, items: [{ text: 'Changelog', link: '/changelog' }] },
    ],
    sidebar: sections.map((section) => ({ ...section, collapsed: section.text === 'Internals' })),
  },
});
