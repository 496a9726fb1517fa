'use strict';
// How many instructions an event costs the engine, from the frame to the batch that is taken: a figure that does not depend on
// what else the machine does. `node benchmark/instructions.js [KIND ...]`; it needs valgrind. The kinds are those of
// `tests/budget/`, whose test watches over the allocations.

const { execFileSync, spawnSync } = require('node:child_process');
const path = require('node:path');
const { whole } = require('./table.js');

const ROOT = path.join(__dirname, '..');
const EVENTS = 2000;

if (spawnSync('valgrind', ['--version']).error) {
  console.log('Skipped: valgrind, which counts the instructions, is not installed.');
} else {
  const program = build();
  const known = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  const unknown = process.argv.slice(2).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no kind ${unknown}: name some of ${known.join(', ')}.`);
  const names = process.argv.length > 2 ? process.argv.slice(2) : known;
  for (const name of names) console.log(`${name}: ${whole(perEvent(program, name))} instructions an event`);
}

function build() {
  execFileSync('cargo', ['build', '--profile', 'probe', '--example', 'event-path'], { cwd: ROOT, stdio: 'inherit' });
  return path.join(ROOT, 'target', 'probe', 'examples', `event-path${process.platform === 'win32' ? '.exe' : ''}`);
}

/** What the second half of twice as many events costs: until then shapes are learned and memory is asked for. */
function perEvent(program, name) {
  const count = name.includes('20 KB') ? EVENTS / 10 : EVENTS;
  return (instructions(program, name, 2 * count) - instructions(program, name, count)) / count;
}

function instructions(program, name, count) {
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=*event_path::walk*'];
  const { stderr } = spawnSync('valgrind', [...options, program, name, String(count)], { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(stderr);
  if (collected === null) throw new Error(`valgrind says nothing of what it counted: ${stderr}`);
  return Number(collected[1]);
}
