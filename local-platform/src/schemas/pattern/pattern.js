/**
 * A regular expression whose matching takes linear time: it follows all ways through the pattern at
 * once (Thompson, 1968; https://swtch.com/~rsc/regexp/regexp1.html). The engine of JavaScript tries
 * one way after the other, so that a pattern such as `^(a+)+$` takes years on thirty characters.
 */

import { invalid } from '../../error.js';
import { parsePattern } from './parse.js';

/** @import { Node } from './parse.js' */

/**
 * A state: matches one character, looks at the place, goes on in two ways, or is the end.
 *
 * @typedef {{ accepts: (character: string) => boolean, next: number } | { place: Place, next: number }
 *   | { ways: [number, number] } | { isEnd: true }} State
 */
/** @typedef {'start' | 'end' | 'boundary' | 'inside'} Place */

const MAX_STATES = 2_000;

export class Pattern {
  /** @type {State[]} */
  #states = [];
  #first;

  /**
   * @param {string} source
   * @throws {PlatformError} `ValidationError`, whose message goes on from "the pattern"
   */
  constructor(source) {
    const node = parsePattern(source);
    if (sizeOf(node) > MAX_STATES)
      throw invalid(`it is too large: its repetitions make more than ${MAX_STATES} states.`);
    this.#first = this.#add(node, this.#push({ isEnd: true }));
  }

  /**
   * @param {string} text
   * @param {(steps: number) => void} [spend] hears of the work; it may throw to end it
   */
  test(text, spend) {
    /**
     * The states that wait for the next character, and the last place at which each was reached.
     */
    let active = /** @type {number[]} */ ([]);
    const reached = new Int32Array(this.#states.length).fill(-1);
    let before = '';
    let place = 0;
    for (let at = 0; ; place++) {
      const character = at < text.length ? String.fromCodePoint(Number(text.codePointAt(at))) : '';
      // The match may begin here.
      active.push(this.#first);
      const open = this.#reach(active, reached, place, before, character);
      if (open === undefined) return true;
      spend?.(open.length + 1);
      if (character === '') return false;
      active = [];
      for (const index of open) {
        const state = this.#states[index];
        if ('accepts' in state && state.accepts(character)) active.push(state.next);
      }
      before = character;
      at += character.length;
    }
  }

  /**
   * All states that wait for a character, from these states on, without one. Undefined if one of
   * them is the end.
   *
   * @param {number[]} from
   * @param {Int32Array} reached
   * @param {number} place
   * @param {string} before
   * @param {string} after
   */
  #reach(from, reached, place, before, after) {
    const open = [];
    for (let index = from.pop(); index !== undefined; index = from.pop()) {
      if (reached[index] === place) continue;
      reached[index] = place;
      const state = this.#states[index];
      if ('isEnd' in state) return undefined;
      if ('accepts' in state) open.push(index);
      else if ('ways' in state) from.push(...state.ways);
      else if (PLACES[state.place](before, after)) from.push(state.next);
    }
    return open;
  }

  /** @param {State} state */
  #push(state) {
    return this.#states.push(state) - 1;
  }

  /**
   * Adds a node before a state.
   *
   * @param {Node} node
   * @param {number} next
   * @returns {number} its first state
   */
  #add(node, next) {
    switch (node.kind) {
      case 'set':
        return this.#push({ accepts: setOf(node.source), next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#add(part, after), next);
      case 'choice':
        return node.parts
          .map((part) => this.#add(part, next))
          .reduceRight((other, one) => this.#push({ ways: [one, other] }));
      case 'repeat':
        return this.#repeat(node, next);
      default:
        return this.#push({ place: node.kind, next });
    }
  }

  /** @param {Extract<Node, { kind: 'repeat' }>} node @param {number} next */
  #repeat({ part, least, most }, next) {
    let first = next;
    if (most === Number.POSITIVE_INFINITY) {
      /** @type {{ ways: [number, number] }} */
      const loop = { ways: [next, next] };
      first = this.#push(loop);
      loop.ways[0] = this.#add(part, first);
    } else {
      for (let n = least; n < most; n++) first = this.#push({ ways: [this.#add(part, first), next] });
    }
    for (let n = 0; n < least; n++) first = this.#add(part, first);
    return first;
  }
}

/** How many states a node takes. @param {Node} node @returns {number} */
function sizeOf(node) {
  if (node.kind === 'sequence' || node.kind === 'choice') {
    return node.parts.reduce((sum, part) => sum + sizeOf(part) + 1, 1);
  }
  if (node.kind !== 'repeat') return 1;
  const copies = node.most === Number.POSITIVE_INFINITY ? node.least + 1 : node.most;
  return copies * (sizeOf(node.part) + 1) + 1;
}

/** @type {Record<Place, (before: string, after: string) => boolean>} */
const PLACES = {
  start: (before) => before === '',
  end: (_before, after) => after === '',
  boundary: (before, after) => isWord(before) !== isWord(after),
  inside: (before, after) => isWord(before) === isWord(after),
};

/** @param {string} character */
const isWord = (character) => /^\w$/.test(character);

/**
 * Which characters a set has. The native engine says so: on one character it has no ways to try.
 *
 * @param {string} source
 * @returns {(character: string) => boolean}
 */
function setOf(source) {
  if (!/^[\\[.]/.test(source)) return (character) => character === source;
  const one = new RegExp(`^${source}$`, 'u');
  return (character) => one.test(character);
}
