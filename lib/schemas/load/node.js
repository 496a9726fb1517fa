/** On Node the bundle loads a chunk when it is first used, see `scripts/bundle.mjs`. */

import { CheckedItems, checkDocument, showChanges } from '../checks.js';

/** @type {typeof import('./load.js').loadChecks} */
export async function loadChecks() {
  return { CheckedItems, checkDocument, showChanges };
}
