/** Keeps a little of the data that is waited for, until the part that takes it is loaded. */

/** Further data is dropped. */
const MAX_EARLY = 1000;

class Inlet {
  /** @type {unknown[]} */
  #early = [];
  /** @type {((data: any) => void) | undefined} */
  #take;

  push = (/** @type {unknown} */ data) => {
    if (this.#take) this.#take(data);
    else if (this.#early.length < MAX_EARLY) this.#early.push(data);
  };

  /** @param {(data: any) => void} take */
  open(take) {
    this.#take = take;
    for (const data of this.#early.splice(0)) take(data);
  }
}

export { Inlet };
