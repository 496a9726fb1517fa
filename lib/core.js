/**
 * The entry `@smarterservices/realtime/core`: topics, filters, tokens and gaps, without documents
 * and messaging. Its types are in `core.d.ts`.
 */

export { decodeToken, getTokenExpiresIn, isTokenExpired, shouldRefreshToken } from './auth/token.js';
export { CoreClient as RealtimeClient } from './core-client.js';
export { RealtimeError } from './errors/errors.js';
