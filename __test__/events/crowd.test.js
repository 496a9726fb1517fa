/** Many clients of one process, all flooded: the host has its turns. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';

const CLIENTS = 10;
const EVENTS = 6;

/** Longer than the slice that all handlers share. */
function takeTime() {
  const end = performance.now() + 3;
  while (performance.now() < end);
}

test('ten flooded clients: timers and callbacks of the host run between any two of their slices', async (t) => {
  const platform = await startPlatform(t);
  const clients = Array.from(
    { length: CLIENTS },
    () => new RealtimeClient({ url: platform.url, token: platform.token() }),
  );
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  /** Who was called, and in which turn of the host. */
  const calls = [];
  const all = new Promise((resolve) => {
    for (const [number, client] of clients.entries()) {
      client.subscribe({ topic: 'crowd' });
      client.on('event', () => {
        calls.push({ number, turns });
        takeTime();
        if (calls.length === CLIENTS * EVENTS) resolve(undefined);
      });
    }
  });
  await platform.subscribed('crowd', CLIENTS);
  setImmediate(turn);
  for (let count = 0; count < EVENTS; count += 1) platform.publish({ topic: 'crowd' });
  await all;
  isOver = true;

  for (const [at, call] of calls.entries())
    if (at > 0) assert.notEqual(call.turns, calls[at - 1].turns, `calls ${at - 1} and ${at} were in one turn`);
  for (const number of clients.keys())
    assert.equal(calls.filter((call) => call.number === number).length, EVENTS, `events of client ${number}`);
});
