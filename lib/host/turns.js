/**
 * Turns of the event loop. All clients of a thread share one slice of time in each: however many of
 * them are flooded with events, the timers and sockets of the host wait for one slice.
 *
 * A task that has more to do than there is time for goes to the end of the queue, so that every
 * client gets the same time.
 */

import { now, yieldTurn } from '#host';

/** How long, in milliseconds, tasks run before the event loop gets its turn. */
const SLICE = 2;

/**
 * Runs for about `slice` milliseconds at most, and returns for how long it ran. It does not throw.
 *
 * @typedef {(began: number, slice: number) => number | void} Task
 */

/** @type {Task[]} */
const queue = [];
let isRunning = false;
/** When the event loop got its turn, after which the queue goes on; 0: it does not wait for one. */
let yieldedAt = 0;
let isStretched = false;

/**
 * Runs a task at once, or in a later turn if others wait for one.
 *
 * @param {Task} task
 * @param {number} [time] just read
 */
export function takeTurn(task, time = now()) {
  if (isRunning || queue.length > 0) return awaitTurn(task);
  isRunning = true;
  task(time, SLICE);
  isRunning = false;
}

/** Runs a task in a later turn, behind all that wait for one. @param {Task} task */
export function awaitTurn(task) {
  queue.push(task);
  schedule();
}

/**
 * The turns of the event loop bring more for the tasks that wait. The next slice is at least as
 * long as the turn before it.
 */
export function keepUp() {
  isStretched = true;
}

function schedule() {
  if (yieldedAt > 0) return;
  yieldedAt = now();
  yieldTurn(turn);
}

function turn() {
  let slice = isStretched ? Math.max(SLICE, now() - yieldedAt) : SLICE;
  isStretched = false;
  yieldedAt = 0;
  isRunning = true;
  // A task that comes meanwhile waits for the next turn.
  for (let count = queue.length; count > 0 && slice > 0; count -= 1)
    slice -= /** @type {Task} */ (queue.shift())(now(), slice) || 0;
  isRunning = false;
  if (queue.length > 0) schedule();
}
