/** The entry on Node. Its types and their documentation are in `index.d.ts`. */

export { decodeToken, getTokenExpiresIn, isTokenExpired, shouldRefreshToken } from './auth/token.js';
export { RealtimeClient } from './client.js';
export { CoreClient } from './core-client.js';
export { RealtimeError } from './errors/errors.js';
export { expressWebhook } from './node/webhook/express.js';
export { fastifyWebhook } from './node/webhook/fastify.js';
// Express passes Node's own requests and responses.
export { nodeWebhook } from './node/webhook/node.js';
export { SocketClient } from './socket/client.js';
export { SyncClient } from './sync/client.js';
export { LiveDocument } from './sync/live-document.js';
export { fetchWebhook } from './webhook/fetch.js';
export { verifyWebhook, WebhookReceiver } from './webhook/receiver.js';
export { MemoryReplayStore } from './webhook/replay-store.js';
export { signWebhook } from './webhook/sign.js';
export { WebhookVerificationError } from './webhook/verification-error.js';
