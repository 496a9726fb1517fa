/** Loads collections when they are used for the first time, see `load.node.js` for its twin. */

/** @returns {Promise<typeof import('./collections.js').Collections>} */
export async function loadCollections() {
  return (await import('./collections.js')).Collections;
}
