/**
 * The engine on Node: the Rust addon, or the JavaScript engine where there is no addon or the user
 * asks for it. The JavaScript engine is loaded only then.
 */

import { warn } from '#host';
import { RealtimeError } from '../errors/errors.js';
import { Hints } from './hints/hints.js';
import * as javascript from './javascript/index.js';
import { createRequests as createFetchRequests } from './javascript/requests.js';
import { addon, addonFailure } from './native/addon.js';
import { createEngine as createNativeEngine } from './native/engine.js';
import { environmentProxy, variable } from './native/environment.js';
import { parseProxy } from './native/proxy.js';
import { createRequests as createNativeRequests } from './native/requests.js';
import { createVerifier as createNativeVerifier, signWebhook as signNatively } from './native/webhooks.js';

/** @import { Engine, EngineConfig, EngineModule, RequestsModule, WebhooksModule } from './engine.js' */

/**
 * An engine, and why it is not the native one although nobody asked for another.
 *
 * @typedef {{ engine: EngineConfig['engine'], failure: ReturnType<typeof addonFailure> }} Selection
 */

/** Also in the local platform, which puts a set of functions there. */
const OBSERVERS = Symbol.for('@smarterservices/realtime: observers of clients');

/** The engine where the user does not say which. @type {Selection | undefined} */
let usual;

/**
 * @param {EngineConfig['engine']} [wanted]
 * @returns {Selection}
 */
function selectEngine(wanted) {
  if (wanted !== undefined) return insist(wanted);
  usual ??= selectUsual();
  return usual;
}

/** @param {EngineConfig['engine']} wanted @returns {Selection} */
function insist(wanted) {
  if (wanted === 'native') addon();
  return { engine: wanted, failure: undefined };
}

/** @returns {Selection} */
function selectUsual() {
  const wanted = variable('REALTIME_ENGINE');
  if (wanted === 'native' || wanted === 'javascript') return insist(wanted);
  if (wanted) {
    const message = "the environment variable REALTIME_ENGINE: expected 'native' or 'javascript'";
    throw new RealtimeError('INVALID_ARGUMENT', message, { remediation: 'Correct the variable or unset it.' });
  }
  const failure = addonFailure();
  if (failure === undefined) return { engine: 'native', failure };
  warn(`${failure.message}. The JavaScript engine takes its place. ${failure.remediation}`, {
    code: 'ADDON_NOT_FOUND',
    detail:
      'The options tls and proxy need the native engine. To use the JavaScript engine without this warning, set ' +
      "options.engine or the environment variable REALTIME_ENGINE to 'javascript'; 'native' makes this an error.",
  });
  return { engine: 'javascript', failure };
}

/** On Node both engines have all features. @type {EngineModule['features']} */
const features = undefined;

/** @type {EngineModule['createEngine']} */
function createEngine(config, onReady) {
  const engine =
    config.engine === 'native'
      ? createNativeEngine(config, onReady)
      : javascript.createEngine(config, onReady, javascript.features);
  new Hints(engine).watch();
  if (Object.hasOwn(globalThis, OBSERVERS)) introduce(engine);
  return engine;
}

/**
 * Introduces a new client to the local platforms of this process: `platform.idle()` waits for its
 * handlers. It stays collectable.
 *
 * @param {Engine & { isWithinBatch?: boolean }} engine
 */
function introduce(engine) {
  const watched = new WeakRef(engine);
  const client = {
    isGone: () => watched.deref() === undefined,
    socketId: () => watched.deref()?.socketId(),
    isQuiet: () => {
      const engine = watched.deref();
      return engine === undefined || (engine.stats().inboxEvents === 0 && !engine.isWithinBatch);
    },
  };
  const observers = /** @type {{ [OBSERVERS]?: Iterable<(observed: typeof client) => void> }} */ (globalThis)[
    OBSERVERS
  ];
  for (const observe of observers ?? []) observe(client);
}

/** @type {RequestsModule['createRequests']} */
function createRequests(config) {
  return config.engine === 'native' ? createNativeRequests(config) : createFetchRequests(config);
}

/** @type {WebhooksModule['createVerifier']} */
function createVerifier(secrets, toleranceMs) {
  const isNative = selectEngine().engine === 'native';
  return isNative ? createNativeVerifier(secrets, toleranceMs) : javascript.createVerifier(secrets, toleranceMs);
}

/** @type {WebhooksModule['signWebhook']} */
function signWebhook(secrets, body, signed) {
  const isNative = selectEngine().engine === 'native';
  return isNative ? signNatively(secrets, body, signed) : javascript.signWebhook(secrets, body, signed);
}

export {
  createEngine,
  createRequests,
  createVerifier,
  environmentProxy,
  features,
  parseProxy,
  selectEngine,
  signWebhook,
};
