/**
 * Names and limits of the protocol that this package chose, because the documentation leaves them
 * open. To match a deployment with other names, edit this file alone.
 */

/** @import { LocalSubscription, WebhookType } from '../index.js' */
/** @typedef {LocalSubscription['returnMode']} ReturnMode */

/** Paths below the base URL. */
export const PATHS = { socketIo: '/socket.io', webSocket: '/ws' };

/** Event names of Socket.IO, and the `type` of frames on the plain WebSocket. */
export const VERBS = {
  subscribe: 'subscribe',
  subscribed: 'subscribed',
  unsubscribe: 'unsubscribe',
  event: 'event',
  error: 'error',
  gap: 'gap',
  ping: 'ping',
  pong: 'pong',
  connected: 'connected',
  ack: 'ack',
  auth: 'auth',
  join: 'channel:join',
  leave: 'channel:leave',
  message: 'channel:publish',
  direct: 'direct',
};

/** Topic of direct messages. It cannot be the name of a channel. */
export const DIRECT_TOPIC = 'direct';

/** Event types of presence. Clients cannot publish them. */
export const PRESENCE = { join: 'presence.join', leave: 'presence.leave' };

/** Headers with the application and the environment of a caller. */
export const SCOPE_HEADERS = { applicationId: 'x-application-id', environment: 'x-environment' };

/**
 * Subprotocols of the plain WebSocket. A web page cannot set headers on a WebSocket: it sends its
 * token as a second subprotocol. The server selects the first one, so that the token stays secret.
 */
export const SUBPROTOCOLS = { name: 'realtime', token: 'token.' };

/** Other request headers. */
export const HEADERS = { idempotencyKey: 'idempotency-key' };

/** What pages of other origins may send and read. */
export const CORS = {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['authorization', 'content-type', HEADERS.idempotencyKey, ...Object.values(SCOPE_HEADERS)],
  exposedHeaders: ['retry-after'],
  maxAge: 600,
};

/** Claims of the tokens that this platform issues. */
export const ISSUER = 'realtime-local';
export const KEY_ID = 'local';

/** `data.code` of a CONNECT_ERROR for a refused token. */
export const AUTH_FAILED = 'AUTH_FAILED';

/** Close code and reason of a plain WebSocket whose token expired. */
export const TOKEN_EXPIRED = { code: 4401, reason: 'token expired' };

/** Actions of each role, and the permission words that grant it. */
export const ROLES = /** @type {const} */ ({
  client: { words: ['client', 'subscribe'], actions: ['subscribe', 'read'] },
  service: { words: ['service', 'publish'], actions: ['subscribe', 'read', 'publish', 'write'] },
  admin: { words: ['admin'], actions: ['subscribe', 'read', 'publish', 'write'] },
});

/** Error names in `{ error, message }` bodies, and their HTTP status. */
export const ERRORS = {
  ValidationError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  ConflictError: 409,
  AlreadyExistsError: 409,
  PayloadTooLargeError: 413,
  InternalServerError: 500,
};

/** Sources of events, and the default type of an event from each. */
export const DEFAULT_TYPES = { database: 'database.update', sync: 'document.updated', socket: 'message' };

/** @type {readonly unknown[]} */
export const OPERATIONS = ['insert', 'update', 'delete'];

/** Types and topics of document events. */
export const DOCUMENT_EVENTS = {
  updated: { type: 'document.updated', topic: (/** @type {string} */ service) => `sync.${service}.updated` },
  deleted: { type: 'document.deleted', topic: (/** @type {string} */ service) => `sync.${service}.deleted` },
};

/** Operations of mutations. */
export const OPS = /** @type {const} */ ({ set: 'set', increment: 'increment', remove: 'remove', push: 'push' });

/**
 * Payload members of a sync event that a return mode leaves out.
 *
 * @type {Record<ReturnMode, string[]>}
 */
export const LEFT_OUT = { full: ['diff'], diff: ['data'], both: [] };
/** @type {readonly unknown[]} */
export const RETURN_MODES = Object.keys(LEFT_OUT);

/** Limits of what a client controls, and of what the platform remembers. */
export const LIMITS = {
  topicLength: 256,
  filterLength: 16_384,
  subscriptionIdLength: 128,
  subscriptionsPerConnection: 1_000,
  nameBytes: 256,
  messageIdLength: 128,
  traceContextLength: 512,
  channelsPerConnection: 1_000,
  messageIds: 10_000,
  dataDepth: 1_000,
  history: 1_000,
  refusals: 100,
  nameLength: 128,
  documentDepth: 100,
  page: 1_000,
  pageLength: 4_000_000,
  idempotencyKeys: 1_000,
  idempotencyKeyLength: 255,
  idempotencyTime: 24 * 3600 * 1000,
};

/**
 * Types that the `events` of a webhook endpoint can contain. Any other entry is a topic.
 */
export const WEBHOOK_TYPES = /** @type {const} */ ([
  'document.updated',
  'document.deleted',
  'presence.updated',
  'socket.message',
  'socket.connect',
  'socket.disconnect',
  'database.event',
]);

/** Headers of a delivery. The Standard Webhooks scheme has its own. */
export const WEBHOOK_HEADERS = {
  id: 'x-webhook-id',
  timestamp: 'x-webhook-timestamp',
  signature: 'x-webhook-signature',
  event: 'x-webhook-event',
  attempt: 'x-webhook-attempt',
};

/** Names of registered topics: lowercase letters, digits and dots, at least one segment. */
export const TOPIC_NAME = /^[a-z0-9]+(?:\.[a-z0-9]+)*$/;

/** Limits of registered topics. */
export const TOPIC_LIMITS = { topics: 1_000, textLength: 2_000 };

/**
 * Limits of schemas. `length` is in characters of JSON, `depth` in levels of JSON, `schemas` in
 * schemas inside one. `steps` bounds the validation of a payload, `errors` what is reported of it.
 */
export const SCHEMA_LIMITS = {
  versions: 100,
  length: 100_000,
  depth: 50,
  schemas: 5_000,
  steps: 5_000_000,
  errors: 20,
};

/** Limits of webhook endpoints, of their pending deliveries and of the logs; number of retries. */
export const WEBHOOK_LIMITS = {
  endpoints: 100,
  urlLength: 2_048,
  secretLength: 1_024,
  eventsPerEndpoint: 100,
  pendingPerEndpoint: 1_000,
  attemptsAtOnce: 5,
  retries: 5,
  responseBytes: 1_024,
  logs: 10_000,
  deadLetters: 1_000,
  deliveries: 1_000,
};
