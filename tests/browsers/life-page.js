/**
 * A page with a client, whose life a test controls: it is left, kept, frozen and brought back over
 * the developer tools protocol.
 */

/** @import { Browser } from 'playwright-core' */
/** @import { Stage } from '../suite/stage/stage.js' */

/** What the page runs: `client`, and `witness` with the same options, which no test disconnects. */
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
  #page;
  #cdp;

  /**
   * Opens the page in a context of its own.
   *
   * @param {Browser} browser
   * @param {Stage} stage
   * @param {object} options of the client
   * @param {typeof import('../suite/stage/site.js').pageWith} pageWith
   */
  static async open(browser, stage, options, pageWith) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const url = stage.addPage('life', { body: pageWith(SCRIPT(options), 'Life') });
    await page.goto(url);
    return new LifePage(page, await context.newCDPSession(page), stage);
  }

  constructor(page, cdp, stage) {
    this.#page = page;
    this.#cdp = cdp;
    this.elsewhere = stage.addPage('elsewhere', { body: '<!doctype html><title>Elsewhere</title>elsewhere' });
  }

  /** Evaluates an expression in the page that is shown, which may have been in the cache. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.#cdp.send('Runtime.evaluate', {
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
    await this.#cdp.send('Page.navigate', { url: this.elsewhere });
    await this.#titled('Elsewhere');
  }

  /** Goes back; resolves to whether the page came from the cache. */
  async back() {
    const { currentIndex, entries } = await this.#cdp.send('Page.getNavigationHistory');
    await this.#cdp.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    await this.#titled('Life');
    return this.evaluate("log.some(({ kind, persisted }) => kind === 'pageshow' && persisted)");
  }

  /** @param {'frozen' | 'active'} state */
  setLifecycle(state) {
    return this.#cdp.send('Page.setWebLifecycleState', { state });
  }

  /** @param {boolean} offline */
  setOffline(offline) {
    return this.#page.context().setOffline(offline);
  }

  /** Pretends that another tab hides the page: a page without a window cannot be hidden. */
  async setVisible(visible) {
    const state = visible ? 'visible' : 'hidden';
    await this.evaluate(`
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${!visible} });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    `);
  }

  async #titled(title) {
    for (;;) {
      const shown = await this.evaluate('document.readyState === "complete" ? document.title : ""').catch(() => '');
      if (shown === title) return;
    }
  }
}
