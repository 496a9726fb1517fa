/**
 * The choice of engine on Node: the native one, or the JavaScript engine where the user asks for it
 * or there is no addon.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const OPTIONS = { url: 'https://realtime.example.com', token: 'your-jwt-token', autoConnect: false };
/** No proxy of this machine's, and no choice of the test run's. */
const CLEAN = Object.fromEntries(
  ['REALTIME_ENGINE', 'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].map((name) => [
    name,
    undefined,
  ]),
);

/** A copy of what is published, without an addon. */
let folder = '';

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'realtime-choice-')));
  for (const path of ['dist', 'package.json', 'native/index.js']) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs a function in a process of its own, and returns what it returns, and the warnings and the
 * addons of that process.
 *
 * @param {string} cwd where the package is
 * @param {(library: typeof import('../../index.js'), options: any, argument: any) => unknown} run
 * @param {{ env?: Record<string, string>, argument?: unknown }} [how]
 * @returns {Promise<{ result: any, warnings: { name: string, code: string, message: string, detail: string }[], addons: string[] }>}
 */
function runIn(cwd, run, { env = {}, argument } = {}) {
  const program = `
    const warnings = [];
    process.on('warning', ({ name, code, message, detail }) => warnings.push({ name, code, message, detail }));
    const failure = ({ code, message, remediation }) => ({ code, message, remediation });
    let result;
    try {
      result = (${run})(require('./dist/index.js'), ${JSON.stringify(OPTIONS)}, ${JSON.stringify(argument)});
    } catch (error) {
      result = failure(error);
    }
    setImmediate(() => {
      const addons = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
      console.log(JSON.stringify({ result, warnings, addons }));
    });`;
  const environment = { ...process.env, ...CLEAN, NAPI_RS_NATIVE_LIBRARY_PATH: undefined, NODE_OPTIONS: '', ...env };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { cwd, env: environment }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
  });
}

const engineOf = (
  /** @type {typeof import('../../index.js')} */ { RealtimeClient },
  /** @type {any} */ options,
  /** @type {any} */ more,
) => new RealtimeClient({ ...options, ...more }).engine;

test('is native by default, and where the user insists', async () => {
  for (const how of [
    {},
    { argument: { engine: 'native' } },
    { env: { REALTIME_ENGINE: 'native' } },
    { env: { REALTIME_ENGINE: '' } },
    { env: { REALTIME_ENGINE: 'javascript' }, argument: { engine: 'native' } },
  ]) {
    const { result, warnings, addons } = await runIn(root, engineOf, how);
    assert.deepEqual({ result, warnings }, { result: 'native', warnings: [] }, JSON.stringify(how));
    assert.equal(addons.length, 1);
  }
});

test('is JavaScript where the user wants it, and the addon is not even loaded', async () => {
  for (const how of [{ argument: { engine: 'javascript' } }, { env: { REALTIME_ENGINE: 'javascript' } }]) {
    const outcome = await runIn(root, engineOf, how);
    assert.deepEqual(outcome, { result: 'javascript', warnings: [], addons: [] }, JSON.stringify(how));
  }
});

test('the option and the variable take nothing else', async () => {
  const option = await runIn(root, engineOf, { argument: { engine: 'rust' } });
  assert.equal(
    option.result.message,
    "RealtimeClient(): options.engine: expected 'native' or 'javascript', got 'rust'.",
  );
  const variable = await runIn(root, engineOf, { env: { REALTIME_ENGINE: 'rust' } });
  assert.equal(variable.result.code, 'INVALID_ARGUMENT');
  assert.match(variable.result.message, /^The environment variable REALTIME_ENGINE: expected 'native' or 'javascript'/);
});

test('falls back where there is no addon, with one warning for all clients and webhooks', async () => {
  const { result, warnings } = await runIn(folder, ({ RealtimeClient, WebhookReceiver, signWebhook }, options) => {
    const clients = [new RealtimeClient(options), new RealtimeClient(options)];
    const body = JSON.stringify({ id: 'evt_1', topic: 'a', type: 'a', payload: {} });
    const { event } = new WebhookReceiver('whsec_secret').verify(body, signWebhook(body, 'whsec_secret'));
    return [...clients.map(({ engine }) => engine), event.id];
  });
  assert.deepEqual(result, ['javascript', 'javascript', 'evt_1']);
  assert.equal(warnings.length, 1);
  const [{ name, code, message, detail }] = warnings;
  assert.deepEqual({ name, code }, { name: 'RealtimeWarning', code: 'ADDON_NOT_FOUND' });
  assert.match(message, /The loader says: .+\. The JavaScript engine takes its place\. Run `npm install`/);
  assert.match(detail, /tls and proxy.*REALTIME_ENGINE/);
});

test('needs no addon and gives no warning where the user wants JavaScript', async () => {
  const { result, warnings } = await runIn(folder, engineOf, { env: { REALTIME_ENGINE: 'javascript' } });
  assert.deepEqual({ result, warnings }, { result: 'javascript', warnings: [] });
});

test('a client that insists on the native engine gets the reason as an error, not a warning', async () => {
  for (const how of [{ argument: { engine: 'native' } }, { env: { REALTIME_ENGINE: 'native' } }]) {
    const { result, warnings } = await runIn(folder, engineOf, how);
    assert.equal(result.code, 'ADDON_NOT_FOUND');
    assert.match(result.remediation, /npm install/);
    assert.deepEqual(warnings, []);
  }
});

/** What only the native engine does, and what to do without it. */
const NATIVE_ONLY = [
  { what: 'options.tls', argument: { tls: { rejectUnauthorized: false } }, advice: /TLS settings of the runtime/ },
  { what: 'options.proxy', argument: { proxy: 'http://user:secret@proxy.example.com:3128' }, advice: /to false/ },
  {
    what: 'the proxy that the environment names',
    env: { HTTPS_PROXY: 'http://user:secret@proxy.example.com:3128' },
    advice: /to false/,
  },
];

for (const { what, argument = {}, env = {}, advice } of NATIVE_ONLY) {
  test(`${what} is refused with the reason: the user's choice, or the missing addon`, async () => {
    const chosen = await runIn(root, engineOf, { argument: { ...argument, engine: 'javascript' }, env });
    assert.equal(chosen.result.code, 'INVALID_ARGUMENT');
    assert.ok(
      chosen.result.message.startsWith(`RealtimeClient(): ${what} needs the native engine`),
      chosen.result.message,
    );
    assert.match(chosen.result.remediation, advice);
    const missing = await runIn(folder, engineOf, { argument, env });
    assert.equal(missing.result.code, 'ADDON_NOT_FOUND');
    assert.ok(
      missing.result.message.startsWith(`RealtimeClient(): ${what} needs the native engine`),
      missing.result.message,
    );
    assert.match(missing.result.message, /The loader says: .*Run `npm install`/);
    assert.match(missing.result.remediation, advice);
    for (const { result } of [chosen, missing]) assert.doesNotMatch(JSON.stringify(result), /secret/);
    assert.equal((await runIn(root, engineOf, { argument, env })).result, 'native');
  });
}

test('a proxy that the user turns off, or that excludes the host, is no reason to refuse', async () => {
  const HTTPS_PROXY = 'http://proxy.example.com:3128';
  for (const how of [
    { argument: { engine: 'javascript', proxy: false }, env: { HTTPS_PROXY } },
    { argument: { engine: 'javascript' }, env: { HTTPS_PROXY, NO_PROXY: 'example.com' } },
  ])
    assert.equal((await runIn(root, engineOf, how)).result, 'javascript');
});
