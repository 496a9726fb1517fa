/** Deduplication: remembers the latest event ids, exactly and within a bound. */

/** How many ids are remembered. */
const MAX_IDS = 4096;
/** Longer ids are not remembered, so that the window's size stays bounded. */
const MAX_ID_LENGTH = 512;

/** The window of ids seen. */
class Dedupe {
  /** @type {Set<string>} */
  #seen = new Set();
  /**
   * The ids in a ring: a set finds its oldest member slowly, behind the places of all that it has
   * removed.
   *
   * @type {string[]}
   */
  #ring = [];
  /** The place to overwrite next, once all are in use. */
  #oldest = 0;

  /** Adds `id`; returns false if the window contains it. @param {string} id */
  insert(id) {
    if (id.length > MAX_ID_LENGTH) return true;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#ring.length < MAX_IDS) {
      this.#ring.push(id);
    } else {
      this.#seen.delete(this.#ring[this.#oldest]);
      this.#ring[this.#oldest] = id;
      this.#oldest = (this.#oldest + 1) % MAX_IDS;
    }
    return true;
  }

  len() {
    return this.#seen.size;
  }
}

export { Dedupe };
