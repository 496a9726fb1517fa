/**
 * A page with a client, whose life a test controls: it is left, kept, frozen and brought back over
 * the developer tools protocol.
 */

import { pageWith } from '../suite/stage/site.js';

/** @import { DevTools } from './devtools.js' */
/** @import { Stage } from '../suite/stage/stage.js' */

/** What the page runs. Its globals are for the tests. */
const SCRIPT = (/** @type {object} */ options) => `
import { RealtimeClient } from '@smarterservices/realtime';

const log = [];
const options = ${JSON.stringify(options)};
const create = (name) => {
  const client = new RealtimeClient(options);
  for (const kind of ['connection', 'event', 'gap', 'error']) {
    client.on(kind, (data) => note({ name, kind, ...JSON.parse(JSON.stringify(data)), message: data.message }));
  }
  return client;
};
const waiting = new Set();
const note = (entry) => {
  log.push(entry);
  for (const check of waiting) check();
};
for (const kind of ['pageshow', 'pagehide']) {
  addEventListener(kind, ({ persisted }) => note({ name: 'page', kind, persisted }));
}
for (const kind of ['freeze', 'resume', 'visibilitychange']) {
  document.addEventListener(kind, () => note({ name: 'page', kind, visible: document.visibilityState }));
}
Object.assign(window, {
  log,
  create,
  client: create('client'),
  /** Resolves to the first entry from an index on that has these members. */
  seen: (members, from = 0) =>
    new Promise((resolve) => {
      const check = () => {
        const found = log
          .slice(from)
          .find((entry) => Object.entries(members).every(([name, value]) => entry[name] === value));
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    }),
});
client.subscribe({ topic: 'life' });
`;

export class LifePage {
  #devTools;
  #tab;
  #elsewhere;
  /** A tab that hides the page when it is in front. */
  #other;
  #pretends = false;

  /**
   * Opens the page.
   *
   * @param {DevTools} devTools
   * @param {Stage} stage
   * @param {object} options of the client
   */
  static async open(devTools, stage, options) {
    const url = stage.addPage('life', { body: pageWith(SCRIPT(options), 'Life') });
    const elsewhere = stage.addPage('elsewhere', { body: '<!doctype html><title>Elsewhere</title>elsewhere' });
    const profile = await devTools.createProfile();
    const other = await devTools.openTab('about:blank', profile);
    return new LifePage(devTools, await devTools.openTab(url, profile), elsewhere, other);
  }

  constructor(devTools, tab, elsewhere, other) {
    this.#devTools = devTools;
    this.#tab = tab;
    this.#elsewhere = elsewhere;
    this.#other = other;
  }

  /** Evaluates an expression in the page that is shown, which may come from the cache. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** The first entry of the page's log, from an index on, that has these members. */
  seen(members, from = 0) {
    return this.evaluate(`seen(${JSON.stringify(members)}, ${from})`);
  }

  /** Navigates to another page. */
  async leave() {
    await this.#send('Page.navigate', { url: this.#elsewhere });
    await this.#titled('Elsewhere');
  }

  /** Goes back; resolves to whether the page came from the cache. */
  async back() {
    const { currentIndex, entries } = await this.#send('Page.getNavigationHistory');
    await this.#send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    await this.#titled('Life');
    return this.evaluate("log.some(({ kind, persisted }) => kind === 'pageshow' && persisted)");
  }

  /** Freezes the page, which must be hidden. */
  freeze() {
    return this.#send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  unfreeze() {
    return this.#send('Page.setWebLifecycleState', { state: 'active' });
  }

  /** @param {boolean} offline */
  async setOffline(offline) {
    await this.#send('Network.enable');
    const conditions = { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.#send('Network.emulateNetworkConditions', conditions);
  }

  /**
   * Brings another tab to the front. A browser without windows keeps the page visible: then the
   * events of a hidden page are made up.
   */
  async hide() {
    await this.#devTools.send('Target.activateTarget', { targetId: this.#other.targetId });
    const isHidden = `new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000, false);
      const check = () => document.hidden && (clearTimeout(timer), resolve(true));
      document.addEventListener('visibilitychange', check);
      check();
    })`;
    if (await this.evaluate(isHidden)) return;
    this.#pretends = true;
    await this.#pretend('hidden');
  }

  async show() {
    await this.#devTools.send('Target.activateTarget', { targetId: this.#tab.targetId });
    if (this.#pretends) await this.#pretend('visible');
    await this.evaluate(`document.hidden && new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true });
    })`);
  }

  /** @param {'hidden' | 'visible'} state */
  #pretend(state) {
    return this.evaluate(`
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${state === 'hidden'} });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    `);
  }

  async #titled(title) {
    for (;;) {
      const shown = await this.evaluate('document.readyState === "complete" ? document.title : ""').catch(() => '');
      if (shown === title) return;
    }
  }

  #send(method, params) {
    return this.#devTools.send(method, params, this.#tab.sessionId);
  }
}
