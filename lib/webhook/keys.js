'use strict';

/**
 * The secrets of endpoints, prepared by the engine. Programs verify with the same few secrets again
 * and again, many of them with a receiver for each request: preparing a secret each time takes
 * time, and memory that V8 is slow to give back.
 */

const { createWebhookReceiver, prepareWebhookKeys } = require('../engines/native/addon.js');
const { sharedDecoder } = require('../engines/native/batch/decoder.js');

/** @import { WebhookFunction, WebhookKeys } from '../engines/native/abi.js' */

/**
 * @typedef {object} Keys
 * @property {WebhookKeys} keys to sign with
 * @property {WebhookFunction} receive verifies a delivery
 */

/**
 * How many lists of secrets are kept: those of a program with an endpoint for each of its
 * customers, too. A list takes about 2 KB. Receivers keep theirs beyond that.
 */
const MAX_KEPT = 1024;

/** By their secrets, the least recently used first. @type {Map<string, Keys>} */
const kept = new Map();

/** @param {string[]} secrets newest first @returns {Keys} */
function keysOf(secrets) {
  const name = JSON.stringify(secrets);
  const found = kept.get(name) ?? prepare(secrets);
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > MAX_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  return found;
}

/** @param {string[]} secrets @returns {Keys} */
function prepare(secrets) {
  const keys = prepareWebhookKeys(secrets);
  return { keys, receive: createWebhookReceiver(keys, sharedDecoder().handle) };
}

module.exports = { keysOf };
