/**
 * The stage of the suite: a server in this process that starts local platforms, calls them for the
 * cases, serves the pages and collects the results.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import { startLocalPlatform } from '@smarterservices/realtime-local';

import { CALLS } from './calls.js';
import { Run } from './run.js';
import { pageWith, readSite } from './site.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { LocalPlatform } from '@smarterservices/realtime-local' */

export class Stage {
  // Longer than any case: a request must not meet the end of an idle connection.
  #server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const {
      status = 200,
      type = 'application/json',
      body = '{}',
      headers = {},
    } = await this.#answer(request).catch((error) => ({
      status: 500,
      body: JSON.stringify({ message: error.message }),
    }));
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(body);
  });
  /** @type {LocalPlatform[]} */
  #platforms = [];
  /** @type {Map<string, Run>} */
  #runs = new Map();
  /** @type {Map<string, { body: string, headers: object }>} */
  #pages = new Map();

  static async start() {
    const stage = new Stage();
    stage.#server.listen(0, '127.0.0.1');
    await once(stage.#server, 'listening');
    return stage;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  openRun() {
    const run = new Run(String(this.#runs.size));
    this.#runs.set(run.id, run);
    return run;
  }

  /**
   * Opens a run of the suite for a browser.
   *
   * @param {object} runtime members of the `Runtime` besides those of every page
   */
  openPageRun(runtime) {
    const run = this.openRun();
    const page = { engine: 'javascript', page: true, hidesUpgrades: true, stage: this.url, run: run.id, ...runtime };
    const url = this.addPage(`run-${run.id}`, {
      body: pageWith(`
const report = (error) => fetch('/runs/${run.id}', { method: 'POST', body: JSON.stringify({ error }) });
// A hidden page has throttled timers, and its client does not judge a silent server.
document.addEventListener('visibilitychange', () => report({ message: 'the page became ' + document.visibilityState }));
addEventListener('error', ({ message }) => report({ message }));
addEventListener('unhandledrejection', ({ reason }) => report({ message: 'unhandled: ' + reason?.stack }));
try {
  const realtime = await import('@smarterservices/realtime');
  const { runSuite } = await import('/tests/suite/kit/run.js');
  await runSuite(realtime, ${JSON.stringify(page)});
  document.title = 'over';
} catch (error) {
  report({ message: error.stack || String(error) });
}`),
    });
    return { run, url };
  }

  /**
   * Serves a page.
   *
   * @param {string} name
   * @param {{ body: string, headers?: object }} page
   * @returns {string} its URL
   */
  addPage(name, { body, headers = {} }) {
    this.#pages.set(name, { body, headers });
    return `${this.url}/pages/${name}`;
  }

  /** @param {object} [options] */
  async startPlatform(options) {
    // Each case has a time limit of its own.
    const platform = await startLocalPlatform({ waitTimeout: Number.POSITIVE_INFINITY, ...options });
    this.#platforms.push(platform);
    return platform;
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all(this.#platforms.map((platform) => platform.close()));
  }

  /** @param {IncomingMessage} request */
  async #answer(request) {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname);
    const [, room, id, call] = path.split('/');
    if (request.method === 'POST') {
      const body = JSON.parse(await text(request));
      if (room === 'platforms') return this.#call(id, call, body);
      this.#runs.get(id)?.take(body);
      return {};
    }
    if (room === 'pages' && this.#pages.has(id)) return { ...this.#pages.get(id), type: 'text/html; charset=utf-8' };
    return readSite(path) ?? { status: 404, body: '"nothing here"' };
  }

  /** @param {string | undefined} id @param {string} name @param {any} body */
  async #call(id, name, body) {
    if (id === undefined) {
      const platform = await this.startPlatform(body);
      const calls = `${this.url}/platforms/${this.#platforms.indexOf(platform)}`;
      const token = platform.token({ sub: 'page', permissions: ['service'] });
      return { body: JSON.stringify({ url: platform.url, calls, token }) };
    }
    if (!Object.hasOwn(CALLS, name)) throw new Error(`There is no call ${name}.`);
    const result = await CALLS[name](this.#platforms[Number(id)], ...body);
    return { body: JSON.stringify({ result }) };
  }
}
