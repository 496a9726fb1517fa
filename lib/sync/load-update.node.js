/** On Node it is there from the start. */

import { update } from './update.js';

/** @returns {Promise<typeof update>} */
export async function loadUpdate() {
  return update;
}
