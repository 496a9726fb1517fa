/** A page does not load code for misspelled names: the warning lists the known ones. */

/** @type {typeof import('./node.js').nearestName} */
function nearestName() {
  return undefined;
}

export { nearestName };
