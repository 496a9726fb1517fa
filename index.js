'use strict';

/** The entry of the package. Its types and their documentation are in `index.d.ts`. */

const { RealtimeClient } = require('./lib/client.js');
const { RealtimeError } = require('./lib/errors.js');
const { SocketClient } = require('./lib/socket/client.js');
const { SyncClient } = require('./lib/sync/client.js');
const { LiveDocument } = require('./lib/sync/live-document.js');
const { decodeToken, getTokenExpiresIn, isTokenExpired, shouldRefreshToken } = require('./lib/token.js');
const { fastifyWebhook } = require('./lib/webhook/fastify.js');
const { fetchWebhook } = require('./lib/webhook/fetch.js');
const { nodeWebhook } = require('./lib/webhook/node.js');
const { WebhookReceiver, verifyWebhook } = require('./lib/webhook/receiver.js');
const { MemoryReplayStore } = require('./lib/webhook/replay-store.js');
const { signWebhook } = require('./lib/webhook/sign.js');
const { WebhookVerificationError } = require('./lib/webhook/verification-error.js');

/** @type {typeof import('./index.d.ts')} */
module.exports = {
  LiveDocument,
  MemoryReplayStore,
  RealtimeClient,
  RealtimeError,
  SocketClient,
  SyncClient,
  WebhookReceiver,
  WebhookVerificationError,
  decodeToken,
  // Express hands over Node's requests and responses.
  expressWebhook: nodeWebhook,
  fastifyWebhook,
  fetchWebhook,
  getTokenExpiresIn,
  isTokenExpired,
  nodeWebhook,
  shouldRefreshToken,
  signWebhook,
  verifyWebhook,
};
