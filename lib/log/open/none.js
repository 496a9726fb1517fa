/**
 * Where webhooks have no log: a worker loads as little as possible, and has `onRefused` and
 * `onError`.
 */

/** @type {typeof import('./node.js').openLog} */
function openLog() {
  return undefined;
}

export { openLog };
