/**
 * What a session is doing: nothing until the user connects (idle); waiting for a token (asking),
 * for the driver's dial (dialing), or for the next attempt (waiting), which is due at the timer
 * RECONNECT or when the inbox has room again. In the phase `open` there is a link, and only then.
 */

/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/** @typedef {'idle' | 'asking' | 'dialing' | 'open' | 'waiting'} Phase */
/**
 * Whether the session has been connected before. If it has, a server exists, whatever answers in
 * its place now. Earlier: before the user's latest `connect`.
 *
 * @typedef {'never' | 'connected earlier' | 'connected'} Past
 */

/**
 * Enters a phase, and drops the link of the former one.
 *
 * @param {Session} session
 * @param {Exclude<Phase, 'open'>} phase
 */
function enter(session, phase) {
  session.phase = phase;
  session.link = undefined;
}

/** @param {Session} session @param {Link} link */
function open(session, link) {
  session.phase = 'open';
  session.link = link;
}

/** @param {Session} session */
function isConnected({ link }) {
  return link?.connected !== undefined;
}

/** @param {Session} session */
function isOpening({ link }) {
  return link?.stage.name === 'opening';
}

/** @param {Session} session */
function isJoining({ link }) {
  return link?.stage.name === 'joining';
}

export { enter, isConnected, isJoining, isOpening, open };
