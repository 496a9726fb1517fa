#!/usr/bin/env node
'use strict';

/**
 * Replays a recording (`docs/recording.md`) in a session without a network, and stops where the
 * session does something else than the recording says:
 *
 *     node scripts/replay.js recording.jsonl             the JavaScript session, silent unless it differs
 *     node scripts/replay.js recording.jsonl --step      with every call and what the session thought
 *     node scripts/replay.js recording.jsonl --engine native
 *
 * The native session is replayed by its own tests: that needs the repository and `cargo`.
 */

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { parseArgs } = require('node:util');

const ROOT = join(__dirname, '..');
/** @type {typeof import('../recorder.js')} */
const { recorder } = require(join(ROOT, 'dist', 'recorder.js'));

const USAGE = 'Usage: node scripts/replay.js FILE [--engine native|javascript] [--step]';
/** The longest text of a call that is shown. */
const MAX_LENGTH = 200;

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { engine: { type: 'string', default: 'javascript' }, step: { type: 'boolean', default: false } },
  });
  const [file] = positionals;
  if (positionals.length !== 1 || !['native', 'javascript'].includes(values.engine)) throw new Error(USAGE);
  const text = readFileSync(file, 'utf8');
  return values.engine === 'native' ? replayNatively(resolve(file)) : replay(text, values.step);
}

/** @param {string} text @param {boolean} isStepped @returns {number} the exit status */
function replay(text, isStepped) {
  let calls = 0;
  let differing = 0;
  /** The phase and what else is shown only where it changes. */
  let shown = '';
  for (const step of recorder.replay(text)) {
    calls += 1;
    if (isStepped) {
      const thought = thoughtOf(step.state);
      console.log(describe(step) + (thought === shown ? '' : `\n        ${thought}`));
      shown = thought;
    }
    if (step.difference) {
      console.log(differenceOf(step));
      return 1;
    }
    differing += step.differs ? 1 : 0;
  }
  console.log(`${calls} calls, and the session did what is recorded.`);
  if (differing > 0) console.log(note(text, differing));
  return 0;
}

/** @param {import('../types/recording.js').ReplayStep} step */
function describe({ line, at, call, args, returns, delivers, differs }) {
  const time = at === undefined ? '' : at.toFixed(3);
  const rest = at === undefined ? args : args.slice(1);
  const result = delivers === undefined ? returns : `an event of '${delivers}'`;
  const came = result === undefined ? '' : ` -> ${typeof result === 'string' ? result : JSON.stringify(result)}`;
  const whole = `${call}(${rest.map((arg) => JSON.stringify(arg)).join(', ')})${came}`;
  // A pseudonym is as long as what it replaces.
  const text = whole.replace(/_{4,}/g, '__');
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
  return `${String(line).padStart(5)} ${time.padStart(12)}  ${shown}${differs ? '  [the engine did something else]' : ''}`;
}

/** What the session thinks. @param {import('../types/recording.js').SessionState} state */
function thoughtOf({ phase, deadlines, subscriptions, outbox, pendingAcks }) {
  const confirmed = subscriptions.filter(({ isConfirmed }) => isConfirmed).length;
  const parts = [
    phase,
    `${confirmed} of ${subscriptions.length} subscriptions confirmed`,
    ...(outbox > 0 ? [`${outbox} messages wait`] : []),
    ...(pendingAcks > 0 ? [`${pendingAcks} requests unanswered`] : []),
    ...deadlines.slice(0, 1).map(({ timer, at }) => `next deadline: ${timer} at ${at.toFixed(3)}`),
  ];
  return `= ${parts.join('; ')}`;
}

/** @param {import('../types/recording.js').ReplayStep} step */
function differenceOf({ line, call, difference }) {
  const { what, recorded, replayed } = /** @type {NonNullable<typeof difference>} */ (difference);
  const show = (/** @type {unknown} */ value) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `Line ${line}: ${call} differs in \`${what}\`\n  recorded: ${show(recorded)}\n  replayed: ${show(replayed)}`;
}

/** @param {string} text @param {number} count */
function note(text, count) {
  const { isWhole, engine } = JSON.parse(text.slice(0, text.indexOf('\n')));
  if (!isWhole) return `At ${count} calls the recorded session did something else: the recording begins in its middle.`;
  return `At ${count} calls the recorded session (engine ${engine}) did something else. That is a defect: report it.`;
}

/** @param {string} path @returns {number} the exit status */
function replayNatively(path) {
  if (!existsSync(join(ROOT, 'src', 'session')))
    throw new Error(
      '--engine native needs the repository, and Rust. Leave it out to replay in the JavaScript session.',
    );
  const args = ['test', '--locked', '--quiet', '--lib', 'recorder::replay::every', '--', '--nocapture'];
  const { error, status } = spawnSync('cargo', args, {
    cwd: ROOT,
    env: { ...process.env, RECORDING: path },
    stdio: 'inherit',
  });
  if (error) throw new Error(`--engine native needs \`cargo\`: ${error.message}.`);
  return status ?? 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
