/** Loads what waits when it is used for the first time, see `load.node.js` for its twin. */

/** @returns {Promise<typeof import('./waiting.js').Waiting>} */
export async function loadWaiting() {
  return (await import('./waiting.js')).Waiting;
}
