/** The WebSocket in a worker: what the worker hands over, and how the page takes it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FakeWorker } from '../../../support/fake-worker.js';
import { bundleForWeb, importForWeb } from '../../../support/web-bundle.js';

FakeWorker.install();

/** A WebSocket whose server is the test. */
class ScriptedSocket {
  /** @type {ScriptedSocket} */
  static latest;
  readyState = 0;
  bufferedAmount = 0;
  sent = [];
  closed;

  constructor(url, protocols) {
    if (url === 'ws://throws') throw new DOMException('illegal', 'SyntaxError');
    Object.assign(this, { url, protocols });
    ScriptedSocket.latest = this;
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  send(data) {
    this.sent.push(data);
  }

  close(...given) {
    this.closed = given;
  }
}
globalThis.WebSocket = ScriptedSocket;

const { openInWorker } = await importForWeb('engines/javascript/transport/socket/worker.js');

/** All that is under way between the page and the worker has arrived. */
async function settled() {
  for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
}

/** An open socket of a page, its peer in the worker, and what the page has heard. */
async function openSocket(onMessage = () => {}) {
  const socket = await openInWorker('ws://server', ['realtime']);
  const peer = ScriptedSocket.latest;
  const heard = [];
  for (const type of ['open', 'error', 'close']) socket.addEventListener(type, (event) => heard.push([type, event]));
  socket.addEventListener('message', (event) => {
    heard.push(['message', event.data, event.hasMore]);
    onMessage(event, socket);
  });
  peer.open();
  await settled();
  return { socket, peer, heard, worker: FakeWorker.all.at(-1) };
}

test('messages that come while the page is busy come together', async () => {
  const { socket, peer, heard } = await openSocket();
  assert.deepEqual([peer.url, peer.protocols, socket.readyState], ['ws://server', ['realtime'], 1]);
  assert.deepEqual(heard.splice(0), [['open', {}]]);
  peer.onmessage({ data: 'a' });
  const bytes = new Uint8Array([1, 255]).buffer;
  for (const data of ['b', bytes, 'c']) peer.onmessage({ data });
  await settled();
  assert.deepEqual(
    heard.map(([type, data, hasMore]) => [type, typeof data === 'string' ? data : [...new Uint8Array(data)], hasMore]),
    [
      ['message', 'a', false],
      ['message', 'b', true],
      ['message', [1, 255], true],
      ['message', 'c', false],
    ],
  );
  assert.equal(bytes.byteLength, 0, 'bytes are handed over, not copied');
});

test('a page that rests gets the next message in another turn, and the end last', async () => {
  const turns = [];
  let turn = 0;
  const { peer, heard, worker } = await openSocket(({ data }, socket) => {
    turns.push([data, turn]);
    if (data !== 'c') socket.rest();
  });
  heard.length = 0;
  peer.onmessage({ data: 'a' });
  for (const data of ['b', 'c', 'd']) peer.onmessage({ data });
  peer.onclose({ code: 1006, reason: '' });
  for (; turn < 12; turn += 1) await new Promise(setImmediate);
  assert.deepEqual(
    turns.map(([data]) => data),
    ['a', 'b', 'c', 'd'],
  );
  const [, b, c, d] = turns.map(([, at]) => at);
  assert.ok(b < c, 'b was followed by a rest');
  assert.equal(c, d);
  assert.deepEqual(heard.at(-1), ['close', { code: 1006, reason: '' }]);
  assert.equal(worker.isTerminated, true);
});

test('what the WebSocket has not written is known', async () => {
  const { socket, peer } = await openSocket();
  peer.bufferedAmount = 3;
  socket.send('hello');
  socket.send(new Uint8Array([1, 2]));
  assert.equal(socket.bufferedAmount, 7);
  while (socket.bufferedAmount !== 3) await new Promise(setImmediate);
  peer.bufferedAmount = 0;
  while (socket.bufferedAmount > 0) await new Promise(setImmediate);
  assert.deepEqual(peer.sent, ['hello', new Uint8Array([1, 2])]);
});

test('an orderly close is the worker’s; a page that is put away does not wait for it', async () => {
  const { socket, peer, worker, heard } = await openSocket();
  socket.close(1000, 'bye');
  assert.equal(socket.readyState, 2);
  await settled();
  assert.deepEqual([peer.closed, worker.isTerminated], [[1000, 'bye'], false]);
  peer.onclose({ code: 1000, reason: 'bye' });
  await settled();
  assert.deepEqual(heard.at(-1), ['close', { code: 1000, reason: 'bye' }]);
  const other = await openSocket();
  other.socket.close(4001, '');
  assert.equal(other.worker.isTerminated, true);
});

test('a worker that fails is a connection that is cut', async () => {
  const { worker, heard, socket } = await openSocket();
  worker.onerror({});
  assert.deepEqual(heard.at(-1), ['close', { code: 1006, reason: '' }]);
  assert.equal(socket.readyState, 3);
});

test('what the constructor throws is thrown', async () => {
  await assert.rejects(openInWorker('ws://throws', []), { name: 'SyntaxError', message: 'illegal' });
  assert.equal(FakeWorker.all.at(-1).isTerminated, true);
});

for (const [trouble, words] of [
  ['throw', /WORKER_UNAVAILABLE.*blocked/],
  ['fail', /WORKER_UNAVAILABLE.*worker-src.*blob:/],
])
  test(`a worker that the page forbids (${trouble}) is warned about once`, async (t) => {
    const warnings = [];
    t.mock.method(console, 'warn', (text) => warnings.push(text));
    const code = await bundleForWeb('engines/javascript/transport/socket/worker.js', 'esm');
    // Each import with another text is another module.
    const { openInWorker } = await import(`data:text/javascript,${encodeURIComponent(`${code}//${trouble}`)}`);
    t.after(() => {
      FakeWorker.trouble = undefined;
    });
    FakeWorker.trouble = trouble;
    assert.equal(await openInWorker('ws://server', []), undefined);
    assert.equal(await openInWorker('ws://server', []), undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], words);
  });
