/** The JavaScript session plays the scenarios that the Rust session plays, too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomScenarios } from './rust-session.js';
import { play, readScenarios } from './scenario.js';
import { Session } from './session.js';

const scenarios = readScenarios();

for (const scenario of scenarios) {
  test(scenario.name, () => {
    const problem = play(Session, scenario);
    assert.ok(problem === undefined, problem);
  });
}

test('100 random scenarios give the same in both sessions', async () => {
  for await (const scenario of randomScenarios({ from: 0, runs: 100 })) {
    const problem = play(Session, scenario);
    assert.ok(problem === undefined, `${scenario.name}: ${problem}`);
  }
});

test('a scenario without one of its outputs fails', () => {
  for (const scenario of scenarios) {
    for (const [step, { out = [] }] of scenario.steps.entries()) {
      for (const output of out.keys()) {
        const wrong = structuredClone(scenario);
        wrong.steps[step].out.splice(output, 1);
        assert.ok(play(Session, wrong), `${scenario.name}: output ${output} of step ${step + 1} does not matter`);
      }
    }
  }
});
