/**
 * The options on Node that depend on the engine: which one, and what only the native one can do.
 */

import { environmentProxy, parseProxy as parseNativeProxy, selectEngine } from '#engine';
import { RealtimeError } from '../../errors/errors.js';
import * as values from '../values.js';
import { parseCompression } from './compression.js';
import { parseTls } from './tls.js';

/** @import { EngineConfig } from '../../engines/engine.js' */

const parseEngine = values.oneOf(/** @type {const} */ (['native', 'javascript']));

/** Called, not passed on: most programs never load its module. @type {typeof parseNativeProxy} */
const parseProxy = (value, path) => parseNativeProxy(value, path);

/**
 * Chooses the engine, and refuses what the JavaScript engine cannot do. To connect without the
 * proxy that the environment names could leave the user's network another way than intended, so
 * that is refused, too.
 *
 * @param {{ engine?: EngineConfig['engine'], tls?: EngineConfig['tls'], proxy?: EngineConfig['proxy'] | false }} given
 * @param {string} url
 * @returns {Pick<EngineConfig, 'engine' | 'proxy'>}
 */
function chooseEngine(given, url) {
  const { engine, failure } = selectEngine(given.engine);
  const proxy = given.proxy ?? environmentProxy(url);
  if (engine === 'javascript') {
    if (Object.values(given.tls ?? {}).some((setting) => setting !== undefined))
      throw nativeOnly('options.tls', 'The JavaScript engine uses the TLS settings of the runtime.', failure);
    if (proxy) {
      const what = given.proxy ? 'options.proxy' : 'the proxy that the environment names';
      throw nativeOnly(what, 'Set options.proxy to false to connect without a proxy.', failure);
    }
  }
  return { engine, proxy: proxy || undefined };
}

/**
 * @param {string} what
 * @param {string} advice
 * @param {ReturnType<typeof selectEngine>['failure']} failure why there is no native engine;
 *   undefined where the user chose the other one
 */
function nativeOnly(what, advice, failure) {
  const message = `RealtimeClient(): ${what} needs the native engine, and this client has the JavaScript engine`;
  if (failure === undefined)
    return new RealtimeError('INVALID_ARGUMENT', message, {
      remediation: `Leave out options.engine and REALTIME_ENGINE to use the native engine. ${advice}`,
    });
  const { message: reason, remediation, cause } = failure;
  return new RealtimeError('ADDON_NOT_FOUND', `${message}. ${reason}`, {
    cause,
    remediation: `${remediation} ${advice}`,
  });
}

export { chooseEngine, parseCompression, parseEngine, parseProxy, parseTls };
