/** Deduplication: remembers the latest event ids, exactly and within a bound. */

/** How many ids are remembered: a power of two. */
const MAX_IDS = 4096;
/** Longer ids are not remembered, so that the window's size stays bounded. */
const MAX_ID_LENGTH = 512;
/** Different in each process: no peer can choose ids of one chain. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * The window of ids seen: a ring, and chains through the places whose ids have similar hashes.
 *
 * A `Set` or `Map` would take several times as long to lose an id for each that it gets, and to
 * read ids that left the processor's cache long ago. Every event would pay for it.
 */
class Dedupe {
  /** @type {string[]} */
  #ring = [];
  #count = 0;
  #hashes = new Int32Array();
  /** The place of the newest id of each chain, plus 1. */
  #newest = new Uint16Array();
  /** For each place, that of the next older id of the same chain, plus 1. */
  #older = new Uint16Array();

  /** Adds `id`; returns false if the window contains it. @param {string} id */
  insert(id) {
    if (id.length > MAX_ID_LENGTH) return true;
    if (this.#count === 0) this.#allocate();
    const newest = this.#newest;
    const older = this.#older;
    const hashes = this.#hashes;
    const hash = hashOf(id);
    for (let next = newest[hash & MASK]; next > 0; next = older[next - 1])
      if (hashes[next - 1] === hash && this.#ring[next - 1] === id) return false;
    const place = this.#count & MASK;
    if (this.#count >= MAX_IDS) {
      // The oldest id of all is the last one of its chain.
      const chain = hashes[place] & MASK;
      let next = newest[chain] - 1;
      if (next === place) newest[chain] = 0;
      else {
        while (older[next] !== place + 1) next = older[next] - 1;
        older[next] = 0;
      }
    }
    this.#ring[place] = id;
    hashes[place] = hash;
    older[place] = newest[hash & MASK];
    newest[hash & MASK] = place + 1;
    this.#count += 1;
    return true;
  }

  len() {
    return this.#ring.length;
  }

  /** Idle clients need none of it. */
  #allocate() {
    this.#hashes = new Int32Array(MAX_IDS);
    this.#newest = new Uint16Array(MAX_IDS);
    this.#older = new Uint16Array(MAX_IDS);
  }
}

const MASK = MAX_IDS - 1;

/** @param {string} id */
function hashOf(id) {
  let hash = SEED;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

export { Dedupe };
