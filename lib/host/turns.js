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
 * After so much of a slice, its end is looked for: nothing else tells whether the event loop had a
 * turn between two tasks.
 */
const MAX_UNCOUNTED = SLICE / 4;

/**
 * Runs for about `slice` milliseconds at most, and returns for how long it ran.
 *
 * @typedef {(began: number, slice: number) => number | void} Task
 */

/** @type {Task[]} */
const queue = [];
/** How much of the slice is used. */
let spent = 0;
let isRunning = false;
let isScheduled = false;
/** When the event loop got its turn. */
let yieldedAt = 0;
/** Whether the turns of the event loop bring more to do. */
let isFed = false;

/**
 * Runs a task at once, or in a later turn if there is no time left in this one.
 *
 * @param {Task} task
 * @param {number} [time] just read
 */
export function takeTurn(task, time = now()) {
  if (isRunning || queue.length > 0 || spent >= SLICE) return awaitTurn(task);
  isRunning = true;
  try {
    spent += task(time, SLICE - spent) ?? 0;
  } finally {
    isRunning = false;
    if (spent >= MAX_UNCOUNTED || queue.length > 0) schedule();
  }
}

/**
 * Runs a task in a later turn, behind all that wait for one.
 *
 * @param {Task} task
 * @param {boolean} [isReceiving] the task did not get to its end, and the turns of the event loop
 *   bring it more. The next slice is at least as long as the turn before it, so that it keeps up
 */
export function awaitTurn(task, isReceiving = false) {
  queue.push(task);
  isFed ||= isReceiving;
  if (!isRunning) schedule();
}

function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  yieldedAt = now();
  yieldTurn(turn);
}

function turn() {
  const began = now();
  const slice = isFed ? Math.max(SLICE, began - yieldedAt) : SLICE;
  let used = 0;
  isScheduled = isFed = false;
  isRunning = true;
  try {
    // A task that comes meanwhile waits for the next turn.
    for (let left = queue.length; left > 0 && used < slice; left -= 1)
      used += /** @type {Task} */ (queue.shift())(began + used, slice - used) ?? 0;
  } finally {
    isRunning = false;
    spent = 0;
    if (queue.length > 0) schedule();
  }
}
