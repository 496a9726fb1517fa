'use strict';
// Counts the engine's instructions per event, from the frame to the batch. The figure does not
// depend on the load of the machine. Usage: `node benchmark/instructions.js [KIND ...]`; valgrind
// is required. The kinds are those of `tests/budget/`, whose test bounds the allocations.

const { execFileSync, spawnSync } = require('node:child_process');
const path = require('node:path');
const { whole } = require('./table.js');

const ROOT = path.join(__dirname, '..');
const EVENTS = 2000;

if (spawnSync('valgrind', ['--version']).error) {
  console.log('Skipped: valgrind is not installed. It counts the instructions.');
} else {
  const program = build();
  const known = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  const unknown = process.argv.slice(2).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`Unknown kind ${unknown}. The kinds are ${known.join(', ')}.`);
  const names = process.argv.length > 2 ? process.argv.slice(2) : known;
  for (const name of names) console.log(`${name}: ${whole(perEvent(program, name))} instructions an event`);
}

function build() {
  execFileSync('cargo', ['build', '--profile', 'probe', '--example', 'event-path'], { cwd: ROOT, stdio: 'inherit' });
  return path.join(ROOT, 'target', 'probe', 'examples', `event-path${process.platform === 'win32' ? '.exe' : ''}`);
}

/**
 * Counts the second half of the events only: in the first half, shapes are learned and memory is
 * allocated.
 */
function perEvent(program, name) {
  const count = name.includes('20 KB') ? EVENTS / 10 : EVENTS;
  return (instructions(program, name, 2 * count) - instructions(program, name, count)) / count;
}

function instructions(program, name, count) {
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=*event_path::walk*'];
  const { stderr } = spawnSync('valgrind', [...options, program, name, String(count)], { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(stderr);
  if (collected === null) throw new Error(`valgrind printed no count: ${stderr}`);
  return Number(collected[1]);
}
