/**
 * Serves the example: a local platform, and beside it the web server of the page, which issues
 * tokens and has the sessions. `npm run example:browser` starts it.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { startLocalPlatform } from '@smarterservices/realtime-local';

const HERE = import.meta.dirname;
const BUNDLE = join(HERE, '..', '..', 'dist', 'web');
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.map': 'application/json' };
const CAMPUSES = ['Lisbon', 'Oslo', 'Quito'];
const STATUSES = ['waiting', 'active', 'flagged', 'ended'];

/**
 * Starts the example.
 *
 * @param {{ port?: number, interval?: number }} [options] port 0 is a free one; a session changes
 *   after each interval, in ms, or never with 0
 */
export async function startExample({ port = 0, interval = 700 } = {}) {
  const platform = await startLocalPlatform();
  platform.documents.create('notes', { id: 'shared', data: { text: 'Room 12: bring your own headphones.\n' } });
  const sessions = Array.from({ length: 9 }, (_, index) => ({
    sessionId: 4101 + index,
    campus: CAMPUSES[index % CAMPUSES.length],
    status: STATUSES[index % STATUSES.length],
  }));
  const change = () => {
    const session = sessions[Math.floor(Math.random() * sessions.length)];
    session.status = STATUSES[Math.floor(Math.random() * STATUSES.length)];
    platform.publish({ topic: 'session.status', payload: session });
  };
  const timer = interval > 0 ? setInterval(change, interval) : undefined;

  /** The page may load its own files, and talk to the platform. */
  const policy = `default-src 'self'; img-src data:; connect-src 'self' ${platform.url} ${platform.url.replace('http', 'ws')}`;
  const answers = {
    '/': () => ({ type: '.html', body: readPage('index.html').replace('{{REALTIME_URL}}', platform.url) }),
    '/token': () => ({ type: '.txt', body: platform.token({ permissions: ['service'], expiresIn: 600 }) }),
    '/sessions': () => ({ type: '.json', body: JSON.stringify(sessions) }),
  };
  const server = createServer(({ url = '/' }, response) => {
    const { status = 200, type, body } = (answers[url] ?? (() => fileOf(url)))();
    response.writeHead(status, {
      'content-type': `${TYPES[type] ?? 'text/plain'}; charset=utf-8`,
      'content-security-policy': policy,
    });
    response.end(body);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    platform,
    async close() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
      await platform.close();
    },
  };
}

const readPage = (name) => readFileSync(join(HERE, name), 'utf8');

/** A file of the page or of the bundle: names of letters, so that none leads out of its folder. */
function fileOf(url) {
  const [, folder, name] = /^\/(realtime\/)?([\w-]+(?:\.\w+)+)$/.exec(url) ?? [];
  try {
    return { type: extname(name ?? ''), body: readFileSync(join(folder ? BUNDLE : HERE, name ?? '')) };
  } catch {
    return { status: 404, type: '.txt', body: 'Nothing here.' };
  }
}

/** Starts the example for a person, and says where to look. */
export async function serveExample() {
  const { url, close } = await startExample({ port: 8080 }).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return startExample();
  });
  console.log(`Open ${url} in two tabs. Sessions change by themselves; edit the note and see it in the other tab.`);
  console.log('Ctrl-C stops.');
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await serveExample();
