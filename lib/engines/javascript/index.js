/** PLACEHOLDER of the part js-driver: not committed as work. */
/** @import { Engine, EngineConfig, Requests, SignedMembers, Verifier } from '../engine.js' */
/** @param {EngineConfig} _config @param {() => void} _onReady @returns {Engine} */
export function createEngine(_config, _onReady) {
  throw new Error('not built yet');
}
/** @param {EngineConfig} _config @returns {Requests} */
export function createRequests(_config) {
  throw new Error('not built yet');
}
/** @param {string[]} _secrets @param {number} _toleranceMs @returns {Verifier} */
export function createVerifier(_secrets, _toleranceMs) {
  throw new Error('not built yet');
}
/** @param {string[]} _secrets @param {Uint8Array} _body @param {SignedMembers} _signed @returns {string} */
export function signWebhook(_secrets, _body, _signed) {
  throw new Error('not built yet');
}
