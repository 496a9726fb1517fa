/** Runs the cases one after the other and reports each to the stage. */

import { cases } from '../cases/index.js';
import { Kit } from './kit.js';

/** A case that takes longer has failed. */
const CASE_TIMEOUT = 20_000;

/**
 * @param {any} realtime the package
 * @param {import('./kit.js').Runtime & { run: string, only?: string }} runtime
 */
export async function runSuite(realtime, runtime) {
  const report = (name, result) =>
    fetch(`${runtime.stage}/runs/${runtime.run}`, { method: 'POST', body: JSON.stringify({ name, ...result }) });
  for (const { name, body, skip } of cases) {
    if (runtime.only !== undefined && name !== runtime.only) continue;
    const reason = skip?.(runtime);
    await report(
      name,
      reason
        ? { skipped: reason }
        : await resultOf(body, new Kit(realtime, runtime), (runtime.patience ?? 1) * CASE_TIMEOUT),
    );
  }
}

/** @param {(kit: Kit) => Promise<void>} body @param {Kit} kit @param {number} timeout */
async function resultOf(body, kit, timeout) {
  let timer;
  try {
    const overdue = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not over after ${timeout} ms. ${kit.describe()}`)), timeout);
    });
    await Promise.race([body(kit), overdue]);
    return {};
  } catch (error) {
    const { code, message, stack } = error;
    const text = code ? `${code}: ${message}` : message;
    // Firefox and WebKit leave the message out of the stack.
    return { error: { message: text, stack: stack.includes(message) ? stack : `${text}\n${stack}` } };
  } finally {
    clearTimeout(timer);
    kit.close();
  }
}
