/** Several local platforms that act as one, in this process or in processes of their own. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { newFolder } from './command.js';
import { startPlatform } from './local-platform.js';
import { startPlatformProcess } from './platform-process.js';

const SECRET = 'shared by all processes';
/** How long a process may be silent before it counts as ended, in ms. */
const PROCESS_TIMEOUT = 900;

/**
 * A platform of the cluster in this process, with the lines of its log.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url of the Redis
 * @param {import('@smarterservices/realtime-local').LocalPlatformOptions} [options]
 */
async function startMember(t, url, { redis, ...options } = {}) {
  /** @type {string[]} */
  const lines = [];
  const platform = await startPlatform(t, {
    secret: SECRET,
    log: (line) => lines.push(line),
    redis: { url, processTimeout: PROCESS_TIMEOUT, ...redis },
    ...options,
  });
  return Object.assign(platform, { lines });
}

/**
 * A platform of the cluster in its own process.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url of the Redis
 * @param {object} [options] more options of the platform, as JSON
 */
function startMemberProcess(t, url, options = {}) {
  const folder = newFolder(t);
  const config = join(folder, 'realtime-local.config.json');
  const redis = { url, processTimeout: PROCESS_TIMEOUT };
  writeFileSync(config, JSON.stringify({ secret: SECRET, redis, ...options }));
  return startPlatformProcess(t, { flags: ['--quiet', '--config', config] });
}

/**
 * A request of the REST API.
 *
 * @param {{ url: string, token: any }} platform
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function call(platform, method, path, body) {
  const token = typeof platform.token === 'string' ? platform.token : platform.token({ permissions: ['admin'] });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(platform.url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

export { call, PROCESS_TIMEOUT, startMember, startMemberProcess };
