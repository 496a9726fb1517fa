/** The expected answers to requests about channels. */

import { own } from '../own.js';

/** @import { Expectation } from '../requests/rest.js' */

/** @type {Expectation} */
const CHANNELS = {
  what: 'list of channels',
  fits: listOf(
    (each) =>
      typeof own(each, 'name') === 'string' && ['undefined', 'number'].includes(typeof own(each, 'memberCount')),
  ),
};
/** @type {Expectation} */
const MEMBERS = { what: 'list of members', fits: listOf((each) => typeof own(each, 'socketId') === 'string') };
/** @type {Expectation} */
const CONNECTIONS = { what: 'number of connections', fits: (answer) => typeof own(answer, 'count') === 'number' };
/** @type {Expectation} */
const SENT = { what: 'receipt (id)', fits: (answer) => typeof own(answer, 'id') === 'string' };

/** @param {(each: unknown) => boolean} fits */
function listOf(fits) {
  /** @param {unknown} answer */
  return (answer) => Array.isArray(answer) && answer.every(fits);
}

export { CHANNELS, CONNECTIONS, MEMBERS, SENT };
