/**
 * Makes a recording that can be given to others out of the lines of an engine.
 *
 * The lines of the engine hold what really went through it. What goes *into* the session gets
 * pseudonyms (`mask.js`); what comes *out* is then what the JavaScript session does with that. So
 * nothing that the user or the server said is in a recording, unless it went in with a pseudonym.
 * Where the session of the engine did something else, the line says so with `"differs": true`: the
 * ring had dropped what came before, or the two sessions disagree.
 */

import { isAlike } from './compare.js';
import { Mask } from './mask.js';
import { Player } from './player.js';
import { prologue } from './root.js';

/** The version of this format. */
const VERSION = 1;

/**
 * @typedef {object} About
 * @property {string} engine
 * @property {boolean} payloads
 * @property {(text: string) => string} redact hides the client's secrets in what stays
 */

/**
 * @param {string} raw the lines of an engine
 * @param {About} about
 * @returns {string}
 */
function formatRecording(raw, { engine, payloads, redact }) {
  const [first, ...lines] = raw
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const mask = new Mask(payloads, redact);
  const config = mask.config(first.config);
  const calls = lines.filter(({ call }) => call !== undefined);
  const root = lines[0]?.root;
  const header = { recording: VERSION, engine, payloads, isWhole: root === undefined, config };
  if (root?.isTooLarge) return `${JSON.stringify({ ...header, isTooLarge: true })}\n`;
  if (root !== undefined) mask.know([...root.listens, ...root.channels]);
  const beginning = root === undefined ? [] : prologue(config, root, mask);
  const player = new Player(config, beginning[0]?.root);
  const text = [header];
  for (const line of beginning) text.push(written(player, line));
  for (const { call, args, draws, ...real } of calls) {
    const line = written(player, { call, args: mask.args(call, args), draws });
    text.push(differs(call, line, real) ? { ...line, differs: true } : line);
  }
  return `${text.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/**
 * Plays a line and adds what comes of it.
 *
 * @param {Player} player
 * @param {any} line
 * @returns {any}
 */
function written(player, line) {
  if (line.root !== undefined) {
    player.continueAt(line.root);
    return line;
  }
  const { call, args, draws } = line;
  const { problem, ...outcome } = player.play(line);
  const changes = player.changes();
  // biome-ignore lint/suspicious/noThenProperty: a member of the lines
  return { call, args, ...outcome, draws: player.drawn(draws), then: changes, problem: problem && String(problem) };
}

/**
 * Whether the engine's session did something else.
 *
 * @param {string} call
 * @param {any} line
 * @param {any} real
 */
function differs(call, line, real) {
  const kind = call === 'pollFrame' ? 'frame' : '';
  return !(
    isAlike(real.returns, line.returns, kind) &&
    (real.delivers === undefined) === (line.delivers === undefined) &&
    isAlike(real.then, line.then)
  );
}

export { formatRecording, VERSION };
