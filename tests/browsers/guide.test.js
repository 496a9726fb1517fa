/** Every example of `docs/browser.md`, in Chromium: only the address of the server is put in. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { pageWith } from '../suite/stage/site.js';
import { Stage } from '../suite/stage/stage.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';

const GUIDE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'browser.md'), 'utf8');
const SERVER = 'https://realtime.example.com';
const LIMIT = { timeout: 20_000 };
const binary = findChromium();

/** The blocks by heading. */
const blocks = new Map(
  GUIDE.split(/^#+ /m).flatMap((section) => {
    const heading = section.split('\n', 1)[0];
    return [...section.matchAll(/```(js|html|http)\n([\s\S]*?)```/g)].map(([, language, text]) => [
      `${heading}, ${language}`,
      text,
    ]);
  }),
);

/** @param {string} name */
function take(name) {
  const block = blocks.get(name);
  assert.ok(block, `docs/browser.md has a block under ${name}`);
  blocks.delete(name);
  return block;
}

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

/**
 * Opens a page; its console is a list with promises for later messages.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 */
async function visit(t, url) {
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  const log = { page, said: (pattern) => page.waitForEvent('console', { predicate: (m) => pattern.test(m.text()) }) };
  const opened = page.goto(url);
  return { ...log, opened };
}

/** A platform, and an example as a page that uses it. */
async function prepare(example, { options = {}, isHtml = false, headers = {} } = {}) {
  const platform = await stage.startPlatform(options);
  const token = stage.addPage('token', { body: platform.token() });
  const text = example
    .replaceAll(SERVER, platform.url)
    .replaceAll("'/token'", `'${token}'`)
    .replace('https://unpkg.com/@smarterservices/realtime', '/dist/umd/index.js');
  const body = isHtml ? `<!doctype html><title>Example</title>${text}` : pageWith(text);
  return { platform, url: stage.addPage('example', { body, headers }) };
}

describe('docs/browser.md', { skip: binary ? false : NO_CHROMIUM }, () => {
  for (const [name, isHtml] of [
    ['Install it with a bundler, js', false],
    ['A smaller client: topics only, js', false],
    ['Load it from a CDN, html', true],
    ['A worker for many events, js', false],
  ]) {
    test(name, LIMIT, async (t) => {
      const { platform, url } = await prepare(take(name), { isHtml });
      const { said, opened } = await visit(t, url);
      await opened;
      await platform.subscribed('session.status');
      const logged = said(/campusId: 12/);
      platform.publish({ topic: 'session.status', payload: { campusId: 12 } });
      await logged;
    });
  }

  test('a gap is reported', LIMIT, async (t) => {
    const { platform, url } = await prepare(take('The life of a page, js'));
    const { said, opened } = await visit(t, url);
    await opened;
    await platform.subscribed('session.status');
    const logged = said(/^Read again: events may be missing from \d+ to \d+\.$/);
    await platform.faults.dropAll();
    await logged;
  });

  test('CORS: the platform sends what the guide lists, and an error names what is missing', LIMIT, async (t) => {
    const origin = 'https://app.example.com';
    const example = take('CORS, js');
    const { platform, url } = await prepare(example, { options: { corsOrigin: origin } });
    const headers = { origin, 'access-control-request-method': 'PUT' };
    const { headers: sent } = await fetch(`${platform.url}/api/sync/notes/documents`, { method: 'OPTIONS', headers });
    for (const [, header, value] of take('CORS, http').matchAll(/^([\w-]+): (.*)$/gm)) {
      assert.equal(sent.get(header), value, header);
    }
    const { said, opened } = await visit(t, url);
    const logged = said(/NETWORK_ERROR.*Access-Control-Allow-Origin/);
    await opened;
    await logged;
  });

  test('CSP: the policy of the guide is enough, and an error names what is missing', LIMIT, async (t) => {
    const policy = take('Content Security Policy, http').trim();
    const platform = await stage.startPlatform();
    const script = stage.addPage('script', {
      body: `import { RealtimeClient } from '/dist/web/index.js';
        const realtime = new RealtimeClient({
          url: '${platform.url}', token: '${platform.token()}', reconnectionAttempts: 1, reconnectionDelay: 10,
        });
        realtime.on('error', ({ code, message }) => console.log(code, message));
        realtime.on('connection', ({ state }) => console.log('state', state));`,
      headers: { 'content-type': 'text/javascript' },
    });
    const body = `<!doctype html><title>Policy</title><script type="module" src="${script}"></script>`;
    const [name, value] = policy.split(/: (.*)/);
    for (const [allowed, expected] of [
      [`${platform.url} ${platform.url.replace('http', 'ws')}`, /^state connected$/],
      [platform.url, /^state connected$|^NETWORK_ERROR.*connect-src/],
      ['', /^NETWORK_ERROR.*connect-src/],
    ]) {
      const header = value.replace(`${SERVER} ${SERVER.replace('http', 'ws')}`, allowed);
      const { said, opened } = await visit(t, stage.addPage('policy', { body, headers: { [name]: header } }));
      await Promise.all([said(expected), opened]);
    }
  });

  test('every example was run', () => {
    assert.deepEqual([...blocks.keys()], []);
  });
});
