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
    meaning: 'An argument is not what the method accepts, or the server refused a request as wrong, see `status`.',
    // The message says what was expected.
    remediation: '',
  },
  CLIENT_DESTROYED: {
    retryable: false,
    meaning: 'The client was used after destroy(), or destroyed while a request was under way.',
    remediation: 'Create a new RealtimeClient, or call disconnect() instead of destroy() to connect again later.',
  },
  ADDON_NOT_FOUND: {
    retryable: false,
    meaning:
      "The native engine could not be loaded, and `engine: 'native'` or an option that only it understands asks for it.",
    remediation:
      'Install the package on the machine that runs the program, allow addons, or keep the package out of the bundle.',
  },
  NETWORK_ERROR: {
    retryable: true,
    meaning:
      'The server could not be reached, or the connection broke: DNS (`ENOTFOUND`: no such name, `EAI_AGAIN`: no DNS server ' +
      'answered), refused, reset.',
    remediation: 'Check options.url, the network and that the server is running.',
  },
  TIMEOUT: {
    retryable: true,
    meaning:
      'The connection was not ready within options.connectTimeout, or a request not answered within its timeout; or the ' +
      'server waited too long for a request: HTTP 408.',
    remediation: 'Check the network and the load of the server, or allow more time.',
  },
  TLS_ERROR: {
    retryable: true,
    meaning:
      'The TLS handshake failed: an unknown issuer, a wrong host name, an expired certificate, nothing in common. The advice ' +
      'depends on the fault, see `remediation`.',
    remediation:
      'Check the certificate of the server; for a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS.',
  },
  PROXY_ERROR: {
    retryable: true,
    meaning:
      'The proxy could not be reached, or answered CONNECT with an HTTP status, see `status`. Reconnecting stops at 407 ' +
      '(a wrong user or password), and at any other 4xx except 408, 421, 425 and 429 if the client was never connected.',
    remediation: 'Check options.proxy, or the environment variables HTTPS_PROXY, http_proxy, ALL_PROXY and NO_PROXY.',
  },
  UPGRADE_REFUSED: {
    retryable: true,
    meaning:
      'The server or a proxy answered the handshake with an HTTP status, see `status`. Reconnecting stops at a 4xx of a ' +
      "client that was never connected, or whose body is the platform's JSON, except 408, 421, 425 and 429; and at a " +
      'redirect that leads to another server or in a circle, if the client was never connected.',
    remediation: 'Check options.url and options.path, and that every proxy on the way lets WebSocket upgrades through.',
  },
  AUTH_FAILED: {
    retryable: false,
    meaning:
      'The server refused the token: HTTP 401, for a connection also 403 or a CONNECT_ERROR that says so. Reconnecting ' +
      "stops, unless an HTTP answer without the platform's JSON may be a gateway's. If options.token is a function, it " +
      'has been asked for another one, which was refused as well.',
    remediation: 'Check that the token is valid, unexpired and meant for this application; connect with a fresh one.',
  },
  TOKEN_EXPIRED: {
    retryable: false,
    meaning: 'The token in options.token has expired, by its own `exp`. The server is about to refuse it.',
    remediation: 'Give a function as options.token: it is asked for a new token in time.',
  },
  TOKEN_PROVIDER_FAILED: {
    retryable: true,
    meaning:
      'The function in options.token threw, rejected, gave no usable token, or took longer than options.connectTimeout. ' +
      '`cause` is what it threw. For a connection it is asked again, as reconnection is set.',
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
      'What was asked for is not there (any more): HTTP 404 or 410, or the receiver of a direct message is not connected.',
    remediation:
      'Check the service and the ID: a document may have been deleted or have expired, a connection may have ended.',
  },
  ALREADY_EXISTS: {
    retryable: false,
    meaning: 'A document with this id is there already: HTTP 409.',
    remediation: 'Choose another id, leave it out, or change the existing document.',
  },
  REVISION_CONFLICT: {
    retryable: false,
    meaning: 'The document has another revision than expected, see `currentRevision` and `document`: HTTP 409.',
    remediation: 'Apply the change to the current document and write again; update() does that.',
  },
  RATE_LIMITED: {
    retryable: true,
    meaning: 'The server refused because of too many requests, see `retryAfter`: HTTP 429.',
    remediation: 'Wait for retryAfter milliseconds, and send less at a time.',
  },
  ABORTED: {
    retryable: false,
    meaning:
      'The signal of a call was aborted, or what was waited for was closed. `cause` is the reason of the signal.',
    remediation: 'Nothing needs to be done if this was meant.',
  },
  CONNECT_REFUSED: {
    retryable: true,
    meaning: 'The server refused the Socket.IO connection, and nothing shows that this is about the token.',
    remediation: 'Read the reason the server gave, and check its logs and middleware.',
  },
  RECONNECT_FAILED: {
    retryable: true,
    meaning: 'options.reconnectionAttempts attempts in a row failed. Reconnecting stops.',
    remediation: 'Call connect() to start again, or raise options.reconnectionAttempts (Infinity never gives up).',
  },
  PROTOCOL_ERROR: {
    retryable: true,
    meaning: 'The server sent something that is not the expected protocol, or speaks another version of it.',
    remediation:
      'Check that options.url, options.path and options.protocol fit the server, and every proxy on the way.',
  },
  MESSAGE_TOO_LARGE: {
    retryable: false,
    meaning:
      'A message of the server is larger than options.maxMessageBytes, one of yours is larger than the server accepts, or ' +
      'an answer is larger than the limit of requests.',
    remediation:
      'Send less at once, or references to large data. Raise options.maxMessageBytes where the server sends messages of ' +
      'this size.',
  },
  INVALID_EVENT: {
    retryable: false,
    meaning: 'An event, or the body of a webhook delivery, is not a RealtimeEvent. It was dropped.',
    remediation: 'Check what publishes this event: id and topic must be non-empty strings.',
  },
  PAYLOAD_INVALID: {
    retryable: false,
    meaning:
      'The payload of an event, or the data of a document, does not fit its schema, see `issues`, `topic` and `eventId`; ' +
      'or the schema failed, see `cause`. The event was dropped.',
    remediation: 'Compare what the publisher sends with the schema, and correct one of them.',
  },
  SUBSCRIBE_DENIED: {
    retryable: false,
    meaning: 'The server refused a subscription, see `subscriptionId`. The other subscriptions go on.',
    remediation: 'Check the topic, the filter and the permissions in the token.',
  },
  SUBSCRIBE_UNCONFIRMED: {
    retryable: true,
    meaning:
      'The server confirms subscriptions or channels, but did not confirm this one, see `subscriptionId` or `channel`. ' +
      'It is probably not in force. It is reported once.',
    remediation:
      'Check the logs of the server and what limits it sets; subscribe or join again, or reconnect, which asks for all ' +
      'of them again.',
  },
  CHANNEL_DENIED: {
    retryable: false,
    meaning: 'The server refused a channel, see `channel`. It is not joined again by itself.',
    remediation: 'Check the name of the channel and the permissions in the token.',
  },
  ROSTER_FULL: {
    retryable: false,
    meaning:
      'A channel has more members than presence() keeps, 100,000, see `channel`. Those beyond are neither in ' +
      "its Map nor 'presence' events. Reported once, and again only after all members fitted.",
    remediation: 'Ask for the number of members with channels(), or divide the channel.',
  },
  MESSAGE_DENIED: {
    retryable: false,
    meaning: 'The server refused a message to a channel or to a connection.',
    remediation: 'Read the reason the server gave, and check the permissions in the token: publishing needs `service`.',
  },
  SERVER_ERROR: {
    retryable: true,
    meaning: 'The server reported an error of its own, or a request was answered with HTTP 5xx, 421 or 425.',
    remediation: 'Read the reason the server gave, and check its logs.',
  },
  OUTBOX_FULL: {
    retryable: true,
    meaning: 'Too many messages wait for a connection or, sent with `retry`, for their answers; this one was not kept.',
    remediation: "Wait for state 'connected' and for the answers before sending more, or raise options.outbox.",
  },
  EXPIRED: {
    retryable: true,
    meaning: 'A message waited too long for a connection and was dropped; or a join did, whose channel stays wanted.',
    remediation: 'Send a message again once connected, if it still matters; a channel is joined by itself then.',
  },
  SLOW_CONSUMER: {
    retryable: true,
    meaning:
      'The handlers took too little of what waits for them, so that the connection was not read for so long that the ' +
      'server would have ended it. The client reconnects when half of what waits was taken; a `gap` follows.',
    remediation:
      "Do less in the handlers or hand the work on; listen to 'slow', which comes before this; or set " +
      "options.inbox.overflow to 'drop-oldest', 'drop-newest' or 'latest', which keep the connection.",
  },
  INVALID_TOKEN: {
    retryable: false,
    meaning: 'A token is not a JWT that can be decoded.',
    remediation: "Pass the JWT as it was issued, without a leading 'Bearer '.",
  },
  REPLAY_STORE_FULL: {
    retryable: true,
    meaning: 'A MemoryReplayStore has no room for another webhook delivery.',
    remediation:
      'Raise maxEntries of MemoryReplayStore, or set options.replayStore to a larger store, for example in Redis.',
  },
  MISSING_HEADER: {
    retryable: false,
    meaning: 'A webhook delivery lacks a header that its verification needs.',
    remediation:
      'Check that the sender is the platform, that a proxy keeps its headers, and the header names in options.',
  },
  MALFORMED_HEADER: {
    retryable: false,
    meaning: 'A header of a webhook delivery came twice, or is not of the form its scheme prescribes.',
    remediation: 'Check that the sender is the platform, and that no proxy changes or repeats its headers.',
  },
  TIMESTAMP_EXPIRED: {
    retryable: false,
    meaning: 'A webhook delivery was signed longer ago than options.toleranceMs: it is late, or a replay.',
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
    meaning: 'What was passed as the body of a webhook delivery is not the text or the bytes that were sent.',
    remediation:
      "Pass the body before it is parsed: in Express put express.raw({ type: '*/*' }) or express.text({ type: '*/*' }) on " +
      "this route, before express.json(); in Fastify use a content type parser with parseAs: 'buffer', or rawBody.",
  },
  BODY_TOO_LARGE: {
    retryable: false,
    meaning: 'The body of a webhook delivery is larger than options.maxBodyBytes.',
    remediation: 'Raise options.maxBodyBytes if deliveries of this size are expected.',
  },
  INVALID_JSON: {
    retryable: false,
    meaning: 'The body of a webhook delivery is signed, but is not JSON.',
    remediation: 'Check what sends to this address: the body of a delivery is one RealtimeEvent, as JSON in UTF-8.',
  },
  REPLAYED: {
    retryable: false,
    meaning:
      'A webhook delivery was handled before (`handled: true`), or is perhaps still being handled (`handled: false`).',
    remediation: 'Answer a 2xx if `handled` is true, else 409 with Retry-After. Endpoints do this, and report neither.',
  },
  INTERNAL_ERROR: {
    retryable: false,
    meaning: 'A defect of this package.',
    remediation: 'Please report it, with this message and its stack.',
  },
};

for (const entry of Object.values(errorCodes)) Object.freeze(entry);

Object.freeze(errorCodes);

export { errorCodes };
