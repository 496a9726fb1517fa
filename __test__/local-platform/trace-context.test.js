/** What the platform passes on of a publisher's trace context, and what it does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const LATER = 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more';
/** By what a client sends, what the event has beside the platform's own metadata. */
const CASES = [
  [{ traceparent: TRACEPARENT }, { traceparent: TRACEPARENT }],
  [
    { traceparent: TRACEPARENT, tracestate: 'a=1,b=2' },
    { traceparent: TRACEPARENT, tracestate: 'a=1,b=2' },
  ],
  [{ traceparent: LATER }, { traceparent: LATER }],
  [{ traceparent: TRACEPARENT, tracestate: 'x'.repeat(513) }, { traceparent: TRACEPARENT }],
  [{ traceparent: TRACEPARENT, tracestate: 'a\n=1' }, { traceparent: TRACEPARENT }],
  [{ traceparent: TRACEPARENT, timestamp: 1, from: 'me', wrapped: true, more: 1 }, { traceparent: TRACEPARENT }],
  [{ tracestate: 'a=1' }, {}],
  [{ traceparent: TRACEPARENT.replace('00-', 'ff-') }, {}],
  [{ traceparent: TRACEPARENT.replace(/[^-]{32}/, '0'.repeat(32)) }, {}],
  [{ traceparent: TRACEPARENT.replace('b7ad6b7169203331', '0'.repeat(16)) }, {}],
  [{ traceparent: [TRACEPARENT] }, {}],
  ['text', {}],
  [[TRACEPARENT], {}],
  [null, {}],
  [undefined, {}],
];

for (const protocol of PROTOCOLS) {
  test(`${protocol}: messages carry the trace context of their sender`, async (t) => {
    const platform = await startPlatform(t);
    const member = await connect(protocol, platform);
    await member.request('channel:join', { channel: 'lobby', ackId: 0 });
    const sender = await connect(protocol, platform, { token: platform.token({ permissions: ['service'] }) });
    for (const [metadata, expected] of CASES) {
      await sender.request('channel:publish', { channel: 'lobby', event: 'a', data: {}, metadata, ackId: 1 });
      const { metadata: received, payload } = await member.events.next();
      const { timestamp, from, ...rest } = received;
      assert.ok(timestamp > 1e12 && typeof from === 'string' && from !== 'me');
      assert.deepEqual([rest, payload], [expected, {}], JSON.stringify(metadata));
    }
    member.close();
    sender.close();
  });
}

test('document writes and broadcasts carry the trace context of the request', async (t) => {
  const platform = await startPlatform(t);
  const member = await connect('socket.io', platform);
  await member.request('subscribe', { topic: 'sync.notes.updated' });
  await member.request('channel:join', { channel: 'lobby', ackId: 0 });
  const authorization = `Bearer ${platform.token({ permissions: ['service'] })}`;
  const send = async (method, path, body) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(platform.url + path, { method, headers, body: JSON.stringify(body) });
    assert.ok(response.ok, await response.text());
    return (await member.events.next()).metadata;
  };
  for (const [metadata, expected] of CASES) {
    const id = `n${CASES.findIndex(([each]) => each === metadata)}`;
    const documents = '/api/sync/notes/documents';
    for (const [revision, request] of [
      ['POST', documents, { id, data: { n: 0 }, metadata }],
      ['PUT', `${documents}/${id}`, { data: { n: 1 }, metadata }],
      ['PATCH', `${documents}/${id}/merge`, { data: { n: 2 }, metadata }],
      ['POST', `${documents}/${id}/mutate`, { mutations: [{ op: 'increment', path: '/n' }], metadata }],
    ].entries()) {
      const { timestamp, ...rest } = await send(...request);
      assert.ok(timestamp > 1e12);
      assert.deepEqual(rest, { revision: revision + 1, ...expected }, JSON.stringify(request));
    }
    const body = { channel: 'lobby', event: 'a', data: {}, metadata };
    const { timestamp, ...rest } = await send('POST', '/api/socket/broadcast', body);
    assert.deepEqual(rest, expected, JSON.stringify(metadata));
  }
  member.close();
});
