/** Shows a client with `devtools: true`: on Node the code is there at once. */

import { showInDevtools } from './devtools.js';

/** @type {typeof import('./loading.web.js').loadDevtools} */
export function loadDevtools(client, trace) {
  showInDevtools(client, trace, []);
}
