/** The flight recorder: what an engine and a client need of it. */

import { attach } from './attach.js';
import { replay } from './replay.js';
import { clock, Tape } from './tape.js';
import { addTape, tapeOf } from './tapes.js';

/** @import { Recorder } from '../engines/engine.js' */

/** @type {Recorder} */
const recorder = {
  clock,
  record(session, options) {
    const tape = new Tape(session, options);
    addTape(session, options, tape);
    return tape.driverCalls;
  },
  calls: (session) => tapeOf(session)?.userCalls,
  attach,
  replay,
};

export { recorder };
