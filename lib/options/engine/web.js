/**
 * The options that depend on the engine, where there is only the JavaScript one: what it cannot do
 * is refused.
 */

import { RealtimeError } from '../../errors/errors.js';
import { oneOf } from '../values.js';

/** @import { EngineConfig } from '../../engines/engine.js' */

const choices = oneOf(/** @type {const} */ (['native', 'javascript']));

/** @param {unknown} value @param {string} path */
function parseEngine(value, path) {
  if (choices(value, path) === 'native')
    throw new RealtimeError('ADDON_NOT_FOUND', `${path}: ${onNode('the native engine')}`);
  return /** @type {const} */ ('javascript');
}

/** @param {unknown} _value @param {string} path @returns {EngineConfig['tls']} */
function parseTls(_value, path) {
  throw new RealtimeError(
    'INVALID_ARGUMENT',
    `${path}: ${onNode('this option')}, elsewhere the runtime decides on TLS`,
  );
}

/** @param {unknown} value @param {string} path @returns {undefined} */
function parseProxy(value, path) {
  if (value === false) return undefined;
  throw new RealtimeError(
    'INVALID_ARGUMENT',
    `${path}: ${onNode('this option')}, elsewhere the runtime chooses the proxy`,
  );
}

/** The runtime decides on compression: nothing can switch it on or off. @returns {undefined} */
function parseCompression() {}

/** @param {string} what */
function onNode(what) {
  return `${what} exists only on Node`;
}

/** @returns {Pick<EngineConfig, 'engine' | 'proxy'>} */
function chooseEngine() {
  return { engine: 'javascript', proxy: undefined };
}

export { chooseEngine, parseCompression, parseEngine, parseProxy, parseTls };
