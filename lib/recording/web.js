/** Elsewhere a program imports the recorder: a page pays for every byte. */

/** @type {import('../engines/engine.js').Recorder | undefined} */
export const ownRecorder = undefined;
