/** The meter of the JavaScript engine: what only its late arrival brings about. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attach } from '../../../lib/engines/javascript/session/meter/meter.js';
import { Session } from '../equality/session.js';

const UNIX = 1_700_000_000_000;
const CONFIG = {
  protocol: 'socket.io',
  token: { text: 't0ken', left: undefined, lifetime: 0 },
  reconnect: { enabled: true, attempts: 1, delay: 1, delayMax: 1, randomization: 0, afterServerDisconnect: false },
  connectTimeout: 20_000,
  heartbeat: { interval: 2000, timeout: 2500 },
  outbox: { messages: 10, bytes: 1000, age: 1000 },
  maxMessageBytes: 1000,
  unixTime: (at) => UNIX + at,
};

/** Sends everything that the session has to send. */
function send(session, now) {
  const sent = [];
  for (let ping = session.pollPing(now); ping; ping = session.pollPing(now)) sent.push(ping);
  for (let frame = session.pollFrame(now); frame; frame = session.pollFrame(now)) sent.push(frame);
  return sent;
}

/** The answer to the request with this id. */
const confirm = (session, now, id) =>
  session.receive(now, `43${id}[{"subscriptionId":"sub_${id + 1}","topic":"t","timestamp":${UNIX + now}}]`);

test('a meter that is loaded after the link has opened measures only what is sent from then on', () => {
  const session = new Session(CONFIG, () => 0, 0);
  session.connect(0);
  session.handleOpen(0);
  session.receive(0, '0{"sid":"s","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}');
  assert.deepEqual(send(session, 0)[0], { text: undefined }, 'a control ping');
  session.receive(0, '40{"sid":"abc"}');
  session.subscribe(0, 't');
  assert.equal(send(session, 0).length, 1);

  attach({ stats: { latency: true, topics: false } }, { unix: () => UNIX + 90 }, { session, now: () => 90 });
  session.subscribe(50, 'u');
  // The next frame is that of the new request.
  assert.equal(send(session, 50).length, 1);
  confirm(session, 55, 0);
  session.handlePongs(55, 1);
  assert.deepEqual(session.meter.stats(), {}, 'of what was sent before');
  confirm(session, 80, 1);
  const { roundTrip, clockOffset } = session.meter.stats();
  assert.deepEqual([roundTrip.count, roundTrip.max], [1, 30]);
  // The server's clock is right, and was read when the answer came.
  assert.ok(Math.abs(clockOffset.offset) <= clockOffset.error && clockOffset.error < 18, JSON.stringify(clockOffset));
});
