/** The ways in which OpenTelemetry's own packages take an instrumentation. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

import { RealtimeInstrumentation } from '../../lib/opentelemetry/index.js';
import { compile, project } from '../support/compiler.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

test('registerInstrumentations enables it with its providers, and disables it', async (t) => {
  const platform = await startPlatform(t);
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const instrumentations = [new RealtimeInstrumentation({ enabled: false })];
  const disable = registerInstrumentations({ tracerProvider, instrumentations });
  const token = platform.token({ permissions: ['service'] });
  const { client, reached } = observe(t, { url: platform.url, token });
  await reached('connected');
  await client.socketClient.publish('lobby', 'a', {});
  const names = () => exporter.getFinishedSpans().map(({ name }) => name);
  assert.deepEqual(names(), ['connect', 'publish lobby']);
  disable();
  await client.socketClient.publish('lobby', 'b', {});
  assert.equal(names().length, 2);
});

test('its types are those of an Instrumentation', async (t) => {
  const folder = project(t, '@opentelemetry');
  writeFileSync(
    join(folder, 'use.ts'),
    `import type { Instrumentation } from '@opentelemetry/instrumentation';
import { contextOf, RealtimeInstrumentation } from '@smarterservices/realtime/opentelemetry';
import { trace } from '@opentelemetry/api';
export const instrumentation: Instrumentation = new RealtimeInstrumentation({ handle: 'batch' });
export const producer = trace.getSpanContext(contextOf({ metadata: { timestamp: 0 } }));
// @ts-expect-error: no such value
export const wrong = new RealtimeInstrumentation({ handle: 'each' });
`,
  );
  assert.equal(await compile(folder, ['--types', 'node', '--skipLibCheck', 'use.ts']), '');
});
