'use strict';

/** What the server must answer to questions about channels. */

/** @import { Expectation } from '../rest.js' */

/** @type {Expectation} */
const CHANNELS = {
  what: 'list of channels',
  fits: listOf(
    ({ name, memberCount }) =>
      typeof name === 'string' && (memberCount === undefined || typeof memberCount === 'number'),
  ),
};
/** @type {Expectation} */
const MEMBERS = { what: 'list of members', fits: listOf(({ socketId }) => typeof socketId === 'string') };
/** @type {Expectation} */
const CONNECTIONS = { what: 'number of connections', fits: (answer) => typeof answer?.count === 'number' };
/** @type {Expectation} */
const RECEIPT = { what: 'receipt (id)', fits: (answer) => typeof answer?.id === 'string' };

/** @param {(each: any) => boolean} fits */
function listOf(fits) {
  /** @param {unknown} answer */
  return (answer) => Array.isArray(answer) && answer.every((each) => fits(each ?? {}));
}

module.exports = { CHANNELS, CONNECTIONS, MEMBERS, RECEIPT };
