'use strict';
/**
 * The kinds of benchmark, in the order in which they run. Each is a folder with a `kind.js`, which
 * exports:
 *
 * @typedef {object} Kind
 * @property {string} title what is compared
 * @property {string[]} clients names of files in `clients/`, or in the kind's own folder
 * @property {string} baseline the client that ratios refer to
 * @property {{ key: string, title: string, format: (value: number | null) => string, better: 'more' | 'less' }[]} figures
 *   what is measured; the first one is the one that the range of is shown
 * @property {object} options those of its own, as `parseArgs` takes them
 * @property {(options: object, run: { quick: boolean, scale: number }) => Case[] | Promise<Case[]>} cases none where the machine
 *   cannot run it; the reason is on stderr
 * @property {(what: Case, run: Run) => Promise<{ headroom?: object, clients: Record<string, Client> }>} compare
 *
 * @typedef {{ name: string, plan: object }} Case `plan` is reported; whatever else it needs it may add
 * @typedef {{ trials: object[], median: Record<string, number | null> }} Client as `takeTurns` makes it
 * @typedef {object} Run
 * @property {string[]} names the clients that take part
 * @property {number} rounds
 * @property {number} scale share of the usual counts and durations
 * @property {(example: string) => string} program path of a source, which is built if need be
 */

const NAMES = [
  'events',
  'compression',
  'latency',
  'loop',
  'crowd',
  'trickle',
  'publish',
  'idle',
  'many',
  'start',
  'memory',
  'retained',
  'documents',
  'webhook',
  'browser',
];

/** @type {Record<string, Kind>} */
const KINDS = Object.fromEntries(NAMES.map((name) => [name, require(`./${name}/kind.js`)]));

module.exports = { KINDS };
