/** The flight recorder: what an engine and a client need of it. */

import { attach } from './attach.js';
import { replay } from './replay.js';
import { clock, Tape } from './tape.js';

/** @import { Recorder } from '../engines/engine.js' */

/** @type {Recorder} */
const recorder = {
  clock,
  record: (session, options) => new Tape(session, options),
  attach,
  replay,
};

export { recorder };
