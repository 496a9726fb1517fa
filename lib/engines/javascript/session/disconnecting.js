/** How a link ends, and what follows: another attempt, or idleness. */

import { dial } from './connecting.js';
import { beginGap, forgetGaps } from './gap-reports.js';
import { isRefusal } from './machines/recovery.js';
import { announce, hangUp, report } from './output.js';
import { cutSlowConsumer } from './pausing.js';
import { enter, isConnected, isJoining, isOpening } from './phase.js';
import { CONNECT, RECONNECT, TOKEN } from './tables/timer.js';

/** @import { Refusal } from './codec/refusal.js' */
/** @import { Failure } from './contract.js' */
/** @import { Session } from './session.js' */

/** Why a server may send packets that this client cannot read. */
const OTHER_PARSER =
  'it may use another parser, such as socket.io-msgpack-parser, which this client does not speak; it needs the default one';

/**
 * Ends the connection, or the attempts to make one, until the user connects again. Subscriptions
 * stay.
 *
 * @param {Session} session
 * @param {string} [reason]
 */
function disconnect(session, reason = 'client disconnect') {
  // The client drops events that wait for the user, so it must not recover a session whose server
  // takes them for delivered.
  session.recovery = undefined;
  if (session.phase === 'idle') return;
  hangUp(session, isConnected(session) ? session.codec.farewell : undefined);
  goIdle(session, reason);
}

/**
 * As {@link disconnect}, and fails the calls that could wait without a connection.
 *
 * @param {Session} session
 * @param {string} [reason]
 */
function abandon(session, reason) {
  disconnect(session, reason);
  session.messaging?.abandon();
}

/** Ends everything and forgets all subscriptions. @param {Session} session */
function destroy(session) {
  abandon(session);
  session.subscriptions.clear();
  session.messaging?.forget();
  forgetGaps(session);
}

/**
 * The dial has failed, or the link is lost. `reason` is for the `connection` event; the session
 * reports the error separately.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {Failure} [failure]
 */
function handleDisconnect(session, now, reason, failure) {
  if (hasLink(session)) endLink(session, now, reason, failure);
}

/**
 * The server has closed the link without a reason.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 */
function handleClose(session, now, reason) {
  if (hasLink(session)) endClosedLink(session, now, reason);
}

/**
 * Discards a session that was resumed, since its link is closed or cut off and the server may take
 * that link to be alive. Call this before the link is closed.
 *
 * @param {Session} session
 */
function discardResumableSession(session) {
  if (isSessionAtStake(session) && session.recovery?.mayBeResumed) session.recovery = undefined;
}

/**
 * The server refuses the namespace.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Refusal} refusal
 */
function handleRefusal(session, now, { text, isAboutToken, retryAfter }) {
  hangUp(session);
  /** @type {Failure} */
  const failure = {
    code: isAboutToken ? 'AUTH_FAILED' : 'CONNECT_REFUSED',
    message: `the server refused the connection: ${text}`,
    outlook: isAboutToken ? 'permanent' : undefined,
    ...(retryAfter === undefined ? undefined : { retryAfter }),
  };
  endAttempt(session, now, `refused by the server: ${text}`, failure, isAboutToken);
}

/**
 * The server has sent something that no connection begins with.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} problem
 */
function failHandshake(session, now, problem) {
  const what = isOpening(session)
    ? "the server's first message, which must be the Engine.IO handshake,"
    : "the server's answer to CONNECT";
  const message = `${what} ${problem}`;
  hangUp(session);
  endAttempt(session, now, message, { code: 'PROTOCOL_ERROR', message });
}

/**
 * The server ends the session on purpose. The client connects again only if the user wants that.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleServerDisconnect(session, now) {
  hangUp(session);
  session.recovery = undefined;
  endAttempt(session, now, 'server disconnect', undefined, !session.config.reconnect.afterServerDisconnect);
}

/**
 * The server closes the session: the client closes the link.
 *
 * @param {Session} session
 * @param {number} now
 */
function closeWithServer(session, now) {
  hangUp(session);
  endClosedLink(session, now, 'closed by the server');
}

/** The timer CONNECT. @param {Session} session @param {number} now */
function handleConnectTimeout(session, now) {
  // The answer may wait in the link.
  const { link, pausedBy } = session;
  if (pausedBy !== undefined && link !== undefined) return cutSlowConsumer(session, now, link);
  const awaited = isOpening(session)
    ? 'the Engine.IO handshake'
    : isJoining(session)
      ? 'the answer to CONNECT'
      : 'the WebSocket';
  const message = `no connection within ${session.config.connectTimeout} ms, while waiting for ${awaited}`;
  cutLink(session, now, 'connect timeout', { code: 'TIMEOUT', message });
}

/**
 * Closes the link without the server's knowledge.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {Failure} [failure]
 */
function cutLink(session, now, reason, failure) {
  discardResumableSession(session);
  hangUp(session, undefined, false);
  endAttempt(session, now, reason, failure);
}

/**
 * The link or the dial has ended. The session waits for the next attempt, or becomes idle.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {Failure} [failure]
 * @param {boolean} [terminal]
 */
function endAttempt(session, now, reason, failure, terminal) {
  const { backoff, config, link } = session;
  if (link?.connected !== undefined) backoff.handleLoss(now - link.connected.since);
  if (isRefusal(failure) && isSessionAtStake(session)) session.recovery = undefined;
  if (link?.heartbeat.awaitsFirstAnswer) session.peer.handleEndAtFirstPing();
  dropLink(session, reason);
  if (session.tokens.handleFailure(failure)) return redial(session, now, reason);
  if (failure !== undefined) report(session, failure);
  if (terminal) return goIdle(session, reason);
  const retryIn = backoff.next(config.reconnect, failure?.retryAfter, session.random);
  if (retryIn === undefined) {
    if (config.reconnect.enabled) {
      const { attempts } = backoff;
      const plural = attempts === 1 ? '' : 's';
      const message = `gave up after ${attempts} reconnection attempt${plural}; the last one: ${reason}`;
      report(session, { code: 'RECONNECT_FAILED', message });
    }
    return goIdle(session, reason);
  }
  session.timers[RECONNECT] = now + retryIn;
  announceRetry(session, reason, backoff.attempts, retryIn);
}

/**
 * Makes another attempt at once.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 */
function redial(session, now, reason) {
  announceRetry(session, reason, session.backoff.attempts + 1, 0);
  dial(session, now);
}

/**
 * @param {Session} session
 * @param {string} reason
 * @param {number} attempt
 * @param {number} retryIn
 */
function announceRetry(session, reason, attempt, retryIn) {
  announce(session, 'reconnecting', reason, { attempt, retryIn: Math.floor(retryIn) });
}

/**
 * Drops the link, if there is one, and everything that belongs to it. The session then waits.
 *
 * @param {Session} session
 * @param {string} reason
 */
function dropLink(session, reason) {
  const { link } = session;
  session.timers[CONNECT] = Infinity;
  session.timers[RECONNECT] = Infinity;
  enter(session, 'waiting');
  if (link !== undefined) {
    if (link.connected !== undefined) beginGap(session, link.watermark.provenUntil, reason);
    session.nextAckId = link.acks.nextId;
  }
  if (session.recovery === undefined) session.subscriptions.forgetServerIds();
  session.messaging?.handleLinkLost(link?.acks.requests() ?? []);
}

/**
 * The session does nothing until the user connects again, so no call may wait for that.
 *
 * @param {Session} session
 * @param {string} reason
 */
function goIdle(session, reason) {
  dropLink(session, reason);
  enter(session, 'idle');
  session.tokens.wanted = undefined;
  session.timers[TOKEN] = Infinity;
  session.messaging?.abandon();
  announce(session, 'disconnected', reason);
}

/**
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {Failure} [failure]
 */
function endLink(session, now, reason, failure) {
  const { past } = session;
  if (failure === undefined && !isConnected(session))
    failure = { code: 'NETWORK_ERROR', message: `the connection ended before it was ready: ${reason}` };
  // A 403 with a page may be a gateway's, which says nothing about a token that was accepted
  // before. Without such an earlier success, the session takes it to be about the token.
  if (failure?.code === 'UPGRADE_REFUSED' && failure.status === 403 && past === 'never')
    failure = { ...failure, code: 'AUTH_FAILED' };
  const outlook = failure?.outlook;
  endAttempt(session, now, reason, failure, outlook === 'permanent' || (outlook === 'unproven' && past === 'never'));
}

/** @param {Session} session @param {number} now @param {string} reason */
function endClosedLink(session, now, reason) {
  // A server that the client has understood before closes the link for another reason.
  const isFirstAnswer = isJoining(session) && session.past === 'never';
  const message = `the server closed the connection in place of an answer to CONNECT: ${OTHER_PARSER}`;
  endLink(session, now, reason, isFirstAnswer ? { code: 'PROTOCOL_ERROR', message } : undefined);
}

/** Whether there is a link or a dial that can end. @param {Session} session */
function hasLink({ phase }) {
  return phase === 'open' || phase === 'dialing';
}

/**
 * Whether the link carries the resumable session, or has requested it from the server.
 *
 * @param {Session} session
 */
function isSessionAtStake(session) {
  return session.link !== undefined && !isOpening(session);
}

export {
  abandon,
  closeWithServer,
  cutLink,
  destroy,
  discardResumableSession,
  disconnect,
  dropLink,
  endAttempt,
  failHandshake,
  goIdle,
  handleClose,
  handleConnectTimeout,
  handleDisconnect,
  handleRefusal,
  handleServerDisconnect,
  hasLink,
  OTHER_PARSER,
  redial,
};
