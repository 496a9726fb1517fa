/** The transitions from idle to connected. `disconnecting.js` has the way back. */

import { SOCKET_IO_2 } from '../protocol/versions.js';
import { failHandshake } from './disconnecting.js';
import { resumeGap } from './gap-reports.js';
import { Link } from './link.js';
import { watch } from './liveness.js';
import { Backoff } from './machines/backoff.js';
import { Recovery } from './machines/recovery.js';
import { announce, report } from './output.js';
import { enter, isJoining, isOpening } from './phase.js';
import { endSubscription, requestSubscription } from './subscribing.js';
import { CONNECT, PLAIN_PING } from './tables/timer.js';
import { beginWithToken, connectedWithToken, hasToken } from './token-renewal.js';

/** @import { Handshake } from '../protocol/engine-io.js' */
/** @import { Connected } from './link.js' */
/** @import { Session } from './session.js' */

/** How often the client pings on the plain protocol, and how long the server may then be silent. */
const PLAIN_PING_INTERVAL = 25_000;
const PLAIN_PING_TIMEOUT = 20_000;
/** How long to ignore replies to a repeated unsubscribe or leave. */
const REPEATED_END_TIMEOUT = 30_000;

/**
 * Starts connecting. Does nothing unless the session is idle.
 *
 * @param {Session} session
 * @param {number} now
 */
function connect(session, now) {
  if (session.phase !== 'idle') return;
  session.backoff = new Backoff();
  if (session.past === 'connected') session.past = 'connected earlier';
  session.messaging?.handleConnect(now);
  announce(session, 'connecting');
  beginWithToken(session, now);
  dial(session, now);
}

/**
 * The driver has opened the link that the session asked for.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleOpen(session, now) {
  if (session.phase !== 'dialing') return;
  session.phase = 'open';
  session.meter?.handleOpen(now);
  session.link = new Link(session, now);
  if (session.config.protocol === 'ws') {
    session.timers[PLAIN_PING] = now + PLAIN_PING_INTERVAL;
    enterConnected(session, now, { silence: PLAIN_PING_INTERVAL + PLAIN_PING_TIMEOUT }, false);
  }
}

/**
 * Dials a link, or first asks for the token that it needs. During a pause both have to wait.
 *
 * @param {Session} session
 * @param {number} now
 */
function dial(session, now) {
  if (session.pausedBy !== undefined || session.suspension.isSuspended) return enter(session, 'waiting');
  if (!hasToken(session, now)) return enter(session, 'asking');
  enter(session, 'dialing');
  session.timers[CONNECT] = now + session.config.connectTimeout;
  session.config.log?.('dialling');
  session.outputs.push({ kind: 'dial' });
}

/**
 * The Engine.IO handshake has come: the session requests the namespace.
 *
 * @param {Session} session
 * @param {Handshake} handshake
 */
function join(session, handshake) {
  const { link } = session;
  if (link === undefined || !isOpening(session))
    return report(session, { code: 'PROTOCOL_ERROR', message: 'the server sent a second Engine.IO handshake' });
  session.config.log?.('handshake', handshake);
  link.frames.push(`40${JSON.stringify(credentials(session))}`);
  link.handshake = handshake;
  if (session.pausedBy === undefined) link.heartbeat.pingAhead();
}

/** The payload of CONNECT. @param {Session} session */
function credentials(session) {
  const { applicationId, environment } = session.config;
  const token = session.tokens.present()?.text;
  session.recovery = session.recovery?.request();
  const { recovery } = session;
  return { applicationId, environment, offset: recovery?.offset, pid: recovery?.pid, token };
}

/**
 * The server has answered CONNECT: the namespace is joined.
 *
 * @param {Session} session
 * @param {number} now
 * @param {{ socketId: string | undefined, pid: string | undefined }} answer
 */
function handleJoined(session, now, { socketId, pid }) {
  const { link, recovery: former } = session;
  if (link?.handshake === undefined || !isJoining(session))
    return report(session, { code: 'PROTOCOL_ERROR', message: 'the server sent a CONNECT that was not asked for' });
  if (socketId === undefined) return failHandshake(session, now, `has no \`sid\`: ${SOCKET_IO_2}`);
  link.socketId = socketId;
  const { pingInterval: interval, pingTimeout: timeout, maxPayload } = link.handshake;
  const isRecovered = former !== undefined && pid === former.pid;
  if (isRecovered) {
    former.fruitlessJoins = 0;
  } else {
    session.subscriptions.forgetServerIds();
    session.recovery = pid === undefined ? undefined : new Recovery(pid);
  }
  const serverPings = { interval, timeout };
  enterConnected(session, now, { silence: interval + timeout, maxPayload, serverPings }, isRecovered);
  // Last: a request from above may use what would otherwise be ended.
  if (isRecovered) repeatEnds(session, now, former);
}

/**
 * @param {Session} session
 * @param {number} now
 * @param {Omit<Connected, 'since'>} connected
 * @param {boolean} isRecovered
 */
function enterConnected(session, now, connected, isRecovered) {
  const { link } = session;
  if (link !== undefined) {
    link.connected = { since: now, ...connected };
    link.watermark.handleConnected(session.pausedBy !== undefined || session.config.readsLate === true);
  }
  session.timers[CONNECT] = Infinity;
  watch(session, now);
  session.backoff.attempts = 0;
  if (session.past === 'connected') session.count.reconnects += 1;
  session.past = 'connected';
  announce(session, 'connected', undefined, { recovered: isRecovered });
  resumeGap(session, now, isRecovered);
  for (const number of session.subscriptions.numbers()) requestSubscription(session, now, number);
  session.messaging?.handleConnected(now);
  connectedWithToken(session, now);
}

/**
 * Repeats the ends of subscriptions and channels: a recovered session has restored those that the
 * user has ended since.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Recovery} recovery
 */
function repeatEnds(session, now, recovery) {
  const left = [...recovery.left];
  for (const serverId of [...recovery.ended]) endSubscription(session, serverId, now + REPEATED_END_TIMEOUT);
  for (const name of left) session.messaging?.repeatLeave(name, now + REPEATED_END_TIMEOUT);
}

/** The timer PLAIN_PING. @param {Session} session @param {number} now @param {Link} link */
function sendPlainPing({ codec, timers }, now, link) {
  link.frames.push(codec.ping);
  link.watermark.handlePingSent(now, link.sendBacklog.written);
  timers[PLAIN_PING] = now + PLAIN_PING_INTERVAL;
}

export { connect, dial, handleJoined, handleOpen, join, REPEATED_END_TIMEOUT, sendPlainPing };
