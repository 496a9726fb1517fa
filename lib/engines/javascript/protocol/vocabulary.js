/**
 * Every name on the wire that the platform's documentation does not define.
 *
 * If a deployment uses other names, only this file has to change, and `src/vocabulary.rs`.
 */

/**
 * The namespace of the client's application ping: a namespace that no server has. A server answers
 * every CONNECT to it with `CONNECT_ERROR` immediately, which has no other effect.
 */
export const PING_NAMESPACE = '/-';

// Events to the server.
export const SUBSCRIBE = 'subscribe';
export const UNSUBSCRIBE = 'unsubscribe';
export const JOIN = 'channel:join';
export const LEAVE = 'channel:leave';
/** Renews the token of the connection. */
export const TOKEN = 'auth';
/** Requests a `pong` on the plain WebSocket. */
export const PING = 'ping';

// Events to the client.
/** Carries one event. */
export const EVENT = 'event';
/** Confirms a subscription. */
export const SUBSCRIBED = 'subscribed';
/** Reports a failure. */
export const ERROR = 'error';
/** Reports events that the platform may have lost before they reached this connection. */
export const GAP = 'gap';
export const PONG = 'pong';
/** Acknowledges a frame with an `ackId` on the plain WebSocket. */
export const ACK = 'ack';
/** Carries the socket ID: the first frame on the plain WebSocket. */
export const CONNECTED = 'connected';

/** The topic of direct messages. No channel can have this name. */
export const DIRECT_TOPIC = 'direct';
/** The `source` of messages and presence. */
export const SOCKET_SOURCE = 'socket';

// The words that show whether a CONNECT_ERROR is about the token, in lower case.
/** A word that contains one of these is about the token or its rights. */
export const AUTH_STEMS = /auth|token|jwt|jws|credential|forbidden|permission|permitted|login|password|signature/;
/** A word that contains one of these is not about the token. */
export const AUTH_LOOKALIKES = /author|tokeni[zs]/;
/** Phrases that are about the token. */
export const AUTH_PHRASES =
  / (?:access denied|log(?:ged)? in|sign(?:ed)? in|api key|session (?:has )?expired|invalid grant) /;
/** A phrase that is not about the token: an error of `JSON.parse`. */
export const AUTH_LOOKALIKE_PHRASE = 'unexpected token';
/** Words of a server in trouble, which cannot judge a token at this time. */
export const TROUBLE =
  /^(?:unavailable|unreachable|down|timeout|timed|overloaded|busy|many|exceeded|rate|limit(?:ed)?|quota|maintenance|internal|eacces|eai|econnrefused|econnreset|ehostunreach|enotfound|epipe|etimedout|hang)$/;
/** Words before an HTTP status. */
export const STATUS = ['code', 'e', 'error', 'http', 'status'];
