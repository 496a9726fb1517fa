/** Our word for what other clients have another one for, see `habits.d.ts`. */

import { SECRET_FORM } from '../../errors/errors.js';
import { nearestName } from './nearest-name.js';

/**
 * Options of socket.io-client, Ably, Pusher, Twilio Sync, Supabase and Centrifuge, where no name of
 * ours is similar.
 *
 * @type {Record<string, string>}
 */
const OPTIONS = {
  auth: 'The token goes into options.token.',
  authCallback: 'options.token takes a function that returns a token.',
  authEndpoint: 'options.token takes a function that fetches a token from your endpoint.',
  authHeaders: 'options.token takes a function, which sends what headers it likes to your endpoint.',
  authUrl: 'options.token takes a function that fetches a token from your endpoint.',
  accessToken: 'The token goes into options.token.',
  apiKey: 'This client has no API keys: your server issues a token, which goes into options.token.',
  channelAuthorization: 'The permissions are in the token: options.token.',
  cluster: 'The address of the server is options.url.',
  forceNew: 'Each RealtimeClient has a connection of its own.',
  getToken: 'options.token takes a function that returns a token.',
  host: 'The address of the server is options.url.',
  jwt: 'The token goes into options.token.',
  key: 'This client has no API keys: your server issues a token, which goes into options.token.',
  maxReconnectAttempts: 'It is called options.reconnectionAttempts.',
  multiplex: 'Each RealtimeClient has a connection of its own.',
  query: 'Send what the server has to know in options.headers, or in the token.',
  secure: 'options.url decides: https:// is encrypted, http:// is not.',
  useTLS: 'options.url decides: https:// is encrypted, http:// is not.',
  userAuthentication: 'options.token takes a function that fetches a token from your endpoint.',
  withCredentials: 'There are no cookies: the token goes into options.token.',
  wsHost: 'The address of the server is options.url.',
};

/** Events of the connection in other clients. @type {Record<string, string>} */
const CONNECTION = {
  close: 'disconnected',
  closed: 'disconnected',
  connect: 'connected',
  connected: 'connected',
  connecting: 'connecting',
  disconnect: 'disconnected',
  disconnected: 'disconnected',
  open: 'connected',
  ready: 'connected',
  reconnect: 'connected',
  reconnecting: 'reconnecting',
  reconnect_attempt: 'reconnecting',
};
/** Errors in other clients, as in `connect_error` and `reconnect_failed`. */
const ERROR = /^(connect|connection|reconnect|subscription)_?(error|failed)$|^failed$/i;
/** Events of channels, which the other of the two objects has. */
const MESSAGES = /^(message(:.*)?|direct|presence)$/;
const EVENTS = /^(event(:.*)?|connection|gap|slow|error)$/;
/** A name that is safe to repeat. */
const SAFE = /^[\w.:/-]{1,60}$/;
/** What a topic looks like; nothing else may be one by mistake. */
const TOPIC = /^[\w-]+([.:/][\w-]+)+$/;
/** A host with a port, or with a well-known end: safe to show, since no secret looks like it. */
const HOST =
  /^(localhost|[a-z\d-]+(\.[a-z\d-]+)*(?=:\d)|([a-z\d-]+\.)+(com|net|org|io|dev|app|cloud|local|internal))(:\d{1,5})?\/?$/i;

/** @type {typeof import('./habits.js').optionAdvice} */
export function optionAdvice(name, known) {
  // A table of a sub-object, such as `tls`, has other names.
  if (known.includes('token') && Object.hasOwn(OPTIONS, name)) return OPTIONS[name];
  const nearest = nearestName(name, known);
  return nearest && `Did you mean '${nearest}'?`;
}

/** @type {typeof import('./habits.js').eventAdvice} */
export function eventAdvice(name, names, prefix) {
  if (typeof name !== 'string' || !SAFE.test(name) || SECRET_FORM.test(name)) return undefined;
  const isClient = names.includes('event');
  if (Object.hasOwn(CONNECTION, name)) {
    const object = isClient ? '' : 'realtime.';
    return `Use ${object}on('connection', ({ state }) => ...): its state is '${CONNECTION[name]}' then.`;
  }
  if (ERROR.test(name)) return "Errors of the connection come to the client's on('error', (error) => ...).";
  if (isClient && MESSAGES.test(name))
    return `Messages of channels are with realtime.socketClient.on('${name}'); events of topics with on('event').`;
  if (!isClient && EVENTS.test(name)) return `The client itself has it: realtime.on('${name}').`;
  const nearest = nearestName(name, names);
  if (nearest && !TOPIC.test(name)) return `Did you mean '${nearest}'?`;
  return isClient
    ? `Did you mean '${prefix}${name}'? Its events come once subscribe({ topic: '${name}' }) was called.`
    : `Did you mean '${prefix}${name}'? Its messages come once joinChannel('${name}') was called.`;
}

/** @type {typeof import('./habits.js').urlAdvice} */
export function urlAdvice(url) {
  if (url === undefined || url === '') return 'Is the environment variable set that holds it?';
  if (typeof url !== 'string') return undefined;
  if (/^https?:/i.test(url) && /[?#]/.test(url))
    return `It has a ${/#[^?]*$/.test(url) && !url.includes('?') ? "fragment: leave out what begins with '#'" : "query: leave out what begins with '?'"}.`;
  const [, scheme, rest] = /^(wss?):\/\/(.*)$/i.exec(url) ?? [];
  if (scheme !== undefined) {
    const begin = `${scheme.toLowerCase().replace('ws', 'http')}://`;
    const meant = HOST.test(rest) ? `Did you mean '${begin}${rest}'?` : `Write ${begin} in place of ${scheme}://.`;
    return `${meant} For WebSockets without Socket.IO set options.protocol to 'ws'.`;
  }
  if (!HOST.test(url)) return undefined;
  const isLocal = /^(localhost|127\.)/.test(url) || !url.includes('.');
  return `Did you mean '${isLocal ? 'http' : 'https'}://${url}'?`;
}

/** @type {typeof import('./habits.js').tokenAdvice} */
export function tokenAdvice(token) {
  if (token === undefined || token === '') return 'Is the environment variable set that holds it?';
  if (typeof token !== 'string') return undefined;
  if (/^bearer\s/i.test(token)) return "It begins with 'Bearer ': leave that out.";
  if (/\s$/.test(token)) return 'It ends with a space or a line end, as texts from files do: trim() removes it.';
  return /\s/.test(token) ? 'It has a space or a line end in it.' : undefined;
}

/** @type {typeof import('./habits.js').conditionAdvice} */
export function conditionAdvice(condition) {
  if (Array.isArray(condition)) return 'For one of several values write { in: [...] }.';
  if (typeof condition !== 'object' || condition === null) return undefined;
  const names = Object.keys(condition);
  const unknown = names.find((name) => name !== 'eq' && name !== 'in');
  if (unknown !== undefined && /^\$?\w{1,20}$/.test(unknown) && !SECRET_FORM.test(unknown))
    return `There is no operator '${unknown}': the server compares for equality only.`;
  return names.length > 1 ? 'A condition has one operator.' : undefined;
}
