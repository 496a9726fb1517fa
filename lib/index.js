'use strict';

/**
 * The entry of the package. Its types and their documentation are in `index.d.ts`.
 *
 * All but the client is loaded when it is asked for, so that a program starts without what it does not use.
 */

const { RealtimeClient } = require('./lib/client.js');
const { RealtimeError } = require('./lib/errors.js');

/** @type {typeof import('./index.d.ts')} */
const entry = {
  RealtimeClient,
  RealtimeError,
  get LiveDocument() {
    return require('./lib/sync/live-document.js').LiveDocument;
  },
  get MemoryReplayStore() {
    return require('./lib/webhook/replay-store.js').MemoryReplayStore;
  },
  get SocketClient() {
    return require('./lib/socket/client.js').SocketClient;
  },
  get SyncClient() {
    return require('./lib/sync/client.js').SyncClient;
  },
  get WebhookReceiver() {
    return require('./lib/webhook/receiver.js').WebhookReceiver;
  },
  get WebhookVerificationError() {
    return require('./lib/webhook/verification-error.js').WebhookVerificationError;
  },
  get decodeToken() {
    return require('./lib/token.js').decodeToken;
  },
  // Express hands over Node's requests and responses.
  get expressWebhook() {
    return require('./lib/webhook/node.js').nodeWebhook;
  },
  get fastifyWebhook() {
    return require('./lib/webhook/fastify.js').fastifyWebhook;
  },
  get fetchWebhook() {
    return require('./lib/webhook/fetch.js').fetchWebhook;
  },
  get getTokenExpiresIn() {
    return require('./lib/token.js').getTokenExpiresIn;
  },
  get isTokenExpired() {
    return require('./lib/token.js').isTokenExpired;
  },
  get nodeWebhook() {
    return require('./lib/webhook/node.js').nodeWebhook;
  },
  get shouldRefreshToken() {
    return require('./lib/token.js').shouldRefreshToken;
  },
  get signWebhook() {
    return require('./lib/webhook/sign.js').signWebhook;
  },
  get verifyWebhook() {
    return require('./lib/webhook/receiver.js').verifyWebhook;
  },
};
// @ts-expect-error: it takes the names below for more exports.
module.exports = entry;

/**
 * Never called. Node takes the names that an ES module can import from assignments such as these, without running them.
 *
 * @param {any} exports
 */
function _names(exports) {
  exports.LiveDocument = exports.MemoryReplayStore = exports.RealtimeClient = exports.RealtimeError = null;
  exports.SocketClient = exports.SyncClient = exports.WebhookReceiver = exports.WebhookVerificationError = null;
  exports.decodeToken = exports.expressWebhook = exports.fastifyWebhook = exports.fetchWebhook = null;
  exports.getTokenExpiresIn = exports.isTokenExpired = exports.nodeWebhook = exports.shouldRefreshToken = null;
  exports.signWebhook = exports.verifyWebhook = null;
}
