/** Attempts to connect, out of the reports of an engine, in any order that these can come in. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Attempts } from '../../lib/tracing/attempts.js';

/** What the reports become: each attempt with its outcome, in the order of the ends. */
function attemptsOf(...reports) {
  const log = [];
  const attempts = new Attempts({
    toError: ({ code }) => Object.assign(new Error(code), { code }),
    transport: () => 'websocket',
    begin: (attempt, delay) => {
      const context = { attempt, delay };
      log.push(`begin ${attempt}`);
      const end = () => {
        const { outcome, error, reason } = context;
        log.push([`end ${attempt}`, outcome, error?.code ?? error?.message ?? reason].join(' ').trim());
      };
      return { context, operation: { run: (body) => body(), end } };
    },
  });
  for (const report of reports) {
    if (report === 'close') attempts.close();
    else if (report.code !== undefined) attempts.failed(report);
    else attempts.changed(report);
  }
  attempts.close();
  return log;
}

const connecting = { state: 'connecting' };
const connected = { state: 'connected', recovered: false };
/** With the timer of the attempt far away: the thread was too busy for it. */
const reconnecting = (attempt, retryIn = 60_000) => ({ state: 'reconnecting', reason: 'lost', attempt, retryIn });
const disconnected = (reason) => ({ state: 'disconnected', reason });
const error = (code, more) => ({ code, message: code, ...more });

for (const [title, reports, expected] of [
  ['a connection', [connecting, connected], ['begin 0', 'end 0 connected']],
  [
    'a failure has the first error of the attempt',
    [
      connecting,
      error('NETWORK_ERROR'),
      reconnecting(1),
      error('TIMEOUT'),
      error('RECONNECT_FAILED'),
      disconnected('lost'),
    ],
    ['begin 0', 'end 0 failed NETWORK_ERROR', 'begin 1', 'end 1 failed TIMEOUT'],
  ],
  [
    'errors of subscriptions and channels are not those of the attempt',
    [
      connecting,
      error('SUBSCRIBE_DENIED', { subscriptionId: 'sub_1' }),
      error('CHANNEL_DENIED', { channel: 'a' }),
      reconnecting(1),
    ],
    ['begin 0', 'end 0 failed lost'],
  ],
  [
    'an error of the lost connection is not that of the next attempt',
    [connecting, connected, error('SLOW_CONSUMER'), reconnecting(1), reconnecting(2)],
    ['begin 0', 'end 0 connected', 'begin 1', 'end 1 failed lost'],
  ],
  [
    'an announced attempt that connects',
    [connecting, connected, reconnecting(1), connected],
    ['begin 0', 'end 0 connected', 'begin 1', 'end 1 connected'],
  ],
  [
    'the same announcement with another delay',
    [connecting, connected, reconnecting(1), reconnecting(1, 5)],
    ['begin 0', 'end 0 connected'],
  ],
  [
    'an attempt that waits for the page begins with its outcome',
    [connecting, connected, { state: 'reconnecting', reason: 'hidden', attempt: 1 }, connected],
    ['begin 0', 'end 0 connected', 'begin 1', 'end 1 connected'],
  ],
  [
    'the user disconnects during an attempt',
    [connecting, disconnected('client disconnect')],
    ['begin 0', 'end 0 cancelled client disconnect'],
  ],
  [
    'the user disconnects before the next attempt',
    [connecting, connected, reconnecting(1), disconnected('client disconnect')],
    ['begin 0', 'end 0 connected'],
  ],
  [
    'a refusal for good',
    [connecting, error('AUTH_FAILED'), disconnected('HTTP 401')],
    ['begin 0', 'end 0 failed AUTH_FAILED'],
  ],
  [
    'a connection that the server ends',
    [connecting, connected, disconnected('server disconnect')],
    ['begin 0', 'end 0 connected'],
  ],
  ['the client is destroyed', [connecting, 'close', 'close'], ['begin 0', 'end 0 cancelled client disconnect']],
])
  test(title, () => assert.deepEqual(attemptsOf(...reports), expected));

test('the attempt begins when its delay is over', async () => {
  const began = deferred();
  const attempts = new Attempts({
    toError: assert.fail,
    transport: () => null,
    begin: (attempt, delay) => {
      began.resolve([attempt, delay]);
      return { context: {}, operation: undefined };
    },
  });
  attempts.changed(reconnecting(3, 1));
  // The timer of an attempt does not hold the process.
  const holding = setInterval(() => {}, 1000);
  assert.deepEqual(await began.promise, [3, 1]);
  clearInterval(holding);
  attempts.forget();
});

function deferred() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
