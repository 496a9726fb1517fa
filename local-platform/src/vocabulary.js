/**
 * Every name and bound of the wire that was chosen rather than documented. A deployment that names things
 * otherwise is met by editing this file alone.
 */

/** Paths below the base URL. */
export const PATHS = { socketIo: '/socket.io', webSocket: '/ws' };

/** Events of Socket.IO, and the `type` of the frames on the plain WebSocket. */
export const VERBS = {
  subscribe: 'subscribe',
  subscribed: 'subscribed',
  unsubscribe: 'unsubscribe',
  event: 'event',
  error: 'error',
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

/** The topic of direct messages, which therefore no channel can be called. */
export const DIRECT_TOPIC = 'direct';

/** Event types that tell of a channel's members; nobody can publish them. */
export const PRESENCE = { join: 'presence.join', leave: 'presence.leave' };

/** Headers that say in which application and environment a caller works. */
export const SCOPE_HEADERS = { applicationId: 'x-application-id', environment: 'x-environment' };

/** Further headers of requests. */
export const HEADERS = { idempotencyKey: 'idempotency-key' };

/** What web pages of other origins may send and read. */
export const CORS = {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['authorization', 'content-type', HEADERS.idempotencyKey, ...Object.values(SCOPE_HEADERS)],
  exposedHeaders: ['retry-after'],
  maxAge: 600,
};

/** The claims this platform stamps on its tokens. */
export const ISSUER = 'realtime-local';
export const KEY_ID = 'local';

/** `data.code` of a CONNECT_ERROR that refuses a token. */
export const AUTH_FAILED = 'AUTH_FAILED';

/** Why a plain WebSocket is closed when its token has expired. */
export const TOKEN_EXPIRED = { code: 4401, reason: 'token expired' };

/** What a role may do, and which permission words stand for it. */
export const ROLES = {
  client: { words: ['client', 'subscribe'], actions: ['subscribe', 'read'] },
  service: { words: ['service', 'publish'], actions: ['subscribe', 'read', 'publish', 'write'] },
  admin: { words: ['admin'], actions: ['subscribe', 'read', 'publish', 'write'] },
};

/** Error names of `{ error, message }` bodies, and the HTTP status each travels with. */
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

/** Who produces events, and the type an event of that source has when its publisher names none. */
export const DEFAULT_TYPES = { database: 'database.update', sync: 'document.updated', socket: 'message' };

export const OPERATIONS = ['insert', 'update', 'delete'];

/** What is said of documents, and where. */
export const DOCUMENT_EVENTS = {
  updated: { type: 'document.updated', topic: (service) => `sync.${service}.updated` },
  deleted: { type: 'document.deleted', topic: (service) => `sync.${service}.deleted` },
};

/** The operations of mutations. */
export const OPS = { set: 'set', increment: 'increment', remove: 'remove', push: 'push' };

/** Members of a sync event's payload that a subscription with this return mode does not get. */
export const LEFT_OUT = { full: ['diff'], diff: ['data'], both: [] };
export const RETURN_MODES = Object.keys(LEFT_OUT);

/** Bounds on what a client controls, and on what is remembered. */
export const LIMITS = {
  topicLength: 256,
  filterLength: 16_384,
  subscriptionIdLength: 128,
  subscriptionsPerConnection: 1_000,
  nameBytes: 256,
  messageIdLength: 128,
  channelsPerConnection: 1_000,
  messageIds: 10_000,
  dataDepth: 1_000,
  history: 1_000,
  nameLength: 128,
  documentDepth: 100,
  page: 1_000,
  pageLength: 4_000_000,
  idempotencyKeys: 1_000,
  idempotencyKeyLength: 255,
  idempotencyTime: 24 * 3600 * 1000,
};

/** What an entry in the `events` of a webhook endpoint can name; any other entry is a topic. */
export const WEBHOOK_TYPES = [
  'document.updated',
  'document.deleted',
  'presence.updated',
  'socket.message',
  'socket.connect',
  'socket.disconnect',
  'database.event',
];

/** Types of the socket events that tell who has come to a channel or left it. */
export const PRESENCE_TYPES = ['presence.join', 'presence.leave'];

/** Headers of a delivery. Those of the Standard Webhooks scheme are that standard's own. */
export const WEBHOOK_HEADERS = {
  id: 'x-webhook-id',
  timestamp: 'x-webhook-timestamp',
  signature: 'x-webhook-signature',
  event: 'x-webhook-event',
  attempt: 'x-webhook-attempt',
};

/** Bounds on endpoints, on what is under way to one of them, and on what is remembered; and how often to try again. */
export const WEBHOOK_LIMITS = {
  endpoints: 100,
  urlLength: 2_048,
  secretLength: 1_024,
  eventsPerEndpoint: 100,
  pendingPerEndpoint: 1_000,
  attemptsAtOnce: 5,
  retries: 5,
  logs: 10_000,
  deadLetters: 1_000,
};
