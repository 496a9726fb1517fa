/**
 * The life of a page in Chromium: left and kept in the back/forward cache, frozen, hidden, offline.
 * Each test also looks at it from the server: who is connected, and who is in the channel.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Stage } from '../suite/stage/stage.js';
import { findChromium, NO_CHROMIUM } from './chromium.js';
import { DevTools } from './devtools.js';
import { LifePage } from './life-page.js';

const QUICK = { reconnectionDelay: 10, reconnectionDelayMax: 40 };
/** A back-off that no test would wait for. */
const SLOW = { reconnectionDelay: 600_000, reconnectionDelayMax: 600_000, randomizationFactor: 0 };
/** The first version that keeps pages with an open WebSocket in the back/forward cache. */
const KEEPS_WEB_SOCKETS = 149;
const LIMIT = { timeout: 20_000 };
/** Newer, where it is installed. */
const binary = findChromium({ installed: true });

/** @type {Stage} */
let stage;
/** @type {DevTools} */
let devTools;
before(async () => {
  stage = await Stage.start();
  if (binary) devTools = await DevTools.launch(binary);
});
after(async () => {
  await devTools?.close();
  await stage.close();
});

/** Opens the page; resolves when its client has subscribed. */
async function open(options = {}, host = '127.0.0.1') {
  const platform = await stage.startPlatform();
  const url = platform.url.replace('127.0.0.1', host);
  const page = await LifePage.open(devTools, stage, { url, token: platform.token(), ...QUICK, ...options });
  await platform.subscribed('life');
  const [{ id }] = platform.connections;
  return { page, platform, id, version: await devTools.version() };
}

const alone = ({ connections }) => connections.length === 1 && connections[0].subscriptions.length === 1;

describe('the life of a page', { skip: binary ? false : NO_CHROMIUM }, () => {
  for (const [protocol, worker] of /** @type {const} */ ([
    ['socket.io', false],
    ['ws', false],
    ['socket.io', true],
  ])) {
    const name = worker ? `${protocol}, in a worker` : protocol;
    test(`${name}: a page in the back/forward cache leaves no ghost, and returns with a gap`, LIMIT, async (t) => {
      const { page, platform, version } = await open({ protocol, worker });
      const watcher = await open({ protocol });
      await page.evaluate("client.socketClient.joinChannel('lobby')");
      assert.equal(platform.connections[0].channels.length, 1);
      const leftAt = Date.now();
      await page.leave();
      // Long before the server's own pings could tell.
      await platform.until(({ connections }) => connections.length === 0);
      assert.ok(Date.now() - leftAt < 10_000, 'the server knows within 10 s');
      const missed = platform.publish({ topic: 'life', payload: { n: 1 } });
      const wasKept = await page.back();
      if (!wasKept) {
        assert.ok(version < KEEPS_WEB_SOCKETS, `Chromium ${version} keeps pages with an open WebSocket`);
        return t.skip(`Chromium ${version} did not keep the page: it takes ${KEEPS_WEB_SOCKETS} or newer`);
      }
      await platform.until(alone);
      await platform.joined('lobby');
      const { since, until } = await page.seen({ name: 'client', kind: 'gap' });
      assert.ok(since <= missed.metadata.timestamp && missed.metadata.timestamp <= until, 'the gap covers the absence');
      const { id } = platform.publish({ topic: 'life', payload: { n: 2 } });
      await page.seen({ name: 'client', kind: 'event', id });
      assert.equal(await page.evaluate("log.filter(({ kind }) => kind === 'event').length"), 1);
      assert.deepEqual(await page.evaluate("log.filter(({ kind }) => kind === 'error')"), []);
      assert.equal(await page.evaluate('client.stats().reconnects'), 1);
      assert.equal(watcher.platform.connections.length, 1, 'a page beside it is not touched');
    });
  }

  test('what the user disconnected stays so, after the cache, offline and hidden', LIMIT, async () => {
    const { page, platform } = await open({}, 'app.localhost');
    await page.evaluate('client.disconnect(); witness = create("witness"); witness.subscribe({ topic: "witness" })');
    await platform.subscribed('witness');
    await platform.until(alone);
    const witnessed = async (/** @type {number} */ count) => {
      await page.evaluate(`new Promise((resolve) => {
        const check = () => witness.connected && witness.stats().reconnects === ${count} ? resolve() : setTimeout(check, 10);
        check();
      })`);
      assert.equal(await page.evaluate('client.state'), 'disconnected');
      assert.equal(platform.connections.length, 1);
    };
    await page.setOffline(true);
    await page.seen({ name: 'witness', kind: 'connection', state: 'reconnecting' });
    await page.setOffline(false);
    await witnessed(1);
    await page.hide();
    await page.show();
    await page.leave();
    if (await page.back()) await witnessed(2);
  });

  for (const protocol of ['socket.io', 'ws']) {
    test(`${protocol}: a frozen page leaves no ghost, and returns with a gap`, LIMIT, async () => {
      const { page, platform } = await open({ protocol });
      await page.hide();
      await page.freeze();
      // A frozen page's browser goes on answering the pings of a WebSocket.
      await platform.until(({ connections }) => connections.length === 0);
      const missed = platform.publish({ topic: 'life' });
      await page.unfreeze();
      await page.seen({ name: 'page', kind: 'resume' });
      await page.show();
      await platform.until(alone);
      const { since, until } = await page.seen({ name: 'client', kind: 'gap' });
      assert.ok(since <= missed.metadata.timestamp && missed.metadata.timestamp <= until, 'the gap covers the absence');
      const { id } = platform.publish({ topic: 'life' });
      await page.seen({ name: 'client', kind: 'event', id });
      assert.equal(platform.connections.length, 1);
      assert.equal(await page.evaluate('client.stats().reconnects'), 1);
    });

    test(`${protocol}: a server that went while the page was hidden is noticed within seconds`, LIMIT, async () => {
      const { page, platform, id } = await open({ protocol });
      await page.hide();
      platform.faults.stopAnsweringPings();
      await page.show();
      await platform.until(({ connections }) => connections.some((connection) => connection.id !== id));
      const { reason } = await page.seen({ name: 'client', kind: 'gap' });
      assert.match(reason, /ping timeout/);
    });
  }

  test('offline ends the connection at once, online skips the back-off', LIMIT, async () => {
    // The name is no loopback address, which would need no network.
    const { page, platform, id } = await open(SLOW, 'app.localhost');
    await page.setOffline(true);
    const { reason } = await page.seen({ name: 'client', kind: 'connection', state: 'reconnecting' });
    assert.match(reason, /offline/);
    await page.setOffline(false);
    await platform.until(({ connections }) => connections.length === 1 && connections[0].id !== id);
    await page.seen({ name: 'client', kind: 'gap' });
    assert.equal(platform.connections.length, 1);
  });

  test('a hidden page does not reconnect until it is visible', LIMIT, async () => {
    const { page, platform } = await open();
    await page.hide();
    await platform.faults.dropAll();
    await page.seen({ name: 'client', kind: 'connection', state: 'reconnecting' });
    // Ten times the longest back-off.
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 400))');
    assert.equal(platform.connections.length, 0);
    await page.show();
    await platform.until(alone);
    await page.seen({ name: 'client', kind: 'gap' });
  });

  test('a hidden page keeps its connection', LIMIT, async () => {
    const { page, platform, id } = await open();
    await page.hide();
    const { id: event } = platform.publish({ topic: 'life' });
    await page.seen({ name: 'client', kind: 'event', id: event });
    await page.show();
    const { id: last } = platform.publish({ topic: 'life' });
    await page.seen({ name: 'client', kind: 'event', id: last });
    assert.deepEqual(
      platform.connections.map((connection) => connection.id),
      [id],
    );
  });
});
