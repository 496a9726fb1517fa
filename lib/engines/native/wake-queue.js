'use strict';

/**
 * Where the clients of this environment ring: the engine wakes JavaScript once for all that have news.
 *
 * A client that is connected, or has something else to do, has an open line. The open lines are what keeps their clients
 * alive, and the process too unless they were unreferenced. The engine tells when a line has ended.
 */

const { now, setImmediate } = require('../../clock.js');
const { Switchboard } = require('./addon.js');

/** @import { Engine, Switchboard as Board } from './abi.js' */

/** How long, in milliseconds, lines are answered before the event loop gets its turn. */
const SLICE = 2;

/** There while a line is open: it roots this module, which a test runner would like to forget. @type {Board | undefined} */
let board;
/** By number. @type {Map<number, Line>} */
const open = new Map();
/** How many open lines hold the process. */
let holding = 0;
/** The number of the latest line. */
let latest = 0;

/** What was taken from the switchboard and not answered yet. @type {number[]} */
let waiting = [];
let scheduled = false;
const taken = new Int32Array(64);

class Line {
  #number = ++latest;
  #engine;
  #ring;
  #open = false;
  /** How many calls have opened it. */
  #calls = 0;
  #referenced = true;

  /**
   * @param {(line: number) => Engine} make
   * @param {() => void} ring called when the engine has something to drain
   */
  constructor(make, ring) {
    this.#engine = make(this.#number);
    this.#ring = ring;
  }

  get engine() {
    return this.#engine;
  }

  /**
   * Calls a method of the engine that opens this line unless it is open.
   *
   * @template T
   * @param {(engine: Engine, board: Board) => T} act
   * @returns {T}
   */
  call(act) {
    board ??= new Switchboard(answer);
    this.#calls += 1;
    let opened = true;
    try {
      return act(this.#engine, board);
    } catch (error) {
      opened = this.#open || this.#engine.isOpen();
      throw error;
    } finally {
      this.#set(opened);
    }
  }

  /** Throws nothing: the engine has no use for it. @param {boolean} ended */
  answer(ended) {
    // It may have been opened again since. If a handler does so now, there will be another end of it to answer.
    const over = ended && !this.#engine.isOpen();
    const calls = this.#calls;
    this.#ring();
    if (over && calls === this.#calls) this.#set(false);
  }

  /** Whether the process waits for this line while it is open: by default it does. @param {boolean} referenced */
  hold(referenced) {
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    if (this.#open) count(referenced ? 1 : -1);
  }

  /** @param {boolean} isOpen */
  #set(isOpen) {
    if (isOpen !== this.#open) {
      this.#open = isOpen;
      if (isOpen) open.set(this.#number, this);
      else open.delete(this.#number);
      if (this.#referenced) count(isOpen ? 1 : -1);
    }
    if (open.size > 0) return;
    board?.close();
    board = undefined;
  }
}

/** So many lines more, or less, hold the process. @param {1 | -1} change */
function count(change) {
  holding += change;
  if (holding === 0) board?.unref();
  else if (holding === 1 && change === 1) board?.ref();
}

/** The engine has rung. */
function answer() {
  for (let all = false; board !== undefined && !all; ) {
    const lines = board.take(taken);
    for (let at = 0; at < lines; at += 1) waiting.push(taken[at]);
    all = lines < taken.length;
  }
  if (!scheduled) turn();
}

function turn() {
  scheduled = false;
  const numbers = waiting;
  waiting = [];
  const end = numbers.length > 1 ? now() + SLICE : Infinity;
  for (let at = 0; at < numbers.length; at += 1) {
    if (at > 0 && now() >= end) {
      waiting = numbers.slice(at);
      scheduled = true;
      setImmediate(turn);
      return;
    }
    open.get(Math.abs(numbers[at]))?.answer(numbers[at] < 0);
  }
}

exports.Line = Line;
