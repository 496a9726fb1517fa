/** The flight recorder: what an engine and a client need of it. */

import { knowRefusals } from '#refusal';
import { readRefusal } from '../engines/javascript/session/codec/refusal.js';
import { attach } from './attach.js';
import { replay } from './replay.js';
import { clock, Tape } from './tape.js';
import { addTape, tapeOf } from './tapes.js';

/** @import { Recorder } from '../engines/engine.js' */

/** @type {Recorder} */
const recorder = {
  clock,
  record(session, options) {
    knowRefusals(readRefusal);
    const tape = new Tape(session, options);
    addTape(session, options, tape);
    return tape.driverCalls;
  },
  calls: (session) => tapeOf(session)?.userCalls,
  attach,
  replay,
};

export { recorder };
