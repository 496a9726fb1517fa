/** The transitions from idle to connected. `disconnecting.js` has the way back. */

import { SOCKET_IO_2 } from '../protocol/versions.js';
import { Codec } from './codec/codec.js';
import { failHandshake } from './disconnecting.js';
import { resumeGap } from './gap-reports.js';
import { Link } from './link.js';
import { watch } from './liveness.js';
import { Backoff } from './machines/backoff.js';
import { HeartbeatMonitor } from './machines/heartbeat.js';
import { Recovery } from './machines/recovery.js';
import { announce, hasHangUp, report } from './output.js';
import { enter, isOpening, open } from './phase.js';
import { endSubscription, requestSubscription } from './subscribing.js';
import { Acks } from './tables/acks.js';
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
  if (session.phase !== 'dialing' || hasHangUp(session)) return;
  const { config, peer } = session;
  const link = new Link(
    now,
    new Codec(config.protocol, config.maxMessageBytes),
    new HeartbeatMonitor(now, config.heartbeat, peer.beginLink()),
    new Acks(session.nextAckId),
    session.pausedBy,
  );
  open(session, link);
  if (config.protocol === 'ws') {
    link.timers.set(PLAIN_PING, now + PLAIN_PING_INTERVAL);
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
  session.timers.set(CONNECT, now + session.config.connectTimeout);
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
  link.frames.push(`${link.codec.join(JSON.stringify(credentials(session)))}`);
  link.stage = { name: 'joining', handshake };
  if (session.pausedBy === undefined) link.heartbeat.pingAhead(session.peer);
}

/** The payload of CONNECT. @param {Session} session */
function credentials(session) {
  const { applicationId, environment } = session.config;
  const token = session.tokens.present()?.text;
  if (session.recovery?.isFruitless) session.recovery = undefined;
  const { recovery } = session;
  recovery?.handleJoin();
  return { applicationId, environment, offset: recovery?.offset, pid: recovery?.pid, token };
}

/**
 * The server has answered CONNECT: the namespace is joined.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string | undefined} socketId
 * @param {string | undefined} pid
 */
function handleJoined(session, now, socketId, pid) {
  const { link, recovery: former } = session;
  if (link?.stage.name !== 'joining')
    return report(session, { code: 'PROTOCOL_ERROR', message: 'the server sent a CONNECT that was not asked for' });
  if (socketId === undefined) return failHandshake(session, now, `has no \`sid\`: ${SOCKET_IO_2}`);
  link.socketId = socketId;
  const { pingInterval: interval, pingTimeout: timeout, maxPayload } = link.stage.handshake;
  const isRecovered = former !== undefined && pid === former.pid;
  if (isRecovered) {
    former.handleResumed();
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
 * @param {Omit<Connected, 'name' | 'since'>} connected
 * @param {boolean} isRecovered
 */
function enterConnected(session, now, connected, isRecovered) {
  const { link } = session;
  if (link !== undefined) {
    link.stage = { name: 'connected', since: now, ...connected };
    link.watermark.handleConnected(session.pausedBy !== undefined || session.config.readsLate === true);
  }
  session.timers.clear(CONNECT);
  watch(session, now);
  session.backoff.handleConnected();
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
  const left = recovery.leftChannels();
  for (const serverId of recovery.endedSubscriptions()) endSubscription(session, serverId, now + REPEATED_END_TIMEOUT);
  for (const name of left) session.messaging?.repeatLeave(name, now + REPEATED_END_TIMEOUT);
}

/** The timer PLAIN_PING. @param {Session} session @param {number} now */
function sendPlainPing({ link }, now) {
  if (link === undefined) return;
  link.frames.push(link.codec.ping());
  link.watermark.handlePingSent(now, link.sendBacklog.written);
  link.timers.set(PLAIN_PING, now + PLAIN_PING_INTERVAL);
}

export { connect, dial, handleJoined, handleOpen, join, REPEATED_END_TIMEOUT, sendPlainPing };
