/**
 * A queue that may be long: `shift` of an array moves all of its items.
 *
 * @template T
 */
class Queue {
  /** @type {(T | undefined)[]} */
  #items = [];
  /** Where the oldest item is. */
  #head = 0;

  /** @param {T} item */
  push(item) {
    this.#items.push(item);
  }

  /** Puts items in front, in their order. @param {Iterable<T>} items */
  prepend(items) {
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  /** Removes the oldest item. */
  shift() {
    const item = this.first();
    if (this.len() === 0) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** The oldest item. */
  first() {
    return this.#items[this.#head];
  }

  len() {
    return this.#items.length - this.#head;
  }
}

export { Queue };
