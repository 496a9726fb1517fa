/**
 * The wake queue of this environment: the addon wakes JavaScript once for all engines that have
 * something.
 *
 * An engine that is connected, or has something else to do, has an open handle. The open handles
 * keep their engines alive, and the process too unless they are unreferenced. The addon reports
 * when a handle has closed.
 */

import { addon } from './addon.js';

/** @import { AddonEngine, WakeQueue } from './abi.js' */

/**
 * Exists while a handle is open. It roots this module, which a test runner would like to forget.
 *
 * @type {WakeQueue | undefined}
 */
let queue;
/** By number. @type {Map<number, WakeHandle>} */
const open = new Map();
/** How many open handles hold the process. */
let holding = 0;
/** The number of the latest handle. */
let latest = 0;

const taken = new Int32Array(64);

class WakeHandle {
  /**
   * Called when the engine has something to drain. It returns soon, see `host/turns.js`, and must
   * not throw.
   */
  onReady = () => {};
  #number = ++latest;
  #engine;
  #isOpen = false;
  /** How many calls have opened it. */
  #calls = 0;
  #referenced = true;

  /** @param {(handle: number) => AddonEngine} create */
  constructor(create) {
    this.#engine = create(this.#number);
  }

  get engine() {
    return this.#engine;
  }

  /**
   * Calls a method of the engine that opens this handle unless it is open.
   *
   * @template T
   * @param {(engine: AddonEngine, queue: WakeQueue) => T} call
   * @returns {T}
   */
  call(call) {
    const shared = queue ?? new (addon().WakeQueue)(serve);
    queue = shared;
    this.#calls += 1;
    let opened = true;
    try {
      return call(this.#engine, shared);
    } catch (error) {
      opened = this.#isOpen || this.#engine.isOpen();
      throw error;
    } finally {
      this.#setOpen(opened);
    }
  }

  /** @param {boolean} closed whether the addon reports that the handle has closed */
  serve(closed) {
    // It may be open again. If a handler opens it now, the addon will report another close.
    const isOver = closed && !this.#engine.isOpen();
    const calls = this.#calls;
    this.onReady();
    if (isOver && calls === this.#calls) this.#setOpen(false);
  }

  /** Whether the process waits for this handle while it is open. @param {boolean} referenced */
  hold(referenced) {
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    if (this.#isOpen) count(referenced ? 1 : -1);
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    if (isOpen !== this.#isOpen) {
      this.#isOpen = isOpen;
      if (isOpen) open.set(this.#number, this);
      else open.delete(this.#number);
      if (this.#referenced) count(isOpen ? 1 : -1);
    }
    if (open.size > 0) return;
    queue?.close();
    queue = undefined;
  }
}

/** Counts the handles that hold the process. @param {1 | -1} change */
function count(change) {
  holding += change;
  if (holding === 0) queue?.unref();
  else if (holding === 1 && change === 1) queue?.ref();
}

/** Takes all handles that are ready, then serves them. The addon calls it. */
function serve() {
  /** @type {number[]} */
  const numbers = [];
  for (let all = false; queue !== undefined && !all; ) {
    const handles = queue.take(taken);
    for (let at = 0; at < handles; at += 1) numbers.push(taken[at]);
    all = handles < taken.length;
  }
  for (const number of numbers) open.get(Math.abs(number))?.serve(number < 0);
}

export { WakeHandle };
