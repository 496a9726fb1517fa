/**
 * The engine that a test run is over: `REALTIME_ENGINE=javascript` chooses the JavaScript engine,
 * otherwise the native one. `npm run test:javascript` runs the tests over the JavaScript engine.
 */

import { test } from 'node:test';

export const engine = process.env.REALTIME_ENGINE === 'javascript' ? 'javascript' : 'native';

/** Why a test cannot apply to the JavaScript engine. */
export const REASONS = {
  addon: 'It tests the addon itself.',
  blocked: 'The JavaScript engine runs on the thread of the handlers: while they block it, nothing is read.',
  decoding: 'fetch decodes the answer itself, and hides its encoding.',
  dns: 'The runtime resolves names for the JavaScript engine.',
  http: "The runtime's HTTP parser reads the answer to an upgrade.",
  proxy: 'Proxies need the native engine; its option is refused.',
  runtime: "Node's own fetch and WebSocket cannot cope with it.",
  tls: 'Certificates are checked by the runtime; the tls options are refused.',
};

/**
 * `test` for what only the native engine can do. `__test__/engines/exceptions.test.js` lists all
 * uses.
 *
 * @param {keyof typeof REASONS} reason
 * @returns {typeof test}
 */
export function nativeTest(reason) {
  if (engine === 'native') return test;
  const skipped = (/** @type {string} */ name) => test(name, { skip: REASONS[reason] });
  return /** @type {typeof test} */ (/** @type {unknown} */ (skipped));
}
