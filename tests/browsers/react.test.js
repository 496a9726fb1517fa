/** The hooks in Chromium, with both versions of React, in StrictMode. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

import { Stage } from '../suite/stage/stage.js';
import { FLAGS, findChromium, NO_CHROMIUM } from './chromium.js';
import { bundle, VERSIONS } from './react/bundle.js';

const ROOT = join(import.meta.dirname, '..', '..');
const LIMIT = { timeout: 20_000 };
const TOPIC = 'session.status';
const binary = findChromium();

/** @type {Stage} */
let stage;
/** @type {import('playwright-core').Browser} */
let browser;

/**
 * A page of a bundle, and its platform.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 */
async function open(t, url, { platform, options = {} } = {}) {
  platform ??= await stage.startPlatform();
  const page = await browser.newPage();
  t.after(() => page.close());
  /** What is said on the console, and what is thrown. @type {string[]} */
  const complaints = [];
  /** @type {string[]} */
  const sockets = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.goto(url);
  await page.locator('body[data-loaded]').waitFor({ state: 'attached' });
  const access = { url: platform.url, token: platform.token({ permissions: ['service'] }), ...options };
  await page.evaluate((given) => window.start(given), access);
  return {
    page,
    platform,
    access,
    complaints,
    sockets,
    /** Calls a function of the page. @param {string} name @param {unknown[]} args */
    call: (name, ...args) => page.evaluate(([key, given]) => void window[key](...given), [name, args]),
    /** @param {string} id @param {string | number} text */
    shows: (id, text) =>
      page
        .locator(`#${id}`, { hasText: new RegExp(`^${text}$`) })
        .first()
        .waitFor(),
    /** @param {number} n @param {object} [payload] */
    publish: (n, payload) => platform.publish({ topic: TOPIC, payload: { n, ...payload } }),
    /** What the page has logged. @returns {Promise<string[]>} */
    log: () => page.evaluate('window.log'),
    /** Resolves when an entry is in the log. @param {string} entry */
    logged: (entry) => page.waitForFunction((text) => window.log.includes(text), entry),
  };
}

const empty = ({ connections }) => connections.length === 0;
const unsubscribed = ({ connections }) => connections.every(({ subscriptions }) => subscriptions.length === 0);
/** @param {string[]} log */
const calls = (log) => log.filter((entry) => /^(connect|disconnect|subscribe|unsubscribe)/.test(entry));

before(async () => {
  if (!binary) return;
  stage = await Stage.start();
  browser = await chromium.launch({ executablePath: binary.path, args: FLAGS, env: { ...process.env, ...binary.env } });
});
after(async () => {
  await browser?.close();
  await stage?.close();
});

for (const version of /** @type {(keyof typeof VERSIONS)[]} */ (Object.keys(VERSIONS)))
  describe(`React ${version}`, { skip: binary ? false : NO_CHROMIUM }, () => {
    /** @type {string} */
    let url;
    /** A page with a bundle. @param {string} entry @param {string} [html] of the root */
    async function serve(entry, html = '') {
      const script = stage.addPage(`${entry}-${version}`, {
        body: await bundle(entry, version),
        headers: { 'content-type': 'text/javascript' },
      });
      return stage.addPage(`react-${entry}-${version}`, {
        body: `<!doctype html><title>React</title><body><div id="root">${html}</div><script type="module" src="${script}"></script>`,
      });
    }
    before(async () => {
      url = await serve('page.jsx');
    });

    test('is the version under test', LIMIT, async (t) => {
      const { page } = await open(t, url);
      assert.match(await page.evaluate('version'), new RegExp(`^${version}\\.`));
    });

    test('StrictMode and many components: one connection, one subscription, each event once', LIMIT, async (t) => {
      const { platform, call, shows, publish, log, logged, sockets, complaints } = await open(t, url);
      await call('show', 'topics');
      await shows('state', 'connected');
      await platform.subscribed(TOPIC);
      publish(1);
      publish(2);
      await shows('first', 2);
      await shows('second', 2);
      await logged('got 2');
      assert.deepEqual(await log(), [`subscribe ${TOPIC}`, 'connect', 'got 1', 'got 2']);
      assert.equal(platform.connections[0].subscriptions.length, 1);
      // The last component leaves nothing behind.
      await call('unmount');
      await platform.until(empty);
      assert.deepEqual(
        calls(await log())
          .slice(2)
          .sort(),
        ['disconnect', 'unsubscribe'],
      );
      await call('show', 'topics');
      await platform.subscribed(TOPIC);
      await shows('first', 'none');
      publish(3);
      await shows('second', 3);
      assert.equal(platform.connections.length, 1);
      assert.equal(platform.connections[0].subscriptions.length, 1);
      assert.equal(sockets.length, 2);
      assert.deepEqual(complaints, []);
    });

    test('a lost connection is shown, and comes back with its subscription', LIMIT, async (t) => {
      const { platform, call, shows, publish, page } = await open(t, url);
      await call('show', 'topics');
      await platform.subscribed(TOPIC);
      await platform.faults.goAway();
      await shows('state', 'reconnecting');
      await platform.faults.comeBack();
      await shows('state', 'connected');
      await platform.subscribed(TOPIC);
      publish(1);
      await shows('first', 1);
      await page.evaluate('client.disconnect()');
      await shows('state', 'disconnected');
    });

    test('components with a filter see their own events', LIMIT, async (t) => {
      const { platform, call, shows, publish, log } = await open(t, url);
      await call('show', 'filters');
      await platform.subscribed(TOPIC, 4);
      publish(1, { campusId: 12, campus: { city: 'Oslo' } });
      publish(2, { campusId: 13, campus: { city: 'Lima' } });
      publish(3, { campusId: 14, campus: { city: 'Lima' } });
      publish(4);
      await shows('any', 4);
      await shows('twelve', 1);
      await shows('two', 2);
      await shows('deep', 1);
      assert.deepEqual(
        (await log()).filter((entry) => entry.startsWith('twelve')),
        ['twelve 1'],
      );
      assert.equal(platform.connections[0].subscriptions.length, 4);
    });

    test(
      'a new render keeps the subscription and calls the new handler; one that throws stops no other',
      LIMIT,
      async (t) => {
        const { platform, call, shows, publish, logged, log, complaints } = await open(t, url);
        await call('show', 'handlers');
        await platform.subscribed(TOPIC);
        publish(1);
        await logged('round 0: 1');
        await call('change', {});
        publish(2);
        await logged('round 1: 2');
        // Another page of the application, with the same hook.
        await call('change', { tree: 'topic', props: { topic: TOPIC } });
        await shows('latest', 2);
        publish(3);
        await shows('latest', 3);
        assert.deepEqual(calls(await log()), [`subscribe ${TOPIC}`, 'connect']);
        assert.deepEqual(complaints, ['the handler fails at 1', 'the handler fails at 2']);
      },
    );

    test('a subscription follows its topic and `enabled`', LIMIT, async (t) => {
      const { platform, call, shows, publish } = await open(t, url);
      await call('show', 'topic', { topic: TOPIC });
      await platform.subscribed(TOPIC);
      publish(1);
      await shows('latest', 1);
      await call('change', { props: { topic: 'other' } });
      await shows('latest', 'none');
      const topicsAre = (...topics) =>
        platform.until(
          ({ connections }) => String(connections[0]?.subscriptions.map(({ topic }) => topic)) === String(topics),
        );
      await topicsAre('other');
      platform.publish({ topic: 'other', payload: { n: 2 } });
      await shows('latest', 2);
      await call('change', { props: { topic: 'other', enabled: false } });
      await shows('latest', 'none');
      await topicsAre();
      await call('change', { props: { topic: TOPIC, enabled: true } });
      await topicsAre(TOPIC);
    });

    test('options with the same contents keep the subscription, others replace it', LIMIT, async (t) => {
      const { platform, call, shows, publish, log } = await open(t, url);
      await call('show', 'filter', { filter: { campusId: 12 } });
      await platform.subscribed(TOPIC);
      publish(1, { campusId: 12 });
      await shows('latest', 1);
      await call('change', { props: { filter: { campusId: 12 } } });
      publish(2, { campusId: 12 });
      await shows('latest', 2);
      assert.equal(calls(await log()).length, 2);
      await call('change', { props: { filter: { campusId: 13 } } });
      await platform.until(({ connections }) =>
        connections[0].subscriptions.every(({ filter }) => filter.campusId === 13),
      );
      publish(3, { campusId: 13 });
      await shows('latest', 3);
    });

    test('what the client refuses reaches the error boundary', LIMIT, async (t) => {
      for (const [tree, props] of [
        ['topic', { topic: '' }],
        ['undefinedFilter', {}],
        ['note', { id: '..' }],
      ]) {
        const { call, shows } = await open(t, url);
        await call('show', tree, props);
        await shows('failure', 'INVALID_ARGUMENT');
      }
    });

    test('hooks say what they lack', LIMIT, async (t) => {
      const without = await open(t, url);
      await without.call('withoutProvider', 'topic', { topic: TOPIC });
      await without.shows(
        'failure',
        String.raw`useEvent\(\): No client\. Put <RealtimeProvider client={client}> around .*`,
      );
      for (const [tree, props, part] of [
        ['note', { id: 'n1' }, 'sync'],
        ['people', {}, 'socketClient'],
      ]) {
        const { call, shows, access } = await open(t, url);
        await call('show', 'nothing');
        await shows('nothing', 'nothing');
        await call('core', access);
        await call('change', { tree, props });
        await shows('failure', String.raw`use\w+\(\): The client has no ${part}\. Import RealtimeClient from .*`);
      }
    });

    test('a document is followed, created, updated and deleted', LIMIT, async (t) => {
      const { platform, call, shows, page, log } = await open(t, url);
      await call('show', 'note', { id: 'n1', copies: 2 });
      await shows('n1', 'ready 0 - -');
      platform.documents.create('notes', { id: 'n1', data: { text: 'a' } });
      await shows('n1', 'ready 1 a -');
      const { data } = await page.evaluate("seen.update((data) => ({ text: data.text + 'b' }))");
      assert.deepEqual(data, { text: 'ab' });
      await shows('n1', 'ready 2 ab -');
      platform.documents.delete('notes', 'n1');
      await shows('n1', 'deleted 3 - -');
      assert.equal(await page.evaluate('seen.sameUpdate'), true);
      // An update and a deletion, once for both components and both effects.
      assert.equal(calls(await log()).filter((entry) => entry.startsWith('subscribe')).length, 2);
      assert.equal(platform.connections[0].subscriptions.length, 2);
      await call('change', { props: { id: 'n2' } });
      await shows('n2', 'ready 0 - -');
      await call('change', { props: { id: 'n2', enabled: false } });
      await shows('n2', 'unread 0 - -');
      await platform.until(unsubscribed);
    });

    test('a document that cannot be read says why, until it can', LIMIT, async (t) => {
      const { platform, call, shows, page } = await open(t, url);
      platform.documents.create('notes', { id: 'n1', data: { text: 'a' } });
      const headers = { 'access-control-allow-origin': '*' };
      await page.route('**/api/sync/**', (route) => route.fulfill({ status: 403, body: '{}', headers }));
      await call('show', 'note', { id: 'n1' });
      await shows('n1', 'unread 0 - FORBIDDEN');
      await page.unroute('**/api/sync/**');
      platform.documents.replace('notes', 'n1', { data: { text: 'b' } });
      await shows('n1', 'ready 2 b -');
    });

    test('presence joins once, counts others, and leaves', LIMIT, async (t) => {
      const first = await open(t, url);
      const { platform } = first;
      await first.call('show', 'people');
      await first.shows('people', '1 0 -');
      const second = await open(t, url, { platform });
      await second.call('show', 'people');
      await first.shows('people', '2 1 -');
      await second.shows('people', '2 1 -');
      await platform.faults.dropAll();
      await platform.joined('lobby', 2);
      await first.shows('people', '2 1 -');
      await second.call('change', { props: { enabled: false } });
      await second.shows('people', '0 0 -');
      await first.shows('people', '1 0 -');
      await second.shows('state', 'connected');
      await second.call('unmount');
      await platform.until(({ connections }) => connections.length === 1);
      assert.deepEqual([...first.complaints, ...second.complaints], []);
    });

    test('a channel that cannot be joined says why, until it can', LIMIT, async (t) => {
      const { platform, page, call, shows } = await open(t, url, { options: { reconnectionAttempts: 1 } });
      await platform.faults.goAway();
      await call('show', 'people');
      await shows('people', '0 0 NETWORK_ERROR');
      await platform.faults.comeBack();
      await page.evaluate('client.connect()');
      await shows('people', '1 0 -');
    });

    test(
      'Suspense: a discarded render subscribes to nothing, and a tree that waits again keeps its subscription',
      LIMIT,
      async (t) => {
        const { platform, call, shows, publish, log, logged } = await open(t, url);
        await call('close', 'data');
        await call('show', 'suspense');
        await shows('waiting', 'waiting');
        await shows('waiting', 'waiting');
        await platform.until(({ connections }) => connections.length === 1);
        assert.deepEqual(await log(), ['connect']);
        await call('open', 'data');
        await shows('content', 0);
        await platform.subscribed(TOPIC);
        publish(1);
        await shows('latest', 1);
        await call('close', 'data');
        await call('change', {});
        await shows('waiting', 'waiting');
        publish(2);
        await logged('got 2');
        await call('open', 'data');
        await shows('content', 1);
        await shows('latest', 2);
        assert.deepEqual(calls(await log()), ['connect', `subscribe ${TOPIC}`]);
        assert.equal(platform.connections.length, 1);
        assert.equal(platform.connections[0].subscriptions.length, 1);
      },
    );

    test('a hot reload keeps the connection, the subscriptions and the channel', LIMIT, async (t) => {
      const platform = await stage.startPlatform();
      platform.documents.create('notes', { id: 'n1', data: {} });
      const { call, shows, publish, log, logged, sockets, complaints } = await open(t, await serve('hot.jsx'), {
        platform,
      });
      await shows('panel', 'one one none true 1');
      await platform.subscribed(TOPIC);
      publish(1);
      await shows('panel', 'one one 1 true 1');
      // An edit of the text keeps the state, and one of the hooks mounts the component again.
      await call('edit', 'two', false);
      await shows('panel', 'two one 1 true 1');
      publish(2);
      await shows('panel', 'two one 2 true 1');
      await call('edit', 'three', true);
      await shows('panel', 'three three 2 true 1');
      publish(3);
      await logged('three 3');
      await shows('panel', 'three three 3 true 1');
      assert.deepEqual(
        (await log()).filter((entry) => / \d$/.test(entry)),
        ['one 1', 'two 2', 'three 3'],
      );
      // One of the topic, two of the document.
      assert.deepEqual(calls(await log()).sort(), ['connect', 'subscribe', 'subscribe', 'subscribe']);
      assert.equal(platform.connections[0].subscriptions.length, 3);
      assert.equal(sockets.length, 1);
      assert.deepEqual(complaints, []);
    });

    test('another client takes over, and the former one disconnects', LIMIT, async (t) => {
      const former = await open(t, url);
      const next = await stage.startPlatform();
      await former.call('show', 'topics');
      await former.platform.subscribed(TOPIC);
      former.publish(1);
      await former.shows('first', 1);
      await former.call('replaceClient', { url: next.url, token: next.token() });
      await next.subscribed(TOPIC);
      await former.platform.until(empty);
      await former.shows('first', 'none');
      next.publish({ topic: TOPIC, payload: { n: 2 } });
      await former.shows('first', 2);
      await former.shows('state', 'connected');
    });

    test('a client that connects by itself stays connected; `connect` decides for the others', LIMIT, async (t) => {
      const own = await open(t, url, { options: { autoConnect: true } });
      await own.call('show', 'topics');
      await own.platform.subscribed(TOPIC);
      await own.call('unmount');
      await own.platform.until(unsubscribed);
      assert.equal(own.platform.connections.length, 1);
      const { platform, call, shows, log } = await open(t, url);
      await call('show', 'topics');
      await platform.subscribed(TOPIC);
      await call('change', { connect: false });
      await shows('state', 'disconnected');
      await platform.until(empty);
      await call('change', { connect: true });
      await shows('state', 'connected');
      assert.deepEqual(calls(await log()), [`subscribe ${TOPIC}`, 'connect', 'disconnect', 'connect']);
    });

    test('a client may be destroyed before its components are', LIMIT, async (t) => {
      const { platform, page, call, shows, complaints } = await open(t, url);
      platform.documents.create('notes', { id: 'n1', data: { text: 'a' } });
      await call('show', 'everything');
      await shows('people', '1 0 -');
      await shows('n1', 'ready 1 a -');
      await page.evaluate('client.destroy()');
      await call('unmount');
      // A task later, everything is released.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
      await platform.until(empty);
      assert.deepEqual(complaints, []);
    });

    test('a server renders without a connection and ends, and the page continues its HTML', LIMIT, async (t) => {
      const platform = await stage.startPlatform();
      const { html, ...rendered } = await renderOnServer(t, version, platform);
      assert.match(rendered.version, new RegExp(`^${version}\\.`));
      assert.deepEqual([rendered.state, rendered.subscriptions], ['disconnected', 0]);
      assert.match(html, /<p id="state">disconnected<\/p><p id="latest">none<\/p><p id="note">unread<\/p>/);
      platform.documents.create('notes', { id: 'n1', data: { text: 'a' } });
      const { call, shows, publish, sockets, complaints, page } = await open(t, await serve('page.jsx', html), {
        platform,
      });
      const paragraph = await page.locator('#state').elementHandle();
      await call('hydrate');
      await shows('state', 'connected');
      await shows('note', 'a');
      await shows('members', 1);
      await platform.subscribed(TOPIC);
      publish(1);
      await shows('latest', 1);
      assert.ok(await paragraph?.evaluate((node) => node.isConnected), 'React kept the elements of the server');
      assert.equal(sockets.length, 1);
      assert.deepEqual(complaints, []);
    });
  });

/** Runs a server, which uses the build for Node. */
async function renderOnServer(t, version, platform) {
  // Inside of the project: the server loads the package by its name.
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'react-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = { platform: 'node', packages: 'bundle', external: ['*.node'] };
  const code = await bundle('server.jsx', version, { ...options, format: 'cjs' });
  const file = join(folder, 'server.cjs');
  writeFileSync(file, code);
  const env = {
    ...process.env,
    REALTIME_URL: platform.url,
    REALTIME_TOKEN: platform.token(),
    REALTIME_ENGINE: 'javascript',
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env, timeout: 20_000 });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}
