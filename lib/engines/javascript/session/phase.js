/**
 * What a session is doing: nothing until the user connects (idle); waiting for a token (asking),
 * for the driver's dial (dialing), or for the next attempt (waiting), which is due at the timer
 * RECONNECT or when the inbox has room again. In the phase `open` there is a link, and only then.
 */

import { clearLink } from './tables/timer.js';

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
  clearLink(session.timers);
}

/** @param {Session} session */
function isConnected({ link }) {
  return link?.connected !== undefined;
}

/** Whether the link waits for the Engine.IO handshake. @param {Session} session */
function isOpening({ link }) {
  return link !== undefined && link.connected === undefined && link.handshake === undefined;
}

/** Whether the link waits for the answer to CONNECT. @param {Session} session */
function isJoining({ link }) {
  return link?.handshake !== undefined && link.connected === undefined;
}

export { enter, isConnected, isJoining, isOpening };
