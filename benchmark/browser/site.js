'use strict';
// The web server of the pages: it sends scripts compressed, as servers of pages do.
//
// Each client is bundled with the program that uses it, by the same bundler with the same options.
// What a client loads later stays in files of its own.

const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');
const { gzipSync } = require('node:zlib');

const CLIENTS = ['realtime', 'realtime-worker', 'socket.io-client', 'ws'];

/**
 * Serves `/CLIENT?TASK`, where the task is JSON.
 *
 * @returns {Promise<{ url: (client: string, task: object) => string, close: () => void }>}
 */
async function openSite() {
  const scripts = new Map([['/page.js', compressed(readFileSync(path.join(__dirname, 'page.js')))]]);
  for (const name of CLIENTS)
    for (const { fileName, code } of await bundle(name)) scripts.set(`/bundle/${name}/${fileName}`, compressed(code));
  const server = createServer(({ url }, response) => {
    const { pathname, search } = new URL(url, 'http://localhost');
    const script = scripts.get(pathname);
    if (script) {
      response.writeHead(200, { 'content-type': 'text/javascript', 'content-encoding': 'gzip' }).end(script);
    } else {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end(page(pathname.slice(1), decodeURIComponent(search.slice(1))));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: (client, task) => `http://127.0.0.1:${port}/${client}?${encodeURIComponent(JSON.stringify(task))}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a page loads for one client: its program and the package, minified. */
async function bundle(name) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: { [name]: path.join(__dirname, 'clients', `${name}.mjs`) },
    platform: 'browser',
    resolve: { conditionNames: ['import', 'browser', 'default'] },
  });
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await bundle.close();
  return output;
}

/** The clock starts at the first script of the page. */
function page(client, task) {
  return `<!doctype html><title>${client}</title><link rel="icon" href="data:,">
<script>began = performance.now(); task = ${task};</script>
<script type="module" src="/bundle/${client}/${client}.js"></script>
<script type="module" src="/page.js"></script>`;
}

function compressed(text) {
  return gzipSync(text, { level: 9 });
}

module.exports = { CLIENTS, openSite };
