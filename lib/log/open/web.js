/**
 * Opens logs in browsers and workers. A page without logs does not load them; a page with logs
 * loads them meanwhile, and the first records wait.
 */

import { warn } from '#host';

/** @import { About, Log } from '../log.js' */

/**
 * @param {unknown} option
 * @param {string} path of the option, for warnings
 * @param {About} [about]
 * @returns {Log | undefined} undefined where nothing is logged
 */
function openLog(option, path, about = {}) {
  if (!option) return undefined;
  /** @type {any[][]} */
  const early = [];
  /** @type {(...record: any[]) => void} */
  let write = (...record) => {
    early.push([...record, ...Array(4 - record.length), Date.now()]);
  };
  const log = /** @type {Log} */ ((/** @type {any[]} */ ...record) => write(...record));
  log.levels = /** @type {Log['levels']} */ ({});
  import('../create.js')
    .then(({ createLog }) => {
      const opened = createLog(option, path, about);
      if (opened) log.levels = opened.levels;
      write = /** @type {typeof write} */ (opened ?? (() => {}));
      for (const record of early) write(...record);
    })
    .catch((error) => {
      write = () => {};
      warn(error.message, { code: error.code });
    });
  return log;
}

export { openLog };
