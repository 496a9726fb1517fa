/**
 * Mistakes that show when a client connects or asks for something, and what the errors say:
 * `[mistake, set up, codes and messages]`.
 */

import { once } from 'node:events';
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';

import { cert, key } from '../support/certificate.js';

/** @typedef {import('@smarterservices/realtime-local').LocalPlatform} LocalPlatform */
/** @typedef {import('../../lib/client.js').RealtimeClient} RealtimeClient */

/**
 * @typedef {object} Scene
 * @property {object} [options] of the client
 * @property {(client: RealtimeClient) => Promise<unknown>} [act] once it is connected
 * @property {() => void} [close]
 */

/** An address that nobody listens at. */
async function vacantUrl() {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** A server with TLS, at an address without it. */
async function startTlsServer() {
  const server = createServer({ cert, key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { options: { url: `http://127.0.0.1:${port}` }, close: () => server.close() };
}

const GAVE_UP = 'Call connect() to start again, or raise options.reconnectionAttempts (Infinity never gives up).';
const REFUSED = 'Check options.url and options.path, and that every proxy on the way lets WebSocket upgrades through.';
const TOKEN = 'Check that the token is valid, unexpired and meant for this application; connect with a fresh one.';
const PERMISSION =
  'Use a token whose permissions allow this: a fresh one with the same permissions is refused as well.';
const PLAIN = 'connected to a server that does not speak TLS';
const CLOSED = 'the server closed the connection before it answered';

/**
 * `HOST` in a message is the host and port of the client's url.
 *
 * @type {[mistake: string, setUp: (platform: LocalPlatform) => Scene | Promise<Scene>, errors: string[][]][]}
 */
export const CONNECTIONS = [
  [
    'the server is down',
    async () => ({ options: { url: await vacantUrl(), reconnectionAttempts: 1 } }),
    [
      [
        'NETWORK_ERROR',
        'No connection to HOST: connect ECONNREFUSED HOST. Check options.url, the network and that the server is running.',
      ],
      [
        'NETWORK_ERROR',
        'No connection to HOST: connect ECONNREFUSED HOST. Check options.url, the network and that the server is running.',
      ],
      ['RECONNECT_FAILED', `Gave up after 1 reconnection attempt; the last one: connect ECONNREFUSED HOST. ${GAVE_UP}`],
    ],
  ],
  [
    '`https://` against a server without TLS',
    ({ url }) => ({ options: { url: url.replace('http:', 'https:'), reconnection: false } }),
    [
      [
        'TLS_ERROR',
        `No TLS connection to HOST: ${PLAIN}. Write http:// in options.url if the server has no TLS, or another port if it has.`,
      ],
    ],
  ],
  [
    '`http://` against a server with TLS',
    async () => {
      const { options, close } = await startTlsServer();
      return { options: { ...options, reconnection: false }, close };
    },
    [
      [
        'NETWORK_ERROR',
        `No connection to HOST: ${CLOSED}. Write https:// in options.url if the server expects TLS; else check that the server is running.`,
      ],
    ],
  ],
  [
    'a wrong prefix in `url`',
    ({ url }) => ({ options: { url: `${url}/api` } }),
    [['UPGRADE_REFUSED', `GET http://HOST/api/socket.io/ was answered with HTTP 404. ${REFUSED}`]],
  ],
  [
    'a wrong `path`',
    () => ({ options: { path: '/sockets' } }),
    [['UPGRADE_REFUSED', `GET http://HOST/sockets was answered with HTTP 404. ${REFUSED}`]],
  ],
  [
    "a wrong `path` with `protocol: 'ws'`",
    () => ({ options: { path: '/sockets', protocol: 'ws' } }),
    [['UPGRADE_REFUSED', `GET http://HOST/sockets was answered with HTTP 404. ${REFUSED}`]],
  ],
  [
    'a tampered token',
    (platform) => ({ options: { token: tampered(platform.token()) } }),
    [['AUTH_FAILED', `The server refused the connection: Token refused: signature verification failed. ${TOKEN}`]],
  ],
  [
    'an expired token',
    (platform) => ({ options: { token: platform.token({ expiresIn: -10 }) } }),
    [
      [
        'TOKEN_EXPIRED',
        'The token in options.token has expired. Set options.token to a function. The client calls it for a new token in time.',
      ],
      ['AUTH_FAILED', `The server refused the connection: Token refused: "exp" claim timestamp check failed. ${TOKEN}`],
    ],
  ],
  [
    'a token without the permission to subscribe',
    (platform) => ({ options: { token: platform.token({ permissions: [] }) } }),
    [
      [
        'AUTH_FAILED',
        `The server refused the connection: The token's permissions do not allow to subscribe. ${PERMISSION}`,
      ],
    ],
  ],
  [
    "the same with `protocol: 'ws'`",
    (platform) => ({ options: { token: platform.token({ permissions: [] }), protocol: 'ws' } }),
    [
      [
        'AUTH_FAILED',
        `GET http://HOST/ws was answered with HTTP 403: The token's permissions do not allow to subscribe. ${PERMISSION}`,
      ],
    ],
  ],
  [
    'a token without the permission to publish',
    (platform) => ({
      options: { token: platform.token({ permissions: ['client'] }) },
      act: (client) => client.socketClient.publish('lobby', 'note'),
    }),
    [
      [
        'MESSAGE_DENIED',
        "The server refused the message: ForbiddenError: The token's permissions do not allow to publish. Read the reason the server gave, and check the permissions in the token: publishing needs `service`.",
      ],
    ],
  ],
  [
    'a token without the permission to write documents',
    (platform) => ({
      options: { token: platform.token({ permissions: ['client'] }) },
      act: (client) => client.sync.create('notes', {}),
    }),
    [
      [
        'FORBIDDEN',
        "POST /api/sync/notes/documents: the server answered 403 ForbiddenError: The token's permissions do not allow to write. Use a token with the permissions this needs: writing documents needs the role service.",
      ],
    ],
  ],
  [
    '`directMessage` to nobody',
    (platform) => ({
      options: { token: platform.token({ permissions: ['client', 'service'] }) },
      act: (client) => client.socketClient.directMessage('nobody', 'note'),
    }),
    [
      [
        'NOT_FOUND',
        "The server refused the message: NotFoundError: No socket 'nobody' is connected. Check the service and the ID. A document may have been deleted or have expired; a connection may have ended.",
      ],
    ],
  ],
];

/** The token with another signature. @param {string} token */
function tampered(token) {
  const [header, claims, signature] = token.split('.');
  return [header, claims, [...signature].reverse().join('')].join('.');
}
