/** Collections are in files of their own, which are read when they are used for the first time. */

import { Collections } from './collections.js';

/** @returns {Promise<typeof Collections>} */
export async function loadCollections() {
  return Collections;
}
