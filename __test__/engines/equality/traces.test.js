/**
 * Both engines have the same session: the JavaScript session repeats what the Rust session did in
 * its simulation, call for call.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Difference, Replay } from './replay.js';
import { traces } from './rust-session.js';
import { SABOTAGES } from './sabotages.js';
import { methodsIn, readScenarios } from './scenario.js';
import { Session } from './session.js';

/** `npm run equality` compares 500, as a part of `npm test`. */
const RUNS = 50;
/** The methods that are not compared, and why. */
const NOT_COMPARED = {
  constructor: 'every trace and scenario begins with it',
  handleLifecycle: 'the life of a page, which Node does not have',
};

test(`${RUNS} seeds of the simulation give the same in both sessions`, async () => {
  let calls = 0;
  for await (const trace of traces({ from: 0, runs: RUNS })) {
    const replay = new Replay(Session);
    for (const line of trace) replay.replay(line);
    calls += trace.length - 1;
  }
  assert.ok(calls > RUNS * 1000, `only ${calls} calls`);
});

test('every method of the session is compared', async () => {
  const methods = new Set(readScenarios().flatMap(methodsIn));
  for await (const [, ...calls] of traces({ from: 0, runs: 10 })) {
    for (const line of calls) {
      const { call, then = {} } = JSON.parse(line);
      for (const name of [call, ...Object.keys(then)]) methods.add(name);
    }
  }
  // The players call these for frames of bytes and for dials.
  for (const name of ['receiveBinary', 'dialToken']) methods.add(name);
  const { prototype } = Session;
  const all = new Set([prototype, Object.getPrototypeOf(prototype)].flatMap(Object.getOwnPropertyNames));
  const missing = [...all].filter((name) => !methods.has(name));
  assert.deepEqual(missing.sort(), Object.keys(NOT_COMPARED).sort());
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
