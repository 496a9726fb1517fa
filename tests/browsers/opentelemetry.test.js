/** The entry `opentelemetry` on a page, bundled with the client and OpenTelemetry's SDK. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { build } from 'esbuild';

import { Stage } from '../suite/stage/stage.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';

const ROOT = join(import.meta.dirname, '..', '..');
const binary = findChromium();

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

test('spans of a page, linked to a producer elsewhere', {
  timeout: 30_000,
  skip: binary ? false : NO_CHROMIUM,
}, async (t) => {
  const platform = await stage.startPlatform();
  const given = JSON.stringify({ url: platform.url, token: platform.token({ permissions: ['service'] }) });
  const { outputFiles } = await build({
    stdin: {
      resolveDir: ROOT,
      contents: `
        import { RealtimeClient } from '@smarterservices/realtime';
        import { RealtimeInstrumentation } from '@smarterservices/realtime/opentelemetry';
        import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
        const printer = {
          onStart() {},
          onEnd(span) {
            const { name, kind, links } = span;
            console.log(JSON.stringify({ name, kind, linked: links.map(({ context }) => context.spanId) }));
          },
          async shutdown() {},
          async forceFlush() {},
        };
        const instrumentation = new RealtimeInstrumentation();
        instrumentation.setTracerProvider(new BasicTracerProvider({ spanProcessors: [printer] }));
        const realtime = new RealtimeClient(${given});
        realtime.subscribe({ topic: 'session.status' });
        realtime.on('event:session.status', () => realtime.socketClient.publish('lobby', 'greeting', {}));`,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  });
  const script = stage.addPage('spans-script', {
    body: outputFiles[0].text,
    headers: { 'content-type': 'text/javascript' },
  });
  const body = `<!doctype html><title>Spans</title><script type="module" src="${script}"></script>`;
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  const published = page.waitForEvent('console', { predicate: (message) => message.text().includes('publish lobby') });
  /** @type {object[]} */
  const spans = [];
  page.on('console', (message) => spans.push(JSON.parse(message.text())));
  await page.goto(stage.addPage('spans', { body }));
  await platform.subscribed('session.status');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  platform.publish({ topic: 'session.status', payload: {}, metadata: { traceparent } });
  await published;
  assert.deepEqual(spans, [
    { name: 'connect', kind: 2, linked: [] },
    { name: 'process session.status', kind: 4, linked: ['b7ad6b7169203331'] },
    { name: 'publish lobby', kind: 3, linked: [] },
  ]);
});
