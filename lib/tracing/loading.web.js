/**
 * Loads the track in DevTools for a client with `devtools: true`. The client connects meanwhile:
 * the changes of its connection are kept, with their times.
 */

/** @import { ConnectionEvent } from '../../index.js' */
/** @import { ClientTrace } from './client-trace.js' */

/**
 * @param {any} client
 * @param {() => ClientTrace | undefined} trace of the client
 */
export function loadDevtools(client, trace) {
  /** @type {[at: number, change: ConnectionEvent][]} */
  const early = [];
  const note = (/** @type {ConnectionEvent} */ change) => early.push([performance.now(), change]);
  client.on('connection', note);
  import('./devtools.js').then(({ showInDevtools }) => {
    client.off('connection', note);
    showInDevtools(client, trace, early);
  });
}
