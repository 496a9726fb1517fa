/** Durations, and what people ask of them. */

export class Samples {
  /** @type {number[]} */
  #values = [];

  /** @param {number} ms */
  add(ms) {
    this.#values.push(ms);
  }

  get count() {
    return this.#values.length;
  }

  /** @returns {{ p50: number, p99: number, max: number } | undefined} ms; undefined without samples */
  summarise() {
    const sorted = Float64Array.from(this.#values).sort();
    if (sorted.length === 0) return undefined;
    // The smallest value that at least this part of the samples does not exceed.
    const percentile = (/** @type {number} */ part) => rounded(sorted[Math.ceil(part * sorted.length) - 1]);
    return { p50: percentile(0.5), p99: percentile(0.99), max: rounded(sorted[sorted.length - 1]) };
  }
}

/** To a hundredth. @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;
