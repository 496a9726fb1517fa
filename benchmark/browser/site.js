'use strict';
// The web server of the pages: it sends scripts compressed, as servers of pages do.

const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');
const { gzipSync } = require('node:zlib');

const ROOT = path.join(__dirname, '..', '..');

/** What a page loads of each client: the build that its package publishes for a `<script>`. */
const LIBRARIES = {
  realtime: 'dist/umd/core.js',
  'socket.io-client': 'node_modules/socket.io-client/dist/socket.io.min.js',
  ws: undefined,
};

/**
 * Serves `/CLIENT?TASK`, where the task is JSON.
 *
 * @returns {Promise<{ url: (client: string, task: object) => string, close: () => void }>}
 */
async function openSite() {
  const scripts = new Map([['/page.js', compressed(path.join(__dirname, 'page.js'))]]);
  for (const [name, library] of Object.entries(LIBRARIES)) {
    if (library) scripts.set(`/library/${name}.js`, compressed(path.join(ROOT, library)));
    scripts.set(`/clients/${name}.js`, compressed(path.join(__dirname, 'clients', `${name}.js`)));
  }
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

/** The clock starts at the first script of the page. */
function page(client, task) {
  return `<!doctype html><title>${client}</title><link rel="icon" href="data:,">
<script>began = performance.now(); task = ${task};</script>
${LIBRARIES[client] ? `<script src="/library/${client}.js"></script>` : ''}
<script src="/clients/${client}.js"></script>
<script src="/page.js"></script>`;
}

function compressed(file) {
  return gzipSync(readFileSync(file), { level: 9 });
}

module.exports = { LIBRARIES, openSite };
