'use strict';

/** The projects in `examples/`, installed with the packed packages and run as their README says. */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { test } = require('node:test');

const { linkTree } = require('./linked-tree.js');
const { workspace } = require('./workspace.js');

const examples = join(__dirname, '..', '..', 'examples');
const SECRET = 'whsec_of_the_gallery';

/** Installs an example beside the projects. What the tools already have is taken from there. */
async function install(name) {
  const folder = join(workspace.folder, 'gallery', name);
  fs.cpSync(join(examples, name), folder, { recursive: true });
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  const { dependencies, devDependencies = {} } = manifest;
  const isKept = (dependency) => fs.existsSync(workspace.tool(dependency));
  for (const [dependency, range] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (!isKept(dependency)) continue;
    const { version } = require(workspace.tool(`${dependency}/package.json`));
    assert.ok(require(workspace.tool('semver')).satisfies(version, range), `${name}: ${dependency} ${range}`);
  }
  manifest.dependencies = Object.fromEntries(
    Object.entries(dependencies).filter(([dependency]) => !isKept(dependency) && !dependency.startsWith('@smarter')),
  );
  delete manifest.devDependencies;
  fs.writeFileSync(file, JSON.stringify(manifest));
  await workspace.npm(folder, [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...workspace.tarballs.slice(0, 2),
  ]);
  return folder;
}

/**
 * A program that runs until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} folder
 * @param {string[]} command
 * @param {Record<string, string>} more of the environment
 */
function run(t, folder, [file, ...args], more) {
  const program = spawn(file, args, { cwd: folder, env: { ...workspace.env, PORT: '0', ...more } });
  const exited = once(program, 'exit');
  const lines = [];
  const waiting = new Set();
  for (const stream of [program.stdout, program.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  t.after(async () => {
    program.kill();
    await exited;
  });
  return {
    /** The match of the first line that is like this. @param {RegExp} pattern @returns {Promise<RegExpExecArray>} */
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
          if (match) waiting.delete(look);
          if (match) resolve(match);
        };
        waiting.add(look);
        look();
        exited.then(() => reject(new Error(`the program ended without ${pattern}:\n${lines.join('\n')}`)));
      }),
    stop: async () => {
      program.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

const node = [process.execPath, 'main.js'];

async function platformFor(t, options) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform({ webhookRetryDelay: 0, waitTimeout: Infinity, ...options });
  t.after(() => platform.close());
  return platform;
}

/** @param {import('@smarterservices/realtime-local').LocalPlatform} platform */
const access = (platform) => ({ REALTIME_URL: platform.url, REALTIME_TOKEN: platform.token() });

/** Opens pages in Chromium, or returns undefined and skips. */
async function pages(t) {
  const { findChromium, launchChromium, NO_CHROMIUM } = await import('../../tests/browsers/chromium.js');
  const binary = findChromium();
  if (binary === undefined) return t.skip(NO_CHROMIUM);
  const browser = await launchChromium(t, binary);
  return async (url) => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(url);
    return page;
  };
}

async function assertDelivered(t, url, printed) {
  const platform = await platformFor(t);
  platform.webhooks.create({ url, secret: SECRET, events: ['order.updated'] });
  platform.publish({ topic: 'order.updated', payload: { id: 7 } });
  await printed;
  await platform.until(({ webhooks }) => webhooks.pending === 0);
  assert.deepEqual(
    platform.webhooks.logs.map(({ status }) => status),
    [204],
  );
}

test('webhook-service stores a delivery and works it off', async (t) => {
  const program = run(t, await install('webhook-service'), node, { WEBHOOK_SECRET: SECRET });
  const [, url] = await program.printed(/Listening on (http:\S+)/);
  await assertDelivered(t, url, program.printed(/^order\.updated \{"id":7\}/));
});

test('worker handles what is published and ends without losing it', {
  skip: process.platform === 'win32',
}, async (t) => {
  const platform = await platformFor(t);
  const program = run(t, await install('worker'), node, access(platform));
  await platform.subscribed('order.updated');
  for (const id of [1, 2, 3]) platform.publish({ topic: 'order.updated', payload: { id, status: 'paid' } });
  await program.printed(/^invoiced 3/);
  const ended = program.printed(/^done/);
  assert.equal(await program.stop(), 0);
  await ended;
});

test('sse-dashboard shows the latest state to a page', async (t) => {
  const open = await pages(t);
  if (open === undefined) return;
  const platform = await platformFor(t);
  const program = run(t, await install('sse-dashboard'), node, access(platform));
  const [, url] = await program.printed(/Listening on (http:\S+)/);
  await platform.subscribed('session.status');
  platform.publish({ topic: 'session.status', payload: { id: 'S-1', status: 'active' } });
  const page = await open(url);
  await page.getByText('S-1: active').waitFor();
  platform.publish({ topic: 'session.status', payload: { id: 'S-1', status: 'ended' } });
  await page.getByText('S-1: ended').waitFor();
});

test('browser-chat: two pages talk', async (t) => {
  const open = await pages(t);
  if (open === undefined) return;
  const platform = await platformFor(t);
  const program = run(t, await install('browser-chat'), node, access(platform));
  const [, url] = await program.printed(/Listening on (http:\S+)/);
  const ada = await open(url);
  const ben = await open(url);
  await platform.joined('lobby', 2);
  await ada.locator('#here', { hasText: '2' }).waitFor();
  await ada.fill('#text', 'hello');
  await ada.getByRole('button', { name: 'Send' }).click();
  await ben.getByText('Ada: hello').waitFor();
  await ada.getByText('Ada: hello').waitFor();
});

test('collaborative-document: two pages change one list', async (t) => {
  const open = await pages(t);
  if (open === undefined) return;
  const platform = await platformFor(t);
  const program = run(t, await install('collaborative-document'), node, access(platform));
  const [, url] = await program.printed(/Listening on (http:\S+)/);
  const [ada, ben] = [await open(url), await open(url)];
  await platform.subscribed('sync.lists.updated', 2);
  await ada.fill('input[aria-label]', 'milk');
  await ada.getByRole('button', { name: 'Add' }).click();
  await ben.getByLabel('milk').check();
  await ada.locator('input[type=checkbox]:checked').waitFor();
});

test('react-app, built by Vite, follows a filter', async (t) => {
  const reason = workspace.lacks('vite', '@rolldown');
  if (reason) return t.skip(reason);
  const open = await pages(t);
  if (open === undefined) return;
  const folder = await install('react-app');
  const platform = await platformFor(t);
  const vite = workspace.tool('vite/bin/vite.js');
  await workspace.run(process.execPath, [vite, 'build', '--logLevel', 'error'], folder);
  const program = run(t, folder, [process.execPath, vite, 'preview', '--host', '127.0.0.1', '--port', '0'], {
    NO_COLOR: '1',
  });
  const [, url] = await program.printed(/(http:\/\/127\.0\.0\.1:\d+\/)/);
  const page = await open(`${url}?${new URLSearchParams({ url: platform.url, token: platform.token() })}`);
  await platform.subscribed('session.status');
  platform.publish({ topic: 'session.status', payload: { id: 'S-1', campusId: 12, status: 'active' } });
  await page.getByText('S-1: active').waitFor();
  await page.getByRole('button').click();
  await platform.until(({ connections }) => connections[0]?.subscriptions[0]?.filter?.campusId === 7);
  platform.publish({ topic: 'session.status', payload: { id: 'S-2', campusId: 7, status: 'ended' } });
  await page.getByText('S-2: ended').waitFor();
});

test('nextjs-route passes a webhook on to a page', { timeout: 180_000 }, async (t) => {
  const reason = workspace.lacks('next', '@next');
  if (reason) return t.skip(reason);
  const folder = await install('nextjs-route');
  // Turbopack follows no link that leads out of the project.
  linkTree(fs.realpathSync(workspace.tool('.')), join(folder, 'node_modules'));
  const next = join('node_modules', 'next', 'dist', 'bin', 'next');
  const env = { ...workspace.env, NEXT_TELEMETRY_DISABLED: '1' };
  await workspace.run(process.execPath, [next, 'build'], folder, { env });
  const program = run(t, folder, [process.execPath, next, 'start', '-H', '127.0.0.1', '-p', '0'], {
    NEXT_TELEMETRY_DISABLED: '1',
    WEBHOOK_SECRET: SECRET,
  });
  const [, url] = await program.printed(/Local: +(http:\S+)/);
  await program.printed(/Ready in/);
  const { body } = await fetch(`${url}/events`);
  const chunks = body.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await chunks.read()).value, ': open\n\n');
  await assertDelivered(
    t,
    `${url}/webhooks`,
    chunks.read().then(({ value }) => {
      assert.equal(value, 'data: order.updated {"id":7}\n\n');
    }),
  );
  await chunks.cancel();
});

test('edge-function verifies a delivery in Deno', async (t) => {
  const deno = workspace.binary('@deno', process.platform === 'win32' ? 'deno.exe' : 'deno');
  if (!deno) return t.skip('deno has no binary for this platform');
  const folder = await install('edge-function');
  const flags = ['--no-prompt', '--allow-net', '--allow-env', '--host', '127.0.0.1', '--port', '0'];
  const program = run(t, folder, [deno, 'serve', ...flags, 'main.js'], {
    DENO_DIR: join(workspace.folder, 'deno'),
    NO_COLOR: '1',
    WEBHOOK_SECRET: SECRET,
  });
  const [, url] = await program.printed(/(http:\/\/127\.0\.0\.1:\d+\/)/);
  await assertDelivered(t, url, program.printed(/^order\.updated \{"id":7\}/));
});

test('each folder of the gallery is in its list', () => {
  const readme = fs.readFileSync(join(examples, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| \[([\w-]+)\]/gm)].map(([, name]) => name);
  const folders = fs.readdirSync(examples).filter((name) => {
    const file = join(examples, name, 'package.json');
    return fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).dependencies !== undefined;
  });
  assert.deepEqual(listed.sort(), folders.sort());
});
