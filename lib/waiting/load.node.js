/** What waits is in a file of its own, which is read when it is used for the first time. */

import { Waiting } from './waiting.js';

/** @returns {Promise<typeof Waiting>} */
export async function loadWaiting() {
  return Waiting;
}
