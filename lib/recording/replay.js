/**
 * Replays a recording in the JavaScript session, step by step, and compares what the session does
 * with what is recorded.
 */

import { Player } from './player.js';
import { isSame } from './same.js';

/** Where JSON is invalid, a runtime may say in its own words. */
const JSON_PROBLEM = /invalid JSON(?:: [^"]*)?$/;

/**
 * One line of a recording, replayed.
 *
 * @typedef {object} Step
 * @property {number} line its number in the file, from 1
 * @property {number | undefined} at in milliseconds since the session began
 * @property {string} call
 * @property {any[]} args
 * @property {any} returns what the replayed session returned
 * @property {string | undefined} delivers the topic of the event that the user got
 * @property {any} state what the session thinks afterwards
 * @property {boolean} differs whether the recorded engine had done something else
 * @property {Difference | undefined} difference from the recording
 */
/** @typedef {{ what: string, recorded: unknown, replayed: unknown }} Difference */

/**
 * @param {string} text a recording
 * @returns {Generator<Step, void>} ends behind the first difference
 */
function* replay(text) {
  const lines = text.split('\n');
  const header = parse(lines[0], 1);
  if (header.config === undefined) throw new Error('Line 1: this is not a recording: it has no `config`.');
  if (header.isTooLarge)
    throw new Error('This recording holds no calls: record.maxBytes was too small for the subscriptions.');
  /** @type {Player | undefined} */
  let player;
  for (const [index, source] of lines.entries()) {
    if (index === 0 || source === '') continue;
    const line = parse(source, index + 1);
    if (line.root !== undefined) {
      if (player === undefined) player = new Player(header.config, line.root);
      else player.continueAt(line.root);
      continue;
    }
    player ??= new Player(header.config);
    const step = replayed(player, line, index + 1);
    yield step;
    if (step.difference !== undefined) return;
  }
}

/** @param {Player} player @param {any} line @param {number} number @returns {Step} */
function replayed(player, line, number) {
  const { call, args, differs = false } = line;
  if (typeof (/** @type {any} */ (player.session)[call]) !== 'function' || !Array.isArray(args))
    throw new Error(`Line ${number}: the session has no call '${call}'.`);
  // biome-ignore lint/suspicious/noThenProperty: a member of the lines
  const outcome = { ...player.play(line), then: player.changes(), draws: player.drawn(line.draws) };
  const { returns, delivers, problem } = outcome;
  if (problem !== undefined && line.problem === undefined)
    throw new Error(`Line ${number}: ${call} throws: ${problem}`, { cause: problem });
  const at = typeof args[0] === 'number' ? args[0] : undefined;
  return {
    line: number,
    at,
    call,
    args,
    returns,
    delivers,
    state: stateOf(player.session),
    differs,
    difference: differenceOf(line, outcome),
  };
}

/** @param {any} recorded @param {any} outcome @returns {Difference | undefined} */
function differenceOf(recorded, outcome) {
  for (const what of ['returns', 'delivers', 'draws', 'then']) {
    const [a, b] = [recorded[what], outcome[what]].map((value) => plain(value));
    if (!isSame(b, a)) return { what, recorded: a, replayed: b };
  }
  return undefined;
}

/**
 * As JSON has it, without what may be said in other words.
 *
 * @param {unknown} value
 * @returns {any}
 */
function plain(value) {
  if (value === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(value, (_name, part) => {
      if (typeof part === 'string') return part.replace(JSON_PROBLEM, 'invalid JSON');
      return Array.isArray(part?.bytes) ? { zeros: part.bytes.length } : part;
    }),
  );
}

/** What a session thinks, in the words of its fields. @param {any} session */
function stateOf(session) {
  const { link, phase, subscriptions, timers } = session;
  const stage = link?.connected ? 'connected' : link?.handshake ? 'joining' : 'opening';
  const deadlines = /** @type {number[]} */ (timers)
    .map((at, index) => ({ timer: TIMERS[index], at }))
    .filter(({ at }) => at < Infinity)
    .sort((a, b) => a.at - b.at);
  return {
    phase: link === undefined ? phase : stage,
    deadlines,
    subscriptions: subscriptions.numbers().map((/** @type {number} */ number) => ({
      id: `sub_${number}`,
      topic: subscriptions.topic(number),
      isConfirmed: link?.connected !== undefined && !link.requests.contains(number),
    })),
    outbox: session.messaging.outbox.len(),
    pendingAcks: link?.acks.size ?? 0,
  };
}

/** In the order of `tables/timer.js`. */
const TIMERS = [
  'connect',
  'reconnect',
  'liveness',
  'plain ping',
  'heartbeat',
  'attachments',
  'ack',
  'outbox',
  'join',
  'token',
  'gap',
  'slow consumer',
];

/** @param {string} source @param {number} line */
function parse(source, line) {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new Error(`Line ${line}: this is not JSON.`, { cause });
  }
}

export { replay };
