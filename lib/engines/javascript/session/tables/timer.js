/**
 * The deadlines of a session: a list with one place for each purpose, Infinity where none is set.
 * Timers that are due at the same time are handled in this order.
 */

/** The connection has to be ready: `connectTimeout`. */
export const CONNECT = 0;
/** The next dial after a delay. */
export const RECONNECT = 1;
/** The server has to send something. Of a link. */
export const LIVENESS = 2;
/** The client's own `ping` frame on the plain protocol. Of a link. */
export const PLAIN_PING = 3;
/** The peer is quiet, or owes an answer to our ping. Of a link. */
export const HEARTBEAT = 4;
/** The attachments of a binary packet have to come. Of a link. */
export const ATTACHMENTS = 5;
/** The earliest pending request has timed out. Of a link. */
export const ACK = 6;
/** The oldest queued message expires. */
export const OUTBOX = 7;
/** The oldest join that waits for a connection expires. */
export const JOIN = 8;
/** The token has to be renewed; the token from the options expires. */
export const TOKEN = 9;
/** The server has to confirm everything on the new connection. */
export const GAP = 10;
/** The user has to make room in the inbox. Of a link. */
export const SLOW_CONSUMER = 11;

/** The timers that end with their link. */
const OF_LINK = [LIVENESS, PLAIN_PING, HEARTBEAT, ATTACHMENTS, ACK, SLOW_CONSUMER];

/** No deadlines. @returns {number[]} */
export function noTimers() {
  return Array(12).fill(Infinity);
}

/** @param {number[]} timers */
export function clearLink(timers) {
  for (const timer of OF_LINK) timers[timer] = Infinity;
}
