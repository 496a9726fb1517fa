/** The inspector page of the local platform, in Chromium: each panel does its work. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startLocalPlatform } from '@smarterservices/realtime-local';
import { RealtimeClient } from '../../dist/index.js';

import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';

const LIMIT = { timeout: 60_000 };
const binary = findChromium();
/** With `REALTIME_SCREENSHOTS=1` the tests make the images of `docs/inspector.md` again. */
const IMAGES = process.env.REALTIME_SCREENSHOTS && join(import.meta.dirname, '..', '..', 'docs', 'images');

/**
 * A platform, and its page on one panel.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} panel
 * @param {object} [options] of the page
 */
async function visit(t, panel, options) {
  const platform = await startLocalPlatform({ waitTimeout: Number.POSITIVE_INFINITY });
  t.after(() => platform.close());
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 }, ...options });
  /** What the browser complains about, e.g. the content security policy. @type {string[]} */
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${platform.url}/#${panel}`);
  await page.locator('#live', { hasText: 'live' }).waitFor();
  const shoot = async (name = panel) => IMAGES && page.screenshot({ path: join(IMAGES, `inspector-${name}.png`) });
  return { platform, page, complaints, shoot };
}

/** @param {import('node:test').TestContext} t @param {any} platform @param {object} [token] */
function connect(t, platform, token) {
  const client = new RealtimeClient({ url: platform.url, token: platform.token(token), reconnectionAttempts: 1_000 });
  client.on('error', () => {});
  t.after(() => client.destroy());
  return client;
}

const ORDER = {
  type: 'object',
  required: ['orderId', 'status'],
  properties: { orderId: { type: 'integer', minimum: 1 }, status: { enum: ['open', 'paid'] } },
  additionalProperties: false,
};

/** A topic with an active schema. @param {any} platform */
function registerOrders(platform) {
  platform.topics.create({ name: 'order.updated', description: 'An order changed', owner: 'shop' });
  platform.schemas.register('order.updated', { schema: ORDER });
  platform.topics.update('order.updated', { activeSchemaVersion: 1 });
}

describe('the inspector', { skip: binary ? false : NO_CHROMIUM }, () => {
  test('events: receivers, filtered out, search, pause, copy as code', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'events');
    const orders = connect(t, platform, { sub: 'alice' });
    orders.subscribe({ topic: 'orders', filter: { orderId: 7 } });
    const others = connect(t, platform, { sub: 'bob' });
    others.subscribe({ topic: 'orders', filter: { orderId: 8 } });
    await platform.subscribed('orders', 2);
    platform.publish({ topic: 'orders', payload: { orderId: 7, status: 'paid' } });
    platform.publish({ topic: 'invoices', payload: { amount: 12 } });
    await page.locator('.row', { hasText: 'orders to 1, 1 filtered out' }).click();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const details = page.getByLabel('Details', { exact: true });
    await details.getByText('Received by 1').waitFor();
    await details.locator('#filtered', { hasText: /bob .* wants \{"orderId":8\}/ }).waitFor();
    await details.locator('[data-copy=test]').click();
    await page.locator('#code', { hasText: /platform\.publish\(\{\s+"topic": "orders"/ }).waitFor();
    await page.locator('#notice', { hasText: 'Copied.' }).waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^platform\.publish/);
    await details.locator('[data-copy=curl]').click();
    await page.locator('#code', { hasText: /curl -X POST .*\/api\/topics\/orders\/events/ }).waitFor();
    await shoot();
    await details.locator('[data-copy=subscription]').click();
    await page
      .locator('#code', { hasText: /new RealtimeClient<\{ orders: \{ orderId: number; status: string \} \}>/ })
      .waitFor();
    await page.locator('#code', { hasText: "realtime.subscribe({ topic: 'orders' });" }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('invoices');
    await page.locator('#counts', { hasText: '1 shown' }).waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.locator('#counts', { hasText: '2 shown' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('p');
    platform.publish({ topic: 'orders', payload: { orderId: 9 } });
    await page.locator('#pause', { hasText: 'Resume (1 new)' }).waitFor();
    await page.locator('#counts', { hasText: /^2 shown/ }).waitFor();
    await page.keyboard.press('p');
    await page.locator('#counts', { hasText: '3 shown' }).waitFor();
    await page.locator('.list').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.locator('.row[aria-selected=true]', { hasText: 'invoices' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('5,000 events at once: the page answers, draws a part, and says what it left out', LIMIT, async (t) => {
    const { platform, page } = await visit(t, 'events');
    for (let n = 1; n <= 5_000; n++) platform.publish({ topic: 'flood', payload: { n } });
    await page.locator('#counts', { hasText: 'sampled: 3000 more events' }).waitFor();
    await page.locator('#received', { hasText: '5000 events' }).waitFor();
    const rows = await page.locator('.row').count();
    assert.ok(rows > 5 && rows < 100, `${rows} rows are drawn`);
    assert.equal(await page.locator('.list').getAttribute('data-count'), '2001');
    await page.keyboard.press('p');
    await page.locator('#pause[aria-pressed=true]').waitFor();
    await page.locator('.list').focus();
    await page.keyboard.press('Home');
    await page.locator('.row', { hasText: '{"n":1}' }).waitFor();
    await page.keyboard.press('End');
    await page.locator('.row[aria-posinset="2001"][aria-selected=true]').waitFor();
  });

  test('connections: who, wire, subscriptions with filters, channels; they come and go', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'connections');
    const alice = connect(t, platform, { sub: 'alice', permissions: ['service'] });
    alice.subscribe({ topic: 'orders', filter: { orderId: 7 } });
    await alice.socketClient.joinChannel('lobby');
    const card = page.locator('.card', { hasText: 'alice' });
    await card.getByText('{"orderId":7}').waitFor();
    await card.getByText('Channels: lobby').waitFor();
    assert.match(await card.innerText(), /socket\.io since \d\d:\d\d:\d\d/);
    await shoot();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await card.getByRole('button', { name: 'Copy the subscription to orders as code' }).click();
    await card
      .locator('.code', { hasText: "realtime.subscribe({ topic: 'orders', filter: { orderId: 7 } });" })
      .waitFor();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(code.includes(`url: '${platform.url}'`), code);
    await page.goto(`${platform.url}/#events`);
    await page.getByLabel('Kinds').selectOption('connections');
    const invoices = connect(t, platform, { sub: 'bob' });
    invoices.subscribe({ topic: 'invoices', filter: { amount: { in: [1, 2] } } });
    await page.locator('.row', { hasText: 'bob: invoices' }).click();
    await page.locator('[data-copy=subscription]').click();
    await page.locator('#code', { hasText: 'filter: { amount: { in: [1, 2] } }' }).waitFor();
    invoices.destroy();
    await page.goto(`${platform.url}/#connections`);
    alice.destroy();
    await page.getByText('Nobody is connected.').waitFor();
    assert.deepEqual(complaints, []);
  });

  test('publish: a form with the last payloads of the topic', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'publish');
    const client = connect(t, platform);
    const received = new Promise((resolve) => client.on('event', resolve));
    client.subscribe({ topic: 'orders' });
    await platform.subscribed('orders');
    platform.publish({ topic: 'invoices', payload: { amount: 12 } });
    await page.getByLabel('Topic').fill('invoices');
    await page.locator('#payloads button').click();
    await page.waitForFunction(() => /"amount": 12/.test(document.querySelector('[name=payload]').value));
    await page.getByLabel('Topic').fill('orders');
    await page.getByLabel('Payload').fill('{ "orderId": 7 }');
    await page.getByRole('button', { name: 'Publish' }).click();
    assert.deepEqual((await received).payload, { orderId: 7 });
    await page.locator('#published', { hasText: 'received by 1' }).waitFor();
    await page.locator('#payloads button').waitFor();
    await shoot();
    await page.getByLabel('Payload').fill('{ orderId: 7 }');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.locator('#notice', { hasText: 'The payload is not JSON' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('publish: knows the schema of the topic', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'publish');
    registerOrders(platform);
    const client = connect(t, platform);
    const received = new Promise((resolve) => client.on('event', resolve));
    client.subscribe({ topic: 'order.updated' });
    await platform.subscribed('order.updated');
    await page.getByLabel('Topic').fill('order.updated');
    // The members that it requires are there.
    await page.waitForFunction(
      () => document.querySelector('[name=payload]').value === '{\n  "orderId": 1,\n  "status": "open"\n}',
    );
    const fit = page.locator('#fit');
    await fit.getByText('It fits version 1 of the schema.').waitFor();
    await page.getByLabel('Payload').fill('{ "orderId": "x", "note": 1 }');
    await fit.getByText('It does not fit version 1').waitFor();
    assert.deepEqual(await fit.locator('li').allInnerTexts(), [
      '/status is missing',
      '/note is not allowed',
      '/orderId must be integer',
    ]);
    await shoot('publish-schema');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.locator('#notice', { hasText: 'it does not fit version 1 of the schema' }).waitFor();
    await page.getByLabel('Payload').fill('{ "orderId": 7, "status": "paid" }');
    await fit.getByText('It fits version 1 of the schema.').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    assert.deepEqual((await received).payload, { orderId: 7, status: 'paid' });
    // What the user typed stays, and another topic has no schema.
    await page.getByLabel('Topic').fill('free');
    await page.waitForFunction(() => document.querySelector('#fit').innerText === '');
    assert.match(await page.getByLabel('Payload').inputValue(), /"paid"/);
    // The browser reports the request that was refused.
    assert.equal(complaints.length, 1);
    assert.match(complaints[0], /400/);
  });

  test('topics: register, change, activate a version, refused payloads, delete', LIMIT, async (t) => {
    const { platform, page, shoot } = await visit(t, 'topics');
    await page.getByText('New topic').waitFor();
    const form = page.locator('#new-topic');
    await form.getByLabel('Name').fill('Order');
    await form.getByLabel('Description').fill('An order changed');
    await form.getByLabel('Owner').fill('shop');
    await form.getByRole('button', { name: 'Register' }).click();
    await page.locator('#notice', { hasText: 'name: expected lowercase letters' }).waitFor();
    await form.getByLabel('Name').fill('order.updated');
    await form.getByRole('button', { name: 'Register' }).click();
    const details = page.getByLabel('Topic', { exact: true });
    await details.locator('h2', { hasText: 'order.updated' }).waitFor();
    platform.schemas.register('order.updated', { schema: ORDER });
    await page.locator('#active option[value="1"]').waitFor({ state: 'attached' });
    await page.locator('#active').selectOption('1');
    await page.locator('#topic-list button', { hasText: 'version 1' }).waitFor();
    assert.throws(() => platform.publish({ topic: 'order.updated', payload: { orderId: 'x' } }));
    await page.locator('#topic-list button', { hasText: '1 refused' }).waitFor();
    await page.locator('#refused li', { hasText: '/orderId must be integer' }).waitFor();
    await shoot();
    await details.getByLabel('Owner').fill('billing');
    await details.getByRole('button', { name: 'Save' }).click();
    await page.locator('#notice', { hasText: 'Saved.' }).waitFor();
    assert.equal(platform.topics.get('order.updated').owner, 'billing');
    await page.locator('#active').selectOption('');
    await page.locator('#topic-list button', { hasText: 'not validated' }).waitFor();
    await details.getByRole('button', { name: 'Schemas' }).click();
    await page.locator('#versions button', { hasText: 'Version 1' }).waitFor();
    await page.goBack();
    await details.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Choose a topic.').waitFor();
    assert.deepEqual(platform.topics.list(), []);
  });

  test('schemas: versions with diff, register, conflict, activate, try a payload', LIMIT, async (t) => {
    const { platform, page, shoot } = await visit(t, 'schemas');
    await page.getByText('No topic is registered.').waitFor();
    registerOrders(platform);
    await page.locator('#versions button', { hasText: /Version 1\s+active/ }).waitFor();
    await page.locator('summary', { hasText: 'New version' }).click();
    const editor = page.locator('#register').getByLabel('Schema');
    const properties = { ...ORDER.properties, note: { type: ['string', 'null'] } };
    await editor.fill(JSON.stringify({ ...ORDER, required: ['orderId', 'status', 'note'], properties }));
    const register = page.locator('#register').getByRole('button', { name: 'Register' });
    await register.click();
    await page.locator('#notice', { hasText: '/note: it is now required' }).waitFor();
    await editor.fill(JSON.stringify({ ...ORDER, properties }));
    await register.click();
    await page.locator('#notice', { hasText: 'Registered version 2. It is not active yet.' }).waitFor();
    await page.locator('#schema-diff .added', { hasText: '"note"' }).waitFor();
    const trial = page.locator('#trial');
    await trial.getByLabel('Payload').fill('{ "orderId": 1, "status": "open", "note": 5 }');
    await trial.getByLabel('Version').selectOption('2');
    await trial.getByRole('button', { name: 'Validate' }).click();
    await page.locator('#outcome li', { hasText: '/note must be string,null' }).waitFor();
    await trial.getByLabel('Payload').fill('{ "orderId": 1, "status": "open", "note": null }');
    await trial.getByRole('button', { name: 'Validate' }).click();
    await page.locator('#outcome', { hasText: 'It fits version 2.' }).waitFor();
    await page.locator('#activate').click();
    await page.locator('#versions button', { hasText: /Version 2\s+active/ }).waitFor();
    assert.equal(platform.topics.get('order.updated').activeSchemaVersion, 2);
    assert.throws(() => platform.publish({ topic: 'order.updated', payload: {} }));
    await page.locator('#refused-count', { hasText: '1 event refused' }).waitFor();
    await page.locator('#notice .close').click();
    await shoot();
  });

  test('documents: create, edit with the revision, conflict, history with diff, delete', LIMIT, async (t) => {
    const { platform, page, shoot } = await visit(t, 'documents');
    platform.documents.create('notes', { id: 'n1', data: { title: 'First', done: false } });
    await page.locator('#documents button', { hasText: 'n1' }).click();
    const text = page.locator('#document');
    await text.fill('{ "title": "Second", "done": false }');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('#revision', { hasText: 'revision 2' }).waitFor();
    assert.equal(platform.documents.get('notes', 'n1').data.title, 'Second');
    const latest = page.locator('#history details').first();
    await latest.locator('.added', { hasText: '"Second"' }).waitFor();
    await latest.locator('.removed', { hasText: '"First"' }).waitFor();
    await shoot();
    await text.fill('{ "title": "Mine" }');
    platform.documents.merge('notes', 'n1', { data: { done: true } });
    await page.getByRole('alert').getByText('Revision 3 was written meanwhile.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .locator('#notice', { hasText: 'Conflict: you edited revision 2, and revision 3 is there now.' })
      .waitFor();
    assert.equal(platform.documents.get('notes', 'n1').data.title, 'Second');
    await page.getByRole('button', { name: 'Load it' }).click();
    await page.locator('#revision', { hasText: 'revision 3' }).waitFor();
    await page.waitForFunction(() => JSON.parse(document.querySelector('#document').value).done === true);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.locator('#notice', { hasText: 'Deleted notes/n1' }).waitFor();
    assert.throws(() => platform.documents.get('notes', 'n1'));
    await page.getByText('New document').click();
    const form = page.locator('#create');
    await form.getByLabel('Service').fill('tasks');
    await form.getByLabel('ID').fill('t1');
    await form.getByLabel('Data').fill('{ "a": 1 }');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.locator('#revision', { hasText: 'revision 1' }).waitFor();
    assert.deepEqual(platform.documents.get('tasks', 't1').data, { a: 1 });
  });

  test('channels: members, messages, a message to all, and a direct one over the page socket', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'channels');
    const alice = connect(t, platform, { sub: 'alice', permissions: ['service'] });
    const next = (name) => new Promise((resolve) => alice.socketClient.once(name, resolve));
    await alice.socketClient.joinChannel('lobby');
    await page.locator('#channels button', { hasText: 'lobby' }).click();
    await page.locator('#members', { hasText: alice.socketClient.id }).waitFor();
    const form = page.locator('#message');
    const message = next('message:lobby');
    await form.getByLabel('Event').fill('greeting');
    await form.getByLabel('Data').fill('{ "text": "Hello" }');
    await form.getByRole('button', { name: 'Send' }).click();
    assert.deepEqual((await message).data, { text: 'Hello' });
    await page.locator('#messages li', { hasText: 'greeting' }).waitFor();
    await shoot();
    const direct = next('direct');
    await form.getByLabel('To').selectOption(alice.socketClient.id);
    await form.getByRole('button', { name: 'Send' }).click();
    assert.deepEqual((await direct).data, { text: 'Hello' });
    assert.deepEqual(complaints, []);
  });

  test('webhooks: an endpoint, a delivery with request and response, resend', LIMIT, async (t) => {
    const bodies = [];
    const target = createServer(async (request, response) => {
      bodies.push(String(Buffer.concat(await request.toArray())));
      response.writeHead(202).end('taken');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => target.once('listening', resolve));
    t.after(() => target.close());
    const { platform, page, complaints, shoot } = await visit(t, 'webhooks');
    const form = page.locator('#endpoint');
    await form.getByLabel('URL').fill(`http://127.0.0.1:${target.address().port}/hooks`);
    await form.getByLabel('Secret').fill('whsec_c2VjcmV0');
    await form.getByLabel('Events').fill('orders, document.updated');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.locator('#endpoints .card', { hasText: '/hooks' }).waitFor();
    platform.publish({ topic: 'orders', payload: { orderId: 7 } });
    await page.locator('#attempts button', { hasText: '202' }).click();
    await page.locator('#response', { hasText: /202\s+taken/ }).waitFor();
    await page.getByLabel('Delivery').getByText('x-webhook-signature').waitFor();
    await shoot();
    await page.locator('#resend').click();
    await page.locator('#attempts li').nth(1).waitFor();
    assert.equal(bodies.length, 2);
    assert.equal(bodies[1], bodies[0]);
    assert.ok(!(await page.content()).includes('c2VjcmV0'));
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page.locator('#endpoints', { hasText: 'not active' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('faults: a button for each; page and client survive the platform going away', LIMIT, async (t) => {
    const { platform, page, shoot } = await visit(t, 'faults');
    const client = connect(t, platform);
    client.subscribe({ topic: 'orders' });
    await platform.subscribed('orders');
    const press = (name) => page.locator(`[data-fault=${name}] button`).click();
    await press('dropAll');
    await page.locator('#notice', { hasText: '1 client dropped.' }).waitFor();
    await platform.subscribed('orders');
    await page.locator('[data-fault=refuseUpgrades] input').fill('403');
    await press('refuseUpgrades');
    await page.locator('#notice', { hasText: 'Upgrades are refused.' }).waitFor();
    const refused = await fetch(`${platform.url}/_local/connections`);
    assert.equal(refused.status, 200);
    await press('acceptUpgrades');
    await page.locator('#notice', { hasText: 'Upgrades are accepted.' }).waitFor();
    platform.publish({ topic: 'orders', payload: {} });
    await press('repeat');
    await page.locator('#notice', { hasText: '1 event sent again.' }).waitFor();
    await page.locator('[data-fault=delay] input').fill('0');
    await press('delay');
    await page.locator('#notice', { hasText: 'The delay is set.' }).waitFor();
    await shoot();
    await page.locator('[data-fault=goAway] input').fill('100');
    await press('goAway');
    await page.locator('#live', { hasText: 'away' }).waitFor();
    await page.locator('#live', { hasText: /^live/ }).waitFor();
    await platform.subscribed('orders');
    await press('stopAnsweringPings');
    await page.locator('#notice', { hasText: 'silent' }).waitFor();
  });

  test('a platform that is started again, with another secret: the page goes on', LIMIT, async (t) => {
    const { platform, page } = await visit(t, 'documents');
    platform.documents.create('notes', { id: 'n1', data: { from: 'the first' } });
    await page.locator('#documents button', { hasText: 'n1' }).click();
    await page.locator('#history .added', { hasText: 'the first' }).waitFor();
    const { port } = platform;
    await platform.close();
    await page.locator('#live', { hasText: 'away' }).waitFor();
    const again = await startLocalPlatform({ port });
    t.after(() => again.close());
    again.documents.create('notes', { id: 'n1', data: { from: 'the second' } });
    await page.locator('#live', { hasText: /^live/ }).waitFor();
    await page.locator('#documents button', { hasText: 'n1' }).click();
    await page.locator('#history .added', { hasText: 'the second' }).waitFor();
    await page.locator('#document').fill('{ "from": "the page" }');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('#revision', { hasText: 'revision 2' }).waitFor();
    assert.deepEqual(again.documents.get('notes', 'n1').data, { from: 'the page' });
  });

  test('tokens: minted, shown with their claims, accepted by the platform', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'tokens');
    await page.getByLabel('Subject').fill('carol');
    await page.getByLabel('service').check();
    await page.getByRole('button', { name: 'Mint token' }).click();
    const token = await page.locator('#token').innerText();
    assert.deepEqual(JSON.parse(await page.locator('#claims').innerText()).permissions, ['client', 'service']);
    const client = new RealtimeClient({ url: platform.url, token });
    t.after(() => client.destroy());
    await platform.until(() => platform.connections.some(({ sub }) => sub === 'carol'));
    if (IMAGES) await page.evaluate(() => document.querySelector('#token')?.replaceChildren('eyJ…'));
    await shoot();
    assert.deepEqual(complaints, []);
  });

  test('keys choose panels; dark and light; nothing is cut off at 360 px', LIMIT, async (t) => {
    const { platform, page, complaints, shoot } = await visit(t, 'events', {
      viewport: { width: 360, height: 640 },
      colorScheme: 'dark',
    });
    platform.publish({ topic: 'orders', payload: { text: 'x'.repeat(300) } });
    await page.locator('.row', { hasText: 'orders' }).click();
    await page.getByLabel('Details', { exact: true }).waitFor();
    await shoot('narrow-dark');
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.emulateMedia({ colorScheme: 'light' });
    assert.notEqual(await ground(), dark);
    const panels = ['events', 'connections', 'publish', 'documents', 'channels', 'webhooks', 'faults', 'tokens'];
    registerOrders(platform);
    for (const [index, name] of [...panels, 'topics', 'schemas'].entries()) {
      await page.keyboard.press(String((index + 1) % 10));
      await page.locator(`main[data-panel=${name}]`).waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
    }
    assert.deepEqual(complaints, []);
  });

  test('it is served with a strict policy, and only to this machine', LIMIT, async (t) => {
    const platform = await startLocalPlatform({ prefix: '/realtime' });
    t.after(() => platform.close());
    const response = await fetch(platform.url);
    assert.equal(response.url, `${platform.url}/`);
    assert.equal(response.status, 200);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(await response.text(), /<script>|style="|https?:/);
  });
});
