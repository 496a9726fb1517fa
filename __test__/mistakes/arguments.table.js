/**
 * Wrong arguments, as people pass them who know another client or have mistyped something, and what
 * the error says: `[mistake, call, message]`. A call gets a client and a receiver of webhooks.
 */

import {
  decodeToken,
  expressWebhook,
  RealtimeClient,
  signWebhook,
  verifyWebhook,
  WebhookReceiver,
} from '../../lib/index.js';

/** @typedef {{ client: RealtimeClient, receiver: WebhookReceiver }} Subjects */

const url = 'http://localhost:3000';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const make = (/** @type {object} */ options) => () => {
  new RealtimeClient({ url, token: 'token', autoConnect: false, ...options }).destroy();
};
const URL_WANTED =
  "RealtimeClient(): options.url: expected an absolute http:// or https:// URL such as 'http://localhost:3000'";
const TOKEN_WANTED =
  "RealtimeClient(): options.token: expected a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one";
const EVENTS = "event: expected 'event', 'event:<topic>', 'connection', 'gap', 'slow' or 'error'";
const CONDITION =
  'RealtimeClient.subscribe(): options.filter.campusId: expected a string, finite number, boolean or null, { eq: value } or { in: [values] }';
const on =
  (/** @type {string} */ name) =>
  (/** @type {Subjects} */ { client }) =>
    client.on(name, () => {});

/** @type {[mistake: string, call: (subjects: Subjects) => unknown, message: string][]} */
export const ARGUMENTS = [
  [
    '`new RealtimeClient()`',
    () => new RealtimeClient(),
    'RealtimeClient(): options: expected an object with url and token, got undefined.',
  ],
  [
    '`new RealtimeClient(token)` (Ably)',
    () => new RealtimeClient(JWT),
    'RealtimeClient(): options: expected an object with url and token, got a string.',
  ],
  [
    '`url` missing',
    make({ url: undefined }),
    `${URL_WANTED}, got undefined. Is the environment variable set that holds it?`,
  ],
  ['the token as `url`', make({ url: JWT }), `${URL_WANTED}, got a string.`],
  [
    "`url: 'ws://localhost:3000'`",
    make({ url: 'ws://localhost:3000' }),
    `${URL_WANTED}, got 'ws://localhost:3000'. Did you mean 'http://localhost:3000'? For WebSockets without Socket.IO set options.protocol to 'ws'.`,
  ],
  [
    "`url: 'wss://api.example.com/x?key=…'`",
    make({ url: 'wss://api.example.com/x?key=1' }),
    `${URL_WANTED}, got a string. Write https:// in place of wss://. For WebSockets without Socket.IO set options.protocol to 'ws'.`,
  ],
  [
    "`url: 'localhost:3000'`",
    make({ url: 'localhost:3000' }),
    `${URL_WANTED}, got 'localhost:3000'. Did you mean 'http://localhost:3000'?`,
  ],
  [
    "`url: 'api.example.com'`",
    make({ url: 'api.example.com' }),
    `${URL_WANTED}, got a string. Did you mean 'https://api.example.com'?`,
  ],
  [
    "`url: 'http://localhost:3000?x=1'`",
    make({ url: `${url}?x=1` }),
    "RealtimeClient(): options.url: expected a URL without a query or fragment, got a string. It has a query: leave out what begins with '?'.",
  ],
  [
    "`url: 'http://localhost:3000#x'`",
    make({ url: `${url}#x` }),
    "RealtimeClient(): options.url: expected a URL without a query or fragment, got a string. It has a fragment: leave out what begins with '#'.",
  ],
  [
    '`token: undefined`',
    make({ token: undefined }),
    `${TOKEN_WANTED}, got undefined. Is the environment variable set that holds it?`,
  ],
  [
    "`token: 'Bearer …'`",
    make({ token: `Bearer ${JWT}` }),
    `${TOKEN_WANTED}, got a string. It begins with 'Bearer ': leave that out.`,
  ],
  [
    'a token with a line end',
    make({ token: `${JWT}\n` }),
    `${TOKEN_WANTED}, got a string. It ends with a space or a line end, as texts from files do: trim() removes it.`,
  ],
  ['`token: promise`', make({ token: Promise.resolve(JWT) }), `${TOKEN_WANTED}, got a Promise: await it.`],
  ["`on('conection')`", on('conection'), `RealtimeClient.on(): ${EVENTS}, got 'conection'. Did you mean 'connection'?`],
  [
    "`on('connect')` (socket.io)",
    on('connect'),
    `RealtimeClient.on(): ${EVENTS}, got 'connect'. Use on('connection', ({ state }) => ...): its state is 'connected' then.`,
  ],
  [
    "`on('disconnect')` (socket.io)",
    on('disconnect'),
    `RealtimeClient.on(): ${EVENTS}, got 'disconnect'. Use on('connection', ({ state }) => ...): its state is 'disconnected' then.`,
  ],
  [
    "`on('connect_error')` (socket.io)",
    on('connect_error'),
    `RealtimeClient.on(): ${EVENTS}, got 'connect_error'. Errors of the connection come to the client's on('error', (error) => ...).`,
  ],
  [
    "`once('reconnecting')`",
    ({ client }) => client.once('reconnecting', () => {}),
    `RealtimeClient.once(): ${EVENTS}, got 'reconnecting'. Use on('connection', ({ state }) => ...): its state is 'reconnecting' then.`,
  ],
  [
    "`on('session.status')`: a bare topic",
    on('session.status'),
    `RealtimeClient.on(): ${EVENTS}, got 'session.status'. Did you mean 'event:session.status'? Its events come once subscribe({ topic: 'session.status' }) was called.`,
  ],
  [
    "`on('message')`",
    on('message'),
    `RealtimeClient.on(): ${EVENTS}, got 'message'. Messages of channels are with realtime.socketClient.on('message'); events of topics with on('event').`,
  ],
  [
    "`on('presence')`",
    on('presence'),
    `RealtimeClient.on(): ${EVENTS}, got 'presence'. Messages of channels are with realtime.socketClient.on('presence'); events of topics with on('event').`,
  ],
  [
    "`on('event')` without a handler",
    ({ client }) => client.on('event', /** @type {any} */ (undefined)),
    'RealtimeClient.on(): handler: expected a function, got undefined.',
  ],
  [
    "`off('events')`",
    ({ client }) => client.off('events', () => {}),
    `RealtimeClient.off(): ${EVENTS}, got 'events'. Did you mean 'event'?`,
  ],
  [
    "`socketClient.on('mesage')`",
    ({ client }) => client.socketClient.on('mesage', () => {}),
    "SocketClient.on(): event: expected 'message', 'message:<channel>', 'direct' or 'presence', got 'mesage'. Did you mean 'message'?",
  ],
  [
    "`socketClient.on('lobby')`: a bare channel",
    ({ client }) => client.socketClient.on('lobby', () => {}),
    "SocketClient.on(): event: expected 'message', 'message:<channel>', 'direct' or 'presence', got 'lobby'. Did you mean 'message:lobby'? Its messages come once joinChannel('lobby') was called.",
  ],
  [
    "`socketClient.on('connect')`",
    ({ client }) => client.socketClient.on('connect', () => {}),
    "SocketClient.on(): event: expected 'message', 'message:<channel>', 'direct' or 'presence', got 'connect'. Use realtime.on('connection', ({ state }) => ...): its state is 'connected' then.",
  ],
  [
    "`socketClient.on('event')`",
    ({ client }) => client.socketClient.on('event', () => {}),
    "SocketClient.on(): event: expected 'message', 'message:<channel>', 'direct' or 'presence', got 'event'. The client itself has it: realtime.on('event').",
  ],
  [
    "`subscribe('session.status')`",
    ({ client }) => client.subscribe(/** @type {any} */ ('session.status')),
    "RealtimeClient.subscribe(): options: expected an object such as { topic: 'session.status' }, got a string.",
  ],
  [
    "`subscribe({ topics: ['a'] })`",
    ({ client }) => client.subscribe(/** @type {any} */ ({ topics: ['a'] })),
    'RealtimeClient.subscribe(): options.topic: expected a string of 1 to 256 bytes without control characters, got undefined.',
  ],
  [
    '`filter: { campusId: { gt: 1 } }`',
    ({ client }) => client.subscribe(/** @type {any} */ ({ topic: 'a', filter: { campusId: { gt: 1 } } })),
    `${CONDITION}, got an object. There is no operator 'gt': the server compares for equality only.`,
  ],
  [
    '`filter: { campusId: [1, 2] }`',
    ({ client }) => client.subscribe(/** @type {any} */ ({ topic: 'a', filter: { campusId: [1, 2] } })),
    `${CONDITION}, got an array. For one of several values write { in: [...] }.`,
  ],
  [
    '`filter: { campusId: { eq: 1, in: [2] } }`',
    ({ client }) => client.subscribe(/** @type {any} */ ({ topic: 'a', filter: { campusId: { eq: 1, in: [2] } } })),
    `${CONDITION}, got an object. A condition has one operator.`,
  ],
  [
    '`unsubscribe()`',
    ({ client }) => client.unsubscribe(/** @type {any} */ (undefined)),
    "RealtimeClient.unsubscribe(): subscriptionId: expected the string that subscribe() returned, such as 'sub_1', got undefined.",
  ],
  [
    "`sync.create('', data)`",
    ({ client }) => client.sync.create('', {}),
    "SyncClient.create(): service: expected a string of 1 to 256 bytes without halves of surrogate pairs, got ''.",
  ],
  [
    'a circular document',
    ({ client }) => client.sync.create('notes', circular()),
    'SyncClient.create(): data.self: expected a JSON value, got a reference back to data.',
  ],
  [
    "`mutate … op: 'inc'`",
    ({ client }) => client.sync.mutate('notes', 'n1', /** @type {any} */ ([{ op: 'inc', path: '/n' }])),
    "SyncClient.mutate(): mutations[0].op: expected 'set' or 'increment' or 'remove' or 'push', got 'inc'.",
  ],
  [
    '`sync.update(service, id)` without a function',
    ({ client }) => client.sync.update('notes', 'n1', /** @type {any} */ ({})),
    'SyncClient.update(): change: expected a function, got an object.',
  ],
  [
    '`joinChannel()`',
    ({ client }) => client.socketClient.joinChannel(/** @type {any} */ (undefined)),
    'SocketClient.joinChannel(): channel: expected a string of 1 to 256 bytes without control characters, got undefined.',
  ],
  [
    "`publish(channel, 'connect')`",
    ({ client }) => client.socketClient.publish('lobby', 'connect'),
    "SocketClient.publish(): event: expected a name other than connect, connect_error, disconnect, disconnecting, newListener, removeListener, presence.join, presence.leave, got 'connect'.",
  ],
  [
    'a client after `destroy()`',
    ({ client }) => {
      client.destroy();
      client.connect();
    },
    'The client was destroyed. Create a new RealtimeClient. To connect again later, call disconnect() instead of destroy().',
  ],
  [
    '`new WebhookReceiver(process.env.TYPO)`',
    () => new WebhookReceiver(/** @type {any} */ (undefined)),
    'WebhookReceiver(): secret: expected the secret of the endpoint (is its environment variable set?), got undefined.',
  ],
  [
    'a secret with a line end',
    () => new WebhookReceiver(`${SECRET}\n`),
    'WebhookReceiver(): secret: expected a secret without a line end (trim() removes it), got a string.',
  ],
  [
    '`verify(body, signature, secret)` (Stripe)',
    ({ receiver }) => receiver.verify('{}', /** @type {any} */ (SECRET)),
    'WebhookReceiver.verify(): headers: expected all headers of the request, not the signature alone, got a string.',
  ],
  [
    '`verify(body, request)`',
    ({ receiver }) => receiver.verify('{}', /** @type {any} */ ({ headers: {} })),
    'There is no header x-webhook-signature, and no webhook-signature. The argument looks like a request: pass request.headers.',
  ],
  [
    '`verifyWebhook(body, headers)` without a secret',
    () => verifyWebhook('{}', {}, /** @type {any} */ (undefined)),
    'WebhookReceiver(): secret: expected the secret of the endpoint (is its environment variable set?), got undefined.',
  ],
  [
    '`expressWebhook(secret, handler)`',
    () => expressWebhook(/** @type {any} */ (SECRET), () => {}),
    'expressWebhook(): receiver: expected a WebhookReceiver, got a string.',
  ],
  [
    '`signWebhook(object, secret)`',
    () => signWebhook(/** @type {any} */ ({}), SECRET),
    'signWebhook(): rawBody: expected a string or bytes, as they are sent, got an object.',
  ],
  [
    "`decodeToken('Bearer …')`",
    () => decodeToken(`Bearer ${JWT}`),
    "The token cannot be decoded: it is not three base64url parts with dots between them. Pass the JWT as it was issued, without a leading 'Bearer '.",
  ],
];

function circular() {
  const data = {};
  return Object.assign(data, { self: data });
}
