/**
 * Pseudonyms for the texts and numbers of users and servers. Equal values have equal pseudonyms,
 * and different values different ones, so whatever compares them comes to the same result. They are
 * as long as what they replace, unless it is too short for a number of its own.
 */

class Pseudonyms {
  /** @type {Map<string, string>} */
  #texts = new Map();
  /** @type {Map<number, string>} */
  #numbers = new Map();
  /** The number of pseudonyms so far, by prefix. @type {Map<string, number>} */
  #counts = new Map();
  /**
   * Everything that was given out: no value may look like another one's pseudonym.
   *
   * @type {Set<string>}
   */
  #used = new Set();

  /**
   * The pseudonym of a text; an empty text has nothing to hide.
   *
   * @param {string} value
   * @param {string} [prefix] a letter that says what it is
   */
  text(value, prefix = 's') {
    if (value === '') return value;
    let pseudonym = this.#texts.get(value);
    if (pseudonym === undefined) {
      pseudonym = this.#next(prefix, JSON.stringify(value).length - 2, '_');
      this.#texts.set(value, pseudonym);
    }
    return pseudonym;
  }

  /** The text of a number that stands for another number. @param {string} source */
  number(source) {
    const value = Number(source);
    let pseudonym = this.#numbers.get(value);
    if (pseudonym === undefined) {
      pseudonym = this.#next('9', Math.min(source.length, 15), '0');
      this.#numbers.set(value, pseudonym);
    }
    return pseudonym;
  }

  /** @param {string} prefix @param {number} length @param {string} fill */
  #next(prefix, length, fill) {
    for (;;) {
      const count = (this.#counts.get(prefix) ?? 0) + 1;
      this.#counts.set(prefix, count);
      const pseudonym = `${prefix}${String(count).padStart(length - 1, fill)}`;
      if (this.#used.has(pseudonym)) continue;
      this.#used.add(pseudonym);
      return pseudonym;
    }
  }
}

export { Pseudonyms };
