/** Options of other clients and misspelled ones, and the warning about each: `[name, warning]`. */

const LIST =
  'Known: url, token, autoConnect, reconnection, reconnectionAttempts, reconnectionDelay, reconnectionDelayMax, ' +
  'randomizationFactor, reconnectOnServerDisconnect, connectTimeout, heartbeat, outbox, inbox, coalesceMs, protocol, ' +
  'path, headers, applicationId, environment, tls, transports, proxy, maxMessageBytes, compression, engine, lifecycle, record, schemas, stats, ' +
  'worker, devtools, log.';

/** @type {[name: string, advice: string][]} */
export const OPTIONS = [
  ['reconection', "Did you mean 'reconnection'?"],
  ['timeout', "Did you mean 'connectTimeout'?"],
  ['extraHeaders', "Did you mean 'headers'?"],
  ['auth', 'The token goes into options.token.'],
  ['authCallback', 'options.token takes a function that returns a token.'],
  ['authUrl', 'options.token takes a function that fetches a token from your endpoint.'],
  ['authEndpoint', 'options.token takes a function that fetches a token from your endpoint.'],
  ['query', 'Send what the server has to know in options.headers, or in the token.'],
  ['key', 'This client has no API keys: your server issues a token, which goes into options.token.'],
  ['cluster', 'The address of the server is options.url.'],
  ['withCredentials', 'There are no cookies: the token goes into options.token.'],
  ['forceNew', 'Each RealtimeClient has a connection of its own.'],
  ['secure', 'options.url decides: https:// is encrypted, http:// is not.'],
  ['zzz', LIST],
];
