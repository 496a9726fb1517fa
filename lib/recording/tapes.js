/**
 * The tapes of the sessions that are recorded. The JavaScript engine does not know them: a page
 * that records nothing does not pay for it.
 *
 * @import { Tape } from './tape.js'
 */

/** By session and by options, which each client has of its own. @type {WeakMap<object, Tape>} */
const tapes = new WeakMap();

/** @param {object} session @param {object} options @param {Tape} tape */
function addTape(session, options, tape) {
  tapes.set(session, tape);
  tapes.set(options, tape);
}

/** @param {object} owner */
function tapeOf(owner) {
  return tapes.get(owner);
}

export { addTape, tapeOf };
