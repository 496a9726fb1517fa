/**
 * What the driver says about the bytes on the link, and when the session disconnects because the
 * peer is silent.
 */

import { Codec } from './codec/codec.js';
import { cutLink } from './disconnecting.js';
import { isConnected } from './phase.js';
import { LIVENESS } from './tables/timer.js';

/** @import { Ping } from './contract.js' */
/** @import { Session } from './session.js' */

/** Bytes of any kind have come from the peer. @param {Session} session @param {number} now */
function handleBytes({ link, peer }, now) {
  link?.heartbeat.handleBytes(now, peer, link.sendBacklog);
}

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
  if (session.link?.heartbeat.handlePongs(count, session.peer)) restartHeartbeat(session, now);
}

/**
 * Sets whether the link can carry our pings. Long-polling cannot; a link that moves from
 * long-polling to a WebSocket can from then on. Sessions begin with true.
 *
 * @param {Session} session
 * @param {number} now
 * @param {boolean} canPing
 * @param {boolean} [sendsControl] whether the runtime can send ping frames
 */
function setCanPing(session, now, canPing, sendsControl = true) {
  const { link, peer } = session;
  peer.sendsControl = sendsControl;
  if (peer.canPing === canPing) return;
  peer.canPing = canPing;
  if (canPing && isConnected(session) && session.pausedBy === undefined) restartHeartbeat(session, now);
  else link?.heartbeat.stop();
}

/**
 * Returns the ping to send now. Call this when the link has written everything before it.
 *
 * @param {Session} session
 * @param {number} now
 * @returns {Ping | undefined}
 */
function pollPing(session, now) {
  const { link, peer } = session;
  const kind = link?.heartbeat.pollPing(now, isConnected(session), peer, link.sendBacklog);
  if (link === undefined || kind !== 'application') return kind && { text: undefined };
  link.watermark.handlePingSent(now, link.sendBacklog.written);
  const text = link.codec.ping();
  session.count.bytesSent += text.length;
  return { text };
}

/**
 * Begins to watch for the peer's silence, or for a slow user during a pause.
 *
 * @param {Session} session
 * @param {number} now
 */
function watch(session, now) {
  const { config, link, pausedBy, peer } = session;
  if (link?.connected === undefined) return;
  if (pausedBy !== undefined) return link.watchSlowConsumer(pausedBy, config.maxPause);
  if (session.suspension.isHidden) return;
  link.timers.set(LIVENESS, now + link.connected.silence);
  link.heartbeat.start(now, peer, link.sendBacklog);
}

/** The timer LIVENESS. @param {Session} session @param {number} now */
function handleLivenessTimeout(session, now) {
  const { config, link } = session;
  if (link?.connected === undefined) return;
  const { silence } = link.connected;
  // A plain server that does not answer the JSON `ping` sends frames only with events: every byte
  // counts.
  const countsBytes = config.protocol === 'ws' && link.heartbeat.isMute;
  const last = countsBytes ? link.heartbeat.lastByteAt : link.watermark.lastFrameAt;
  if (last + silence > now) link.timers.set(LIVENESS, last + silence);
  else cutSilentLink(session, now, 'ping', silence);
}

/** The timer HEARTBEAT. @param {Session} session @param {number} now */
function handleHeartbeatTimeout(session, now) {
  const { link, peer } = session;
  const silence = link?.heartbeat.handleTimeout(now, peer, link.sendBacklog);
  if (silence !== undefined) cutSilentLink(session, now, 'heartbeat', silence);
}

/** The answer to an application ping has come. @param {Session} session @param {number} now */
function handleApplicationPong(session, now) {
  if (applyPong(session, now) && session.link?.heartbeat.handleAnswer('application', session.peer))
    restartHeartbeat(session, now);
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
  session.link?.frames.push(Codec.leavePingNamespace());
  session.link?.heartbeat.handleAdmittedPing(session.peer);
}

/**
 * Applies what the answer to an application ping proves; false if none was sent.
 *
 * @param {Session} session
 * @param {number} now
 */
function applyPong({ link }, now) {
  if (!link?.watermark.awaitsPong) return false;
  const written = link.watermark.handlePong();
  if (written !== undefined) link.sendBacklog.handleArrived(now, written);
  return true;
}

/**
 * Starts the heartbeat unless silence proves nothing.
 *
 * @param {Session} session
 * @param {number} now
 */
function restartHeartbeat(session, now) {
  const { link, pausedBy, peer } = session;
  if (link?.connected !== undefined && pausedBy === undefined && !session.suspension.isHidden)
    link.heartbeat.start(now, peer, link.sendBacklog);
}

/** @param {Session} session @param {number} now @param {string} what @param {number} silence */
function cutSilentLink(session, now, what, silence) {
  cutLink(session, now, `${what} timeout: nothing heard for ${Math.floor(silence)} ms`);
}

export {
  handleAdmittedPing,
  handleApplicationPong,
  handleBytes,
  handleHeartbeatTimeout,
  handleLivenessTimeout,
  handlePongs,
  handleProgress,
  pollPing,
  setCanPing,
  watch,
};
