'use strict';

/**
 * What the server is to answer to questions about channels. They are held against it, so that a server of another kind is an
 * error here, and no riddle later.
 */

/** @typedef {{ what: string, fits: (answer: any) => boolean }} Answer */

/** @type {Answer} */
const CHANNELS = {
  what: 'list of channels',
  fits: listOf(
    ({ name, memberCount }) =>
      typeof name === 'string' && (memberCount === undefined || typeof memberCount === 'number'),
  ),
};
/** @type {Answer} */
const MEMBERS = { what: 'list of members', fits: listOf(({ socketId }) => typeof socketId === 'string') };
/** @type {Answer} */
const CONNECTIONS = { what: 'number of connections', fits: (answer) => typeof answer?.count === 'number' };
/** @type {Answer} */
const RECEIPT = { what: 'receipt (id)', fits: (answer) => typeof answer?.id === 'string' };

/** @param {(each: any) => boolean} fits */
function listOf(fits) {
  /** @param {unknown} answer */
  return (answer) => Array.isArray(answer) && answer.every((each) => fits(each ?? {}));
}

module.exports = { CHANNELS, CONNECTIONS, MEMBERS, RECEIPT };
