/** `realtime replay`: replays a recording of the flight recorder, without a network. */

import { CommandError, EXIT } from '../exit-codes.js';
import { readBytes } from '../input.js';
import { counted, inline, Output, printable } from '../output.js';

/** @import { ReplayStep } from '@smarterservices/realtime/recorder' */

/** The longest text of a call that is shown. */
const MAX_LENGTH = 160;

/** @param {string} file @param {{ json?: boolean, color?: boolean, step?: boolean }} options */
export async function replay(file, options) {
  const text = readBytes(file).toString('utf8');
  const output = new Output(options);
  const { recorder } = await import('@smarterservices/realtime/recorder');
  let calls = 0;
  let differing = 0;
  for (const step of recorder.replay(text)) {
    calls += 1;
    if (options.step) output.line({ kind: 'step', ...step }, describe(step, output));
    if (step.difference) throw differenceOf(step);
    if (step.differs) differing += 1;
  }
  const engine = differing > 0 ? `; at ${counted(differing, 'call')} the recorded engine did something else` : '';
  output.line(
    { kind: 'summary', calls, differing },
    `${output.styled('green', counted(calls, 'call'))}: the session did what is recorded${engine}`,
  );
}

/** @param {ReplayStep} step @param {Output} output */
function describe({ line, at, call, args, returns, delivers, state }, output) {
  const rest = at === undefined ? args : args.slice(1);
  const result = delivers === undefined ? returns : `an event of '${delivers}'`;
  const came = result === undefined ? '' : ` -> ${inline(result)}`;
  const whole = `${printable(call)}(${rest.map(inline).join(', ')})${came}`;
  const shown = whole.length > MAX_LENGTH ? `${whole.slice(0, MAX_LENGTH)}...` : whole;
  const place = `${String(line).padStart(5)} ${(at === undefined ? '' : at.toFixed(3)).padStart(12)}`;
  return `${output.dim(place)}  ${shown} ${output.styled('cyan', state.phase)}`;
}

/** @param {ReplayStep} step */
function differenceOf({ line, call, difference }) {
  const { what, recorded, replayed } = /** @type {NonNullable<typeof difference>} */ (difference);
  const show = (/** @type {unknown} */ value) => (value === undefined ? 'nothing' : inline(value));
  return new CommandError(
    EXIT.failed,
    `Line ${line}: ${printable(call)} differs in '${what}'.\n  recorded: ${show(recorded)}\n  replayed: ${show(replayed)}`,
  );
}
