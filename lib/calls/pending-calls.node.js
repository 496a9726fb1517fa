/**
 * What waits for the outcomes of calls, by their numbers, which count up.
 *
 * A Map would do the same. But each time a Map is full it continues in another table, and the old
 * one refers to it (for iterators) and to all that it held. Once such a table has become old for
 * the garbage collector, everything behind it stays alive until the next full collection: with a
 * hundred thousand calls a second, half of the main thread's time.
 */

const FEWEST_SLOTS = 16;
/** More pending calls, and calls that wait while so many others come and go, are in a Map. */
const MAX_SLOTS = 1024;

/** @template Call */
class PendingCalls {
  /** @type {(Call | undefined)[]} */
  #slots = [];
  /** The numbers of the slots. @type {number[]} */
  #numbers = [];
  /** @type {Map<number, Call> | undefined} */
  #others;
  #size = 0;

  get size() {
    return this.#size;
  }

  /** @param {number} number which is new @param {Call} call */
  add(number, call) {
    this.#size += 1;
    if (this.#slots.length === 0) this.#resize(FEWEST_SLOTS);
    let at = number & (this.#slots.length - 1);
    while (this.#slots[at] !== undefined && this.#slots.length < MAX_SLOTS) {
      this.#resize(this.#slots.length * 2);
      at = number & (this.#slots.length - 1);
    }
    const former = this.#slots[at];
    if (former !== undefined) {
      this.#others ??= new Map();
      this.#others.set(this.#numbers[at], former);
    }
    this.#slots[at] = call;
    this.#numbers[at] = number;
  }

  /** Whether a call waits. @param {number} number */
  has(number) {
    const at = number & (this.#slots.length - 1);
    return (this.#numbers[at] === number && this.#slots[at] !== undefined) || this.#others?.has(number) === true;
  }

  /** Removes a call and returns it, if it waits. @param {number} number @returns {Call | undefined} */
  take(number) {
    const at = number & (this.#slots.length - 1);
    let call = this.#slots[at];
    if (call !== undefined && this.#numbers[at] === number) {
      this.#slots[at] = undefined;
    } else {
      call = this.#others?.get(number);
      this.#others?.delete(number);
    }
    if (call !== undefined) this.#size -= 1;
    return call;
  }

  /** Removes all calls, and returns them and their numbers in the order of these. */
  takeAll() {
    /** @type {[number, Call][]} */
    const all = [...(this.#others ?? [])];
    this.#slots.forEach((call, at) => {
      if (call !== undefined) all.push([this.#numbers[at], call]);
    });
    this.#slots = [];
    this.#numbers = [];
    this.#others = undefined;
    this.#size = 0;
    return all.sort(([one], [other]) => one - other);
  }

  /** @param {number} slots a power of two */
  #resize(slots) {
    const [calls, numbers] = [this.#slots, this.#numbers];
    this.#slots = new Array(slots).fill(undefined);
    this.#numbers = new Array(slots).fill(0);
    for (const [at, call] of calls.entries()) {
      const place = numbers[at] & (slots - 1);
      this.#slots[place] = call ?? this.#slots[place];
      if (call !== undefined) this.#numbers[place] = numbers[at];
    }
  }
}

export { PendingCalls };
