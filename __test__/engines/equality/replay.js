/**
 * Replays a trace of the Rust session against the JavaScript session.
 *
 * `src/session/simulation/trace/mod.rs` documents the lines. A replay makes every call with the
 * same arguments, hands out the same random numbers, and compares what each call returns and what
 * all getters return after it.
 */

import { revive, sessionConfig } from '../../../lib/recording/player.js';
import { isObject, isSame, show } from '../../../lib/recording/same.js';

/** The two sessions differ. */
class Difference extends Error {
  /**
   * @param {string} place
   * @param {string} what
   * @param {unknown} expected
   * @param {unknown} actual
   * @param {unknown} [cause]
   */
  constructor(place, what, expected, actual, cause) {
    super(`${place}: ${what}\n  Rust:       ${show(expected)}\n  JavaScript: ${show(actual)}`, { cause });
    this.name = 'Difference';
  }
}

/** One seed. */
class Replay {
  #Session;
  #session;
  #seed = 0;
  #line = 0;
  #call = '';
  /** What the getters must return. */
  #state = {};
  #draws = [];

  /** @param {new (...args: any[]) => any} Session */
  constructor(Session) {
    this.#Session = Session;
  }

  /**
   * Replays one line.
   *
   * @param {string} text
   */
  replay(text) {
    const line = JSON.parse(text);
    this.#line += 1;
    if (line.call === undefined) this.#begin(line);
    else this.#repeat(line);
  }

  #begin({ seed, config }) {
    this.#seed = seed;
    this.#line = 1;
    this.#state = {};
    this.#session = new this.#Session(sessionConfig(config), () => this.#random(), 0);
  }

  #repeat({ call, args, returns, draws = [], then }) {
    this.#call = `${call}(${args.map(show).join(', ')})`;
    this.#draws = draws;
    const failure = returns?.throws;
    const { result, thrown } = this.#run(call, args.map(revive));
    if (failure) {
      const report = isObject(thrown) ? { code: thrown.code, message: thrown.message } : undefined;
      if (!isSame(report, failure)) throw this.#difference('throws', failure, report ?? result);
    } else if (!isSame(result, returns)) {
      throw this.#difference('returns', returns, result);
    }
    if (this.#draws.length > 0)
      throw this.#difference('draws random numbers', draws, draws.slice(0, -this.#draws.length));
    this.#compareState(then);
  }

  #run(call, args) {
    try {
      return { result: this.#session[call](...args) };
    } catch (thrown) {
      if (thrown instanceof Difference) throw thrown;
      // Only `emit` refuses, and with an error that has a code.
      if (call === 'emit' && thrown.code) return { thrown };
      throw new Difference(this.#place(), 'throws', undefined, String(thrown), thrown);
    }
  }

  #compareState(changes) {
    if (changes) Object.assign(this.#state, changes);
    for (const name in this.#state) {
      const actual = this.#session[name]();
      // The traces have null where JavaScript has undefined.
      if (!isSame(actual ?? null, this.#state[name]))
        throw this.#difference(`${name}() afterwards`, this.#state[name], actual);
    }
  }

  #random() {
    const number = this.#draws.shift();
    if (number === undefined) throw this.#difference('draws another random number', undefined, 'a number');
    return number;
  }

  #difference(what, expected, actual) {
    return new Difference(this.#place(), what, expected, actual);
  }

  #place() {
    return `seed ${this.#seed}, line ${this.#line}, ${this.#call}`;
  }
}

export { Difference, Replay };
