/**
 * The one table of error codes: what each means, whether a retry can help, and what to do.
 *
 * A code is part of the public contract: it is never renamed and never changes its meaning. An
 * engine reports a code and a message; everything else is looked up here. `docs/errors.md` shows
 * the same table to users.
 */

/** @import { RealtimeErrorCode } from '../../index.js' */

/**
 * @typedef {object} ErrorCode
 * @property {boolean} retryable the same operation can succeed later without a change to the
 *   program or its settings
 * @property {string} meaning what happened
 * @property {string} remediation what to do about it, unless each message says that itself
 */

/** @type {Record<RealtimeErrorCode, ErrorCode>} */
const errorCodes = {
  INVALID_ARGUMENT: {
    retryable: false,
    meaning: 'A method does not accept one of its arguments, or the server refused a request as invalid, see `status`.',
    // The message says what was expected.
    remediation: '',
  },
  CLIENT_DESTROYED: {
    retryable: false,
    meaning: 'The client was used after destroy(), or destroy() was called while a request was running.',
    remediation: 'Create a new RealtimeClient. To connect again later, call disconnect() instead of destroy().',
  },
  ADDON_NOT_FOUND: {
    retryable: false,
    meaning:
      "The native engine could not be loaded, but `engine: 'native'` or an option that only it supports requires it.",
    remediation:
      'Install the package on the machine that runs the program, allow addons, or keep the package out of the bundle.',
  },
  NETWORK_ERROR: {
    retryable: true,
    meaning:
      'The client could not reach the server, or the connection broke. The usual causes are DNS (`ENOTFOUND`: ' +
      'the name does not exist, `EAI_AGAIN`: no DNS server answered), a refused connection and a reset.',
    remediation: 'Check options.url, the network and that the server is running.',
  },
  TIMEOUT: {
    retryable: true,
    meaning:
      'The connection was not ready within options.connectTimeout, a request was not answered within its ' +
      'timeout, or the server reported HTTP 408 because it waited too long for a request.',
    remediation: 'Check the network and the load of the server, or allow more time.',
  },
  TLS_ERROR: {
    retryable: true,
    meaning:
      'The TLS handshake failed: the issuer is unknown, the host name is wrong, the certificate has expired, or ' +
      'the two sides share no protocol version or cipher. The advice depends on the cause, see `remediation`.',
    remediation:
      'Check the certificate of the server. For a private authority, set options.tls.ca or NODE_EXTRA_CA_CERTS.',
  },
  PROXY_ERROR: {
    retryable: true,
    meaning:
      'The client could not reach the proxy, or the proxy answered CONNECT with an HTTP status, see `status`. ' +
      'The client stops reconnecting at 407 (a wrong user or password). If it was never connected, it also stops ' +
      'at any other 4xx except 408, 421, 425 and 429.',
    remediation: 'Check options.proxy, or the environment variables HTTPS_PROXY, http_proxy, ALL_PROXY and NO_PROXY.',
  },
  UPGRADE_REFUSED: {
    retryable: true,
    meaning:
      'The server or a proxy answered the handshake with an HTTP status, see `status`. The client stops ' +
      'reconnecting at a 4xx, except 408, 421, 425 and 429, if it was never connected or if the body is the ' +
      "platform's JSON. If it was never connected, it also stops at a redirect that leads to another server or " +
      'in a circle.',
    remediation: 'Check options.url and options.path, and that every proxy on the way lets WebSocket upgrades through.',
  },
  AUTH_FAILED: {
    retryable: false,
    meaning:
      'The server refused the token: HTTP 401, or for a connection also 403 or a CONNECT_ERROR about the token. ' +
      'The client stops reconnecting, unless the HTTP answer may come from a gateway because it is not the ' +
      "platform's JSON. If options.token is a function, the client has already called it for another token, and " +
      'the server refused that one as well.',
    remediation: 'Check that the token is valid, unexpired and meant for this application; connect with a fresh one.',
  },
  TOKEN_EXPIRED: {
    retryable: false,
    meaning: 'The token in options.token has expired according to its `exp`. The server is about to refuse it.',
    remediation: 'Set options.token to a function. The client calls it for a new token in time.',
  },
  TOKEN_PROVIDER_FAILED: {
    retryable: true,
    meaning:
      'The function in options.token threw, rejected, returned no usable token, or took longer than ' +
      'options.connectTimeout. `cause` is what it threw. For a connection, the client calls it again with the ' +
      'delays of reconnecting.',
    remediation: 'Check what the function needs to get a token.',
  },
  FORBIDDEN: {
    retryable: false,
    meaning: 'The token does not permit this request: HTTP 403.',
    remediation: 'Use a token with the permissions this needs: writing documents needs the role service.',
  },
  NOT_FOUND: {
    retryable: false,
    meaning:
      'The server does not have the requested object, or not any more: HTTP 404 or 410. Or the receiver of a ' +
      'direct message is not connected.',
    remediation:
      'Check the service and the ID. A document may have been deleted or have expired; a connection may have ended.',
  },
  ALREADY_EXISTS: {
    retryable: false,
    meaning: 'A document with this ID already exists: HTTP 409.',
    remediation: 'Choose another ID, omit the ID, or change the existing document.',
  },
  REVISION_CONFLICT: {
    retryable: false,
    meaning: 'The revision of the document is not the expected one, see `currentRevision` and `document`: HTTP 409.',
    remediation: 'Apply the change to the current document and write again; update() does both.',
  },
  RATE_LIMITED: {
    retryable: true,
    meaning: 'The server received too many requests, see `retryAfter`: HTTP 429.',
    remediation: 'Wait for retryAfter milliseconds, then send requests less often.',
  },
  ABORTED: {
    retryable: false,
    meaning:
      'The signal of a call was aborted, or the object that the call waited for was closed. `cause` is the ' +
      'reason of the signal.',
    remediation: 'Nothing needs to be done if you aborted the call on purpose.',
  },
  CONNECT_REFUSED: {
    retryable: true,
    meaning: 'The server refused the Socket.IO connection, and nothing in its answer is about the token.',
    remediation: 'Read the reason the server gave, and check its logs and middleware.',
  },
  RECONNECT_FAILED: {
    retryable: true,
    meaning: 'options.reconnectionAttempts attempts in a row failed. The client stops reconnecting.',
    remediation: 'Call connect() to start again, or raise options.reconnectionAttempts (Infinity never gives up).',
  },
  PROTOCOL_ERROR: {
    retryable: true,
    meaning:
      'The server sent something that does not follow the expected protocol, or it uses another version of the ' +
      'protocol.',
    remediation:
      'Check that options.url, options.path and options.protocol fit the server, and check every proxy on the way.',
  },
  MESSAGE_TOO_LARGE: {
    retryable: false,
    meaning:
      "A message from the server exceeds options.maxMessageBytes, one of your messages exceeds the server's " +
      'limit, or the answer to a request exceeds the limit of requests.',
    remediation:
      'Send less data per message, or send references to large data. If the server sends messages of this size, ' +
      'raise options.maxMessageBytes.',
  },
  INVALID_EVENT: {
    retryable: false,
    meaning: 'An event, or the body of a webhook delivery, is not a RealtimeEvent. It was dropped.',
    remediation: 'Check the publisher of this event: id and topic must be non-empty strings.',
  },
  PAYLOAD_INVALID: {
    retryable: false,
    meaning:
      'The payload of an event, or the data of a document, does not fit its schema, see `issues`, `topic` and ' +
      '`eventId`; or the schema itself failed, see `cause`. The event was dropped.',
    remediation: 'Compare what the publisher sends with the schema, and correct one of them.',
  },
  SUBSCRIBE_DENIED: {
    retryable: false,
    meaning: 'The server refused a subscription, see `subscriptionId`. Other subscriptions are not affected.',
    remediation: 'Check the topic, the filter and the permissions in the token.',
  },
  SUBSCRIBE_UNCONFIRMED: {
    retryable: true,
    meaning:
      'The server confirms subscriptions or channels, but did not confirm this one, see `subscriptionId` or ' +
      '`channel`. It is probably not active. The client reports this once.',
    remediation:
      'Check the logs and the limits of the server. Subscribe or join again, or reconnect, which restores all ' +
      'subscriptions and channels.',
  },
  CHANNEL_DENIED: {
    retryable: false,
    meaning: 'The server refused a channel, see `channel`. The client does not join it again on its own.',
    remediation: 'Check the name of the channel and the permissions in the token.',
  },
  ROSTER_FULL: {
    retryable: false,
    meaning:
      'A channel has more than the 100,000 members that presence() keeps, see `channel`. The members beyond that ' +
      "are not in its Map and cause no 'presence' events. The client reports this once, and again only after all " +
      'members fitted.',
    remediation: 'Get the number of members with channels(), or divide the channel.',
  },
  MESSAGE_DENIED: {
    retryable: false,
    meaning: 'The server refused a message to a channel or to a connection.',
    remediation: 'Read the reason the server gave, and check the permissions in the token: publishing needs `service`.',
  },
  SERVER_ERROR: {
    retryable: true,
    meaning: 'The server reported an internal error, or it answered a request with HTTP 5xx, 421 or 425.',
    remediation: 'Read the reason the server gave, and check its logs.',
  },
  OUTBOX_FULL: {
    retryable: true,
    meaning:
      'The outbox is full of messages that wait for a connection or, if sent with `retry`, for an answer. This ' +
      'message was dropped.',
    remediation: "Before you send more, wait for state 'connected' and for the answers, or raise options.outbox.",
  },
  EXPIRED: {
    retryable: true,
    meaning:
      'A message waited too long for a connection and was dropped. Or a join waited too long: its promise ' +
      'rejected, but the client still joins the channel.',
    remediation:
      'Once connected, send the message again if it still matters. The client joins a channel on its own once it ' +
      'is connected.',
  },
  SLOW_CONSUMER: {
    retryable: true,
    meaning:
      'The handlers were too slow: the inbox stayed full, and the client stopped reading for so long that the ' +
      'server would have closed the connection. The client reconnects when half of the inbox is empty; a `gap` ' +
      'follows.',
    remediation:
      "Do less work in the handlers or hand it to a queue. Listen to 'slow', which warns earlier. Or set " +
      "options.inbox.overflow to 'drop-oldest', 'drop-newest' or 'latest', which keep the connection.",
  },
  INVALID_TOKEN: {
    retryable: false,
    meaning: 'A token is not a JWT that can be decoded.',
    remediation: "Pass the JWT as it was issued, without a leading 'Bearer '.",
  },
  REPLAY_STORE_FULL: {
    retryable: true,
    meaning: 'A MemoryReplayStore is full and cannot remember another webhook delivery.',
    remediation:
      'Raise maxEntries of MemoryReplayStore, or set options.replayStore to a larger store, for example in Redis.',
  },
  MISSING_HEADER: {
    retryable: false,
    meaning: 'A webhook delivery lacks a header that the receiver needs to verify it.',
    remediation:
      'Check that the platform sent the delivery, that proxies keep its headers, and that options has the right header names.',
  },
  MALFORMED_HEADER: {
    retryable: false,
    meaning: 'A header of a webhook delivery occurs twice, or does not have the format that its scheme requires.',
    remediation: 'Check that the platform sent the delivery, and that no proxy changes or repeats its headers.',
  },
  TIMESTAMP_EXPIRED: {
    retryable: false,
    meaning: 'A webhook delivery was signed longer ago than options.toleranceMs. It is late, or somebody replayed it.',
    remediation: 'Check the clocks of both sides and what delays deliveries.',
  },
  TIMESTAMP_IN_FUTURE: {
    retryable: false,
    meaning: 'A webhook delivery was signed further in the future than options.toleranceMs.',
    remediation: 'Check the clocks of both sides.',
  },
  SIGNATURE_MISMATCH: {
    retryable: false,
    meaning: 'No signature of a webhook delivery fits the secret, the timestamp and the body.',
    remediation:
      'Check that the secret is the one of this endpoint, and that the body reaches the receiver unchanged: not parsed and ' +
      'serialized again.',
  },
  BODY_NOT_RAW: {
    retryable: false,
    meaning: 'The body passed to the receiver is not the text or the bytes that were sent.',
    remediation:
      "Pass the body before it is parsed. In Express, put express.raw({ type: '*/*' }) or express.text({ type: " +
      "'*/*' }) on this route, before express.json(). In Fastify, use a content type parser with parseAs: " +
      "'buffer', or rawBody.",
  },
  BODY_TOO_LARGE: {
    retryable: false,
    meaning: 'The body of a webhook delivery is larger than options.maxBodyBytes.',
    remediation: 'Raise options.maxBodyBytes if deliveries of this size are expected.',
  },
  INVALID_JSON: {
    retryable: false,
    meaning: 'The signature of a webhook delivery is valid, but its body is not JSON.',
    remediation: 'Check what sends to this address: the body of a delivery is one RealtimeEvent, as JSON in UTF-8.',
  },
  REPLAYED: {
    retryable: false,
    meaning:
      'The webhook delivery was handled before (`handled: true`), or may still be in progress (`handled: false`).',
    remediation:
      'Answer with a 2xx if `handled` is true, else with 409 and Retry-After. Endpoints do this on their own and ' +
      'do not report it.',
  },
  INTERNAL_ERROR: {
    retryable: false,
    meaning: 'The package has a defect.',
    remediation: 'Please report this message and its stack.',
  },
};

for (const entry of Object.values(errorCodes)) Object.freeze(entry);

Object.freeze(errorCodes);

export { errorCodes };
