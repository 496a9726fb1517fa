/**
 * Opens logs in browsers and workers. A page without logs does not load them; a page with logs
 * loads them meanwhile, and the first records wait.
 */

import { warn } from '#host';

/** @import { Log, Redaction } from '../log.js' */

/**
 * @param {unknown} option
 * @param {Redaction} [redaction]
 * @returns {Log | undefined} undefined where nothing is logged
 */
function openLog(option, redaction) {
  if (!option) return undefined;
  const opened = import('../create.js')
    .then(({ createLog }) => createLog(option, redaction))
    .catch(({ code, message }) => warn(message, { code }));
  return (/** @type {any} */ message, /** @type {any} */ value, time = Date.now()) => {
    void opened.then((log) => log?.(message, value, time));
  };
}

export { openLog };
