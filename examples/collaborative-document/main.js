/**
 * Serves the page, the package's build for the web, and a short-lived token. A real server decides
 * here who the user is.
 */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const url = process.env.REALTIME_URL ?? 'http://localhost:3000';
const page = readFileSync(new URL('index.html', import.meta.url), 'utf8').replace('{{REALTIME_URL}}', url);
const build = join(
  dirname(fileURLToPath(import.meta.resolve('@smarterservices/realtime/package.json'))),
  'dist',
  'web',
);

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://page').pathname;
  if (path === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  if (path === '/token') return response.end(await token());
  if (path.startsWith('/realtime/') && extname(path) === '.js') {
    const file = join(build, normalize(path.slice('/realtime'.length)));
    return response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(file));
  }
  response.writeHead(404).end();
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
process.once('SIGTERM', () => server.close());

async function token() {
  const response = await fetch(`${url}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ permissions: ['service'] }),
  });
  return (await response.json()).token;
}
