/**
 * Chromium over its developer tools protocol, without Playwright, which keeps every page visible: a
 * visible page cannot be frozen.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WebSocket } from 'ws';

import { FLAGS } from './chromium.js';

/** @import { Binary } from './chromium.js' */

export class DevTools {
  #socket;
  #calls = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #pending = new Map();

  #close;

  /** Starts a browser. @param {Binary} binary */
  static async launch({ path, env }) {
    const profile = mkdtempSync(join(tmpdir(), 'realtime-chromium-'));
    const flags = [...FLAGS, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
    const child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const ended = once(child, 'exit');
    const socket = new WebSocket(await addressOf(child.stderr));
    await once(socket, 'open');
    return new DevTools(socket, async () => {
      child.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** @param {WebSocket} socket @param {() => Promise<void>} close */
  constructor(socket, close) {
    this.#socket = socket;
    this.#close = close;
    socket.on('message', (text) => {
      const { id, ...answer } = JSON.parse(String(text));
      this.#pending.get(id)?.(answer);
      this.#pending.delete(id);
    });
  }

  /**
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId] of a page
   * @returns {Promise<any>}
   */
  async send(method, params = {}, sessionId) {
    this.#calls += 1;
    const id = this.#calls;
    const answered = new Promise((resolve) => this.#pending.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Ends the browser. */
  close() {
    return this.#close();
  }

  /** The major version of the browser. */
  async version() {
    const { product } = await this.send('Browser.getVersion');
    return Number(/\/(\d+)/.exec(product)?.[1]);
  }

  /** A profile of its own, with a window of its own. @returns {Promise<string>} its ID */
  async createProfile() {
    return (await this.send('Target.createBrowserContext')).browserContextId;
  }

  /** Opens a tab in front of the others. @param {string} url @param {string} browserContextId */
  async openTab(url, browserContextId) {
    const { targetId } = await this.send('Target.createTarget', { url, browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return { targetId, sessionId };
  }
}

/** Chromium prints where it listens. @param {import('node:stream').Readable} output */
async function addressOf(output) {
  let text = '';
  for await (const chunk of output.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    const [address] = /ws:\/\/\S+/.exec(text) ?? [];
    if (address) {
      output.resume();
      return address;
    }
  }
  throw new Error(`Chromium did not start: ${text}`);
}
