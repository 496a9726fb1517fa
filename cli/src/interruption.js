/** Ctrl-C, and the end of the terminal: the first ends a command cleanly, the second at once. */

import { EXIT } from './exit-codes.js';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @returns {{ signal: AbortSignal, interrupted: Promise<'interrupted'>, release: () => void }}
 *   `release` gives the signals back, so that the process can end
 */
export function watchInterruption() {
  const controller = new AbortController();
  /** @type {() => void} */
  let report = () => {};
  const interrupted = new Promise((resolve) => {
    report = () => resolve('interrupted');
  });
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    report();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  return { signal: controller.signal, interrupted: /** @type {Promise<'interrupted'>} */ (interrupted), release };
}
