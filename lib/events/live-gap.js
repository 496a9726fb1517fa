/** Tells gaps of a connection that goes on from those of a lost one. */

import { own } from '../own.js';

/**
 * Whether events were lost although the connection goes on. After a lost one, what follows the
 * server is read again anyway.
 *
 * @param {import('../../index.js').GapEvent} gap
 */
function isOfLiveConnection(gap) {
  return (own(gap, 'dropped') ?? own(gap, 'reportedBy')) !== undefined;
}

export { isOfLiveConnection };
