/** How all clients of a thread share a slice of time in each turn of the event loop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { now } from '../../lib/host/node.js';
import { awaitTurn, keepUp, takeTurn } from '../../lib/host/turns.js';

/** Runs of the event loop are counted by a callback that comes again in each. */
function countTurns() {
  const loop = { turns: 0, stop: false };
  const next = () => {
    loop.turns += 1;
    if (!loop.stop) setImmediate(next);
  };
  setImmediate(next);
  return loop;
}

/** Keeps the thread busy. @param {number} milliseconds */
function takeTime(milliseconds) {
  const end = now() + milliseconds;
  while (now() < end);
}

/** Tasks that fill each slice they get, `rounds` times. Resolves to who ran, and in which turn. */
function flood(begin, tasks, rounds) {
  return new Promise((resolve) => {
    const loop = countTurns();
    const ran = [];
    let open = tasks;
    for (let name = 0; name < tasks; name += 1) {
      let left = rounds;
      const task = (began, slice) => {
        ran.push([name, loop.turns]);
        takeTime(slice + 0.1);
        left -= 1;
        if (left > 0) awaitTurn(task);
        else open -= 1;
        if (open === 0) {
          loop.stop = true;
          resolve(ran);
        }
        return now() - began;
      };
      begin(task);
    }
  });
}

/** A slice that no test before has used. */
async function freshSlice() {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

test('in each turn of the event loop one slice is used, however many tasks fill theirs', async () => {
  await freshSlice();
  const ran = await flood(takeTurn, 10, 3);
  for (const [at, [, turn]] of ran.entries()) if (at > 0) assert.notEqual(turn, ran[at - 1][1], `run ${at}`);
});

test('tasks take turns: each gets the same time', async () => {
  await freshSlice();
  const ran = await flood(awaitTurn, 10, 3);
  const order = Array.from({ length: 10 }, (_, name) => name);
  assert.deepEqual(
    ran.map(([name]) => name),
    [...order, ...order, ...order],
  );
});

test('quick tasks share a turn, and run at once', async () => {
  await freshSlice();
  const ran = [];
  for (let name = 0; name < 10; name += 1)
    takeTurn(() => {
      ran.push(name);
      return 0.01;
    });
  assert.deepEqual(ran, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a task that another one starts comes in a later turn, behind those that wait', async () => {
  await freshSlice();
  const ran = [];
  const log = (name) => () => void ran.push(name);
  takeTurn(() => {
    takeTurn(log('inner'));
    ran.push('outer');
    return 0;
  });
  awaitTurn(log('waiting'));
  takeTurn(log('last'));
  assert.deepEqual(ran, ['outer']);
  await freshSlice();
  assert.deepEqual(ran, ['outer', 'inner', 'waiting', 'last']);
});

test('a slice is as long as the turn before it, where that brings more', async () => {
  const sliceAfter = async (prepare) => {
    await freshSlice();
    return new Promise((resolve) => {
      awaitTurn((_, slice) => resolve(slice));
      prepare();
      takeTime(20);
    });
  };
  assert.equal(await sliceAfter(() => {}), 2);
  assert.ok((await sliceAfter(keepUp)) >= 20);
  assert.equal(await sliceAfter(() => {}), 2, 'for one turn only');
});
