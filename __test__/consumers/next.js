'use strict';

/**
 * A Next.js app with the route handler of the guide, built and started as people do, which gets a
 * real signed webhook.
 */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { before, describe, test } = require('node:test');

const { deployment, react, webhooks } = require('./guide.js');
const { linkTree } = require('./linked-tree.js');
const { workspace } = require('./workspace.js');

const SECRET = 'whsec_of_the_app';
const NEXT = join('node_modules', 'next', 'dist', 'bin', 'next');
const env = () => ({ ...workspace.env, NEXT_TELEMETRY_DISABLED: '1' });

describe('a Next.js app', () => {
  let app = '';
  let reason = false;

  before(() => {
    reason = workspace.lacks('next', '@next');
    if (!reason) app = makeApp();
  });

  const WAYS = [
    { name: 'Turbopack, as the guide says', bundler: '--turbopack', external: true },
    { name: 'webpack, as the guide says', bundler: '--webpack', external: true },
    { name: 'Turbopack, the package inside of the bundle', bundler: '--turbopack', external: false },
    { name: 'webpack, the package inside of the bundle', bundler: '--webpack', external: false },
  ];
  for (const { name, bundler, external } of WAYS) {
    test(name, async (t) => {
      if (reason) return t.skip(reason);
      fs.rmSync(join(app, 'next.config.mjs'), { force: true });
      if (external) deployment.write('next.config.mjs', app);
      setHooks(app, !external);
      await build(app, bundler);
      const url = await start(t, app, [NEXT, 'start', '-H', '127.0.0.1', '-p', '0']);
      await assertDelivered(url);
      if (!external) await assertRendered(url);
    });
  }

  test('standalone output, elsewhere, has the addon with it', async (t) => {
    if (reason) return t.skip(reason);
    const config = deployment.write('next.config.mjs', app);
    setHooks(app, false);
    const text = fs.readFileSync(config, 'utf8');
    // Without the root, Next.js looks for one in the folders above, where this machine may have a
    // workspace.
    const more = "output: 'standalone', outputFileTracingRoot: import.meta.dirname,";
    fs.writeFileSync(config, text.replace('{', `{\n  ${more}`));
    await build(app, '--turbopack');
    const elsewhere = join(workspace.folder, 'standalone');
    fs.cpSync(join(app, '.next', 'standalone'), elsewhere, { recursive: true });
    const port = await freePort();
    await assertDelivered(await start(t, elsewhere, ['server.js'], { HOSTNAME: '127.0.0.1', PORT: String(port) }));
  });
});

/** Adds or removes a page with hooks, which needs the package inside of the bundle. */
function setHooks(app, wanted) {
  const folder = join('app', 'live');
  fs.rmSync(join(app, folder), { recursive: true, force: true });
  if (!wanted) return;
  for (const file of ['realtime.js', 'connection.jsx', 'app/providers.jsx']) react.write(file, app);
  fs.cpSync(join(workspace.project('next'), folder), join(app, folder), { recursive: true });
}

/**
 * Turbopack follows no link that leads out of the project, so this one has a `node_modules` of its
 * own.
 */
function makeApp() {
  const app = join(workspace.folder, 'next');
  fs.cpSync(workspace.project('next'), app, { recursive: true });
  webhooks.write('app/api/webhooks/route.ts', app);
  linkTree(fs.realpathSync(workspace.tool('.')), join(app, 'node_modules'));
  fs.cpSync(workspace.project('node_modules/@smarterservices'), join(app, 'node_modules', '@smarterservices'), {
    recursive: true,
  });
  return app;
}

/** Without the secret, which is there when the app runs, not when it is built. */
async function build(app, bundler) {
  fs.rmSync(join(app, '.next'), { recursive: true, force: true });
  await workspace.run(process.execPath, [NEXT, 'build', bundler], app, { env: env() });
}

/** @returns {Promise<string>} the address that the server says it has */
async function start(t, cwd, args, more = {}) {
  const server = spawn(process.execPath, args, { cwd, env: { ...env(), ...more, WEBHOOK_SECRET: SECRET } });
  const ended = once(server, 'exit');
  t.after(async () => {
    server.kill();
    await ended;
  });
  server.stderr.resume();
  let url = '';
  for await (const line of createInterface(server.stdout)) {
    url ||= /Local: +(http:\S+)/.exec(line)?.[1] ?? '';
    if (/Ready in/.test(line)) break;
  }
  server.stdout.resume();
  assert.ok(url, 'the server prints its address');
  return url;
}

async function assertDelivered(url) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform({ webhookRetryDelay: 0 });
  platform.webhooks.create({ url: `${url}/api/webhooks`, secret: SECRET, events: ['session.status'] });
  platform.webhooks.create({ url: `${url}/api/webhooks`, secret: 'another', events: ['session.ended'] });
  platform.publish({ topic: 'session.status', payload: { status: 'active' } });
  platform.publish({ topic: 'session.ended', payload: {} });
  await platform.until(({ webhooks: { pending } }) => pending === 0);
  const statuses = platform.webhooks.logs.map(({ status, error }) => status ?? error);
  await platform.close();
  assert.deepEqual(new Set(statuses), new Set([204, 400]));
}

/** The hooks, rendered on the server. */
async function assertRendered(url) {
  const html = await (await fetch(`${url}/live`)).text();
  assert.match(html, /<p role="status">disconnected/);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}
