/**
 * What the driver says about the bytes on the link, and when the session disconnects because the
 * peer is silent.
 */

import { LEAVE_PING_NAMESPACE } from './codec/socket-io.js';
import { cutLink } from './disconnecting.js';
import { watchSlowConsumer } from './pausing.js';
import { isConnected } from './phase.js';
import { LIVENESS } from './tables/timer.js';

/** @import { Ping } from './contract.js' */
/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/**
 * The link has accepted `written` bytes, and the peer is known to have `arrived` of them.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} written
 * @param {number} arrived
 */
function handleProgress({ link }, now, written, arrived) {
  link?.sendBacklog.handleWritten(now, written);
  link?.sendBacklog.handleArrived(now, arrived);
}

/**
 * The peer has answered `count` of our control pings on this link.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} count
 */
function handlePongs(session, now, count) {
  session.meter?.handlePongs(now, count);
  if (session.link?.heartbeat.handlePongs(count)) startHeartbeat(session, now);
}

/**
 * Sets whether the link can carry our pings. Long-polling cannot; a link that moves from
 * long-polling to a WebSocket can from then on. Sessions begin with true.
 *
 * @param {Session} session
 * @param {number} now
 * @param {boolean} canPing
 * @param {boolean} [sendsControl] whether the runtime can send ping frames; browsers cannot
 */
function setCanPing(session, now, canPing, sendsControl = true) {
  const { link, peer } = session;
  peer.sendsControl = sendsControl;
  if (peer.canPing === canPing) return;
  peer.canPing = canPing;
  if (!canPing || !startHeartbeat(session, now)) link?.heartbeat.stop();
}

/**
 * Returns the ping to send now. Call this when the link has written everything before it.
 *
 * @param {Session} session
 * @param {number} now
 * @returns {Ping | undefined}
 */
function pollPing(session, now) {
  const { codec, count, link, meter } = session;
  const kind = link?.heartbeat.pollPing(now, isConnected(session));
  meter?.handlePing(now, kind);
  if (link === undefined || kind !== 'application') return kind && { text: undefined };
  link.watermark.handlePingSent(now, link.sendBacklog.written);
  count.bytesSent += codec.ping.length;
  return { text: codec.ping };
}

/**
 * Begins to watch for the peer's silence, or for a slow user during a pause.
 *
 * @param {Session} session
 * @param {number} now
 */
function watch(session, now) {
  const { link, pausedBy, timers } = session;
  if (link?.connected === undefined) return;
  if (pausedBy !== undefined) watchSlowConsumer(session);
  else if (startHeartbeat(session, now)) timers[LIVENESS] = now + link.connected.silence;
}

/** The timer LIVENESS. @param {Session} session @param {number} now @param {Link} link */
function handleLivenessTimeout(session, now, link) {
  const silence = Number(link.connected?.silence);
  // A plain server that does not answer the JSON `ping` sends frames only with events: every byte
  // counts.
  const countsBytes = session.config.protocol === 'ws' && link.heartbeat.isMute;
  const at = silence + (countsBytes ? link.heartbeat.lastByteAt : link.watermark.lastFrameAt);
  if (at > now) session.timers[LIVENESS] = at;
  else cutSilentLink(session, now, 'ping', silence);
}

/** The timer HEARTBEAT. @param {Session} session @param {number} now @param {Link} link */
function handleHeartbeatTimeout(session, now, { heartbeat }) {
  const silence = heartbeat.handleTimeout(now);
  if (silence !== undefined) cutSilentLink(session, now, 'heartbeat', silence);
}

/**
 * The answer to an application ping has come, perhaps with the server's time.
 *
 * @param {Session} session
 * @param {number} now
 * @param {object} [pong]
 */
function handleApplicationPong(session, now, pong) {
  if (applyPong(session, now, pong) && session.link?.heartbeat.handleAnswer('application'))
    startHeartbeat(session, now);
}

/**
 * The server takes our application ping for a request to join a namespace: the client leaves it at
 * once.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleAdmittedPing(session, now) {
  if (!applyPong(session, now)) return;
  session.link?.frames.push(LEAVE_PING_NAMESPACE);
  session.link?.heartbeat.handleAdmittedPing();
}

/**
 * Applies what the answer to an application ping proves; false if none was sent.
 *
 * @param {Session} session
 * @param {number} now
 * @param {object} [pong]
 */
function applyPong({ link, meter }, now, pong) {
  if (!link?.watermark.awaitsPong) return false;
  const proof = link.watermark.handlePong();
  link.sendBacklog.handleArrived(now, proof?.written ?? 0);
  meter?.handlePong(now, proof?.at, pong);
  return true;
}

/**
 * Starts the heartbeat unless silence proves nothing: then it returns false.
 *
 * @param {Session} session
 * @param {number} now
 */
function startHeartbeat(session, now) {
  const { link, pausedBy, suspension } = session;
  const isProof = link?.connected !== undefined && pausedBy === undefined && !suspension.isHidden;
  if (isProof) link.heartbeat.start(now);
  return isProof;
}

/** @param {Session} session @param {number} now @param {string} what @param {number} silence */
function cutSilentLink(session, now, what, silence) {
  cutLink(session, now, `${what} timeout: nothing heard for ${Math.floor(silence)} ms`);
}

export {
  handleAdmittedPing,
  handleApplicationPong,
  handleHeartbeatTimeout,
  handleLivenessTimeout,
  handlePongs,
  handleProgress,
  pollPing,
  setCanPing,
  watch,
};
