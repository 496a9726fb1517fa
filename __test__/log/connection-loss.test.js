/** The log of one lost connection: both engines write the same records in the same order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { engine, nativeTest } from '../support/engine.js';
import { loseConnection } from '../support/lost-connection.js';

const EXPECTED = [
  'client info created',
  'session info connecting',
  'session debug token wanted',
  'auth debug asking for a token',
  'auth debug token received',
  'session debug token taken',
  'session debug dialling',
  'transport debug link open',
  'session debug handshake',
  'session info connected',
  'session debug subscribing',
  'session info subscribed',
  'transport debug link lost',
  'session warn reconnecting',
  'session debug dialling',
  'transport debug dial failed',
  'session error error',
  'session warn reconnecting',
  'session debug dialling',
  'transport debug link open',
  'session debug handshake',
  'session info connected',
  'session debug subscribing',
  'session info subscribed',
  'session warn gap',
  'session debug closing the link',
  'session info disconnected',
  'client debug destroyed',
];

test('a lost connection is logged from the loss to the gap', async (t) => {
  const log = await loseConnection(t, engine);
  assert.deepEqual(log.lines(), EXPECTED);
  const times = log.records.map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
  assert.equal(new Set(log.records.map(({ client }) => client)).size, 1);
  const [, again] = log.records.filter(({ message }) => message === 'reconnecting');
  assert.deepEqual({ ...again.fields, reason: '' }, { reason: '', attempt: 2, retryIn: 20 });
  assert.match(String(again.fields.reason), /503/);
});

nativeTest('addon')('the engines write the same records with the same fields', async (t) => {
  const [native, javascript] = await Promise.all([loseConnection(t, 'native'), loseConnection(t, 'javascript')]);
  assert.deepEqual(native.lines(), javascript.lines());
  const fields = ({ records }) => records.map(({ message, fields }) => [message, Object.keys(fields).sort()]);
  assert.deepEqual(fields(native), fields(javascript));
});
