'use strict';

/**
 * Secrets that the engine has prepared, shared by all receivers: an endpoint that calls `verifyWebhook()` for each request prepares
 * its secret once. What the engine prepares is outside of JavaScript's heap, so the garbage collector would not hurry to free it.
 */

const { createWebhookReceiver, prepareWebhookKeys } = require('../native.js');
const { sharedDecoder } = require('../shapes/decoder.js');

/** @import { WebhookFunction, WebhookKeys } from '../engine.js' */

/** Maximum number of entries in each table. A receiver keeps what it was created with. */
const MAX_ENTRIES = 64;

/** @type {Map<string, WebhookFunction>} */
const verifiers = new Map();
/** @type {Map<string, WebhookKeys>} */
const signers = new Map();

/**
 * The function that judges deliveries.
 *
 * @param {string[]} secrets
 * @param {number} toleranceMs
 */
function verifierOf(secrets, toleranceMs) {
  const create = () => createWebhookReceiver(secrets, toleranceMs, sharedDecoder().handle);
  return recent(verifiers, JSON.stringify([toleranceMs, ...secrets]), create);
}

/** The keys to sign with. @param {string[]} secrets */
function signerOf(secrets) {
  return recent(signers, JSON.stringify(secrets), () => prepareWebhookKeys(secrets));
}

/**
 * The entry of a key, created unless it is there. The least recently used entry makes room for a new one.
 *
 * @template T
 * @param {Map<string, T>} entries
 * @param {string} key
 * @param {() => T} create
 * @returns {T}
 */
function recent(entries, key, create) {
  const entry = entries.get(key) ?? create();
  entries.delete(key);
  entries.set(key, entry);
  if (entries.size > MAX_ENTRIES) entries.delete(/** @type {string} */ (entries.keys().next().value));
  return entry;
}

module.exports = { signerOf, verifierOf };
