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
    await report(name, reason ? { skipped: reason } : await resultOf(body, new Kit(realtime, runtime)));
  }
}

/** @param {(kit: Kit) => Promise<void>} body @param {Kit} kit */
async function resultOf(body, kit) {
  let timer;
  try {
    const overdue = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not over after ${CASE_TIMEOUT} ms. ${kit.describe()}`)), CASE_TIMEOUT);
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
