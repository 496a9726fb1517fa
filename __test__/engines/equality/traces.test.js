/**
 * Both engines have the same session: the JavaScript session repeats what the Rust session did in
 * its simulation, call for call. `npm run equality` compares more seeds.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from '../../../lib/engines/javascript/session/session.js';
import { Difference, Replay } from './replay.js';
import { traces } from './rust-session.js';
import { SABOTAGES } from './sabotages.js';

const RUNS = 500;

test(`${RUNS} seeds of the simulation give the same in both sessions`, async () => {
  let calls = 0;
  for await (const trace of traces({ from: 0, runs: RUNS })) {
    const replay = new Replay(Session);
    for (const line of trace) replay.replay(line);
    calls += trace.length - 1;
  }
  assert.ok(calls > RUNS * 1000, `only ${calls} calls`);
});

test('a replay notices every sabotage, and names its place', async () => {
  const seeds = [];
  for await (const trace of traces({ from: 0, runs: 10 })) seeds.push(trace);
  for (const [name, { sabotage, symptom }] of Object.entries(SABOTAGES)) {
    const found = seeds
      .map((trace) => firstDifference(sabotage(Session), trace))
      .find((message) => message !== undefined);
    assert.match(found ?? 'nothing differs', symptom, name);
    assert.match(found ?? '', /^seed \d, line \d+, \w+\(.*\): /, name);
  }
});

/** The message of the first difference. */
function firstDifference(Sabotaged, trace) {
  const replay = new Replay(Sabotaged);
  try {
    for (const line of trace) replay.replay(line);
  } catch (error) {
    if (error instanceof Difference) return error.message;
    throw error;
  }
}
