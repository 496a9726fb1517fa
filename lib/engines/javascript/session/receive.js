/**
 * Received frames, and what they mean for a session.
 *
 * The rules for frames that a server should not send:
 *
 * - The session reports and skips a frame that it cannot read. During the handshake, it fails the
 *   connection instead.
 * - It ignores packets of other namespaces, unknown events, and replies without a pending request.
 * - It reports an event that is not a valid `RealtimeEvent`, and does not deliver it.
 *
 * In all of these cases it sends the ack that the server asked for.
 */

import { utf8Length } from '#host';
import { ATTACHMENT_MISSING, ATTACHMENT_UNEXPECTED, restoreAttachments } from '../protocol/attachments.js';
import { handleAnswer, reason } from './answers.js';
import { attempt } from './codec/codec.js';
import { answersJoin, awaitedAckOf, decodeAssembled } from './codec/socket-io.js';
import { handleJoined, join } from './connecting.js';
import {
  closeWithServer,
  failHandshake,
  handleRefusal,
  handleServerDisconnect,
  OTHER_PARSER,
} from './disconnecting.js';
import { closeGap, reportLost } from './gap-reports.js';
import { handleAdmittedPing, handleApplicationPong } from './liveness.js';
import { report } from './output.js';
import { isConnected, isJoining, isOpening } from './phase.js';
import { confirmSubscription, handleFailure } from './subscribing.js';
import { ATTACHMENTS } from './tables/timer.js';
import { awaitsRenewal, refusesToken, replaceLink } from './token-renewal.js';

/** @import { DecodeError } from '../protocol/decode-error.js' */
/** @import { Incoming } from './codec/codec.js' */
/** @import { Event } from './contract.js' */
/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/** How long the attachments of a binary packet may take. */
const ATTACHMENTS_TIMEOUT = 10_000;

/**
 * Handles a text frame. Returns the event that it carries, if the user wants the event.
 *
 * If the server asked for an ack of the event, `pollFrame` returns the ack next. So deliver the
 * event before that call.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} frame
 * @param {number} [bytes] of the frame, where they are known
 * @returns {Event | undefined}
 */
function receive(session, now, frame, bytes = utf8Length(frame)) {
  const link = hear(session, now, bytes);
  if (link === undefined) return undefined;
  const { codec } = session;
  const wasOpening = isOpening(session);
  let incoming = attempt(codec.decode, frame, link.assembler);
  link.oweAck(codec.awaitedAck(frame));
  if (incoming === ATTACHMENT_MISSING) {
    // The packet before this frame is lost, but the frame itself is whole.
    skipFrame(session, ATTACHMENT_MISSING);
    incoming = attempt(codec.decode, frame, link.assembler);
  }
  if (incoming.kind === 'event' && !wasOpening) return admit(session, now, incoming.event, incoming.offset);
  handleText(session, now, frame, incoming);
  return undefined;
}

/**
 * Handles a binary frame. Returns the event that it completes, if the user wants the event.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Uint8Array} frame
 * @returns {Event | undefined}
 */
function receiveBinary(session, now, frame) {
  const link = hear(session, now, frame.length);
  if (link === undefined) return undefined;
  const { assembler } = link;
  const assembled = attempt((frame) => assembler.push(frame), frame);
  if (assembled === undefined) return undefined;
  if (assembled.kind === 'unreadable') {
    if (assembled === ATTACHMENT_UNEXPECTED && !isConnected(session)) {
      failHandshake(session, now, `is binary: ${OTHER_PARSER}`);
      return undefined;
    }
    const packet = assembler.skip();
    if (packet !== undefined) {
      noteSkipped(session, packet);
      link.oweAck(awaitedAckOf(packet));
    }
    skipFrame(session, assembled);
    return undefined;
  }
  const { attachments, text } = assembled;
  session.timers[ATTACHMENTS] = Infinity;
  link.oweAck(awaitedAckOf(text));
  const incoming = attempt(decodeAssembled, text);
  if (incoming.kind === 'event') {
    const event = admit(session, now, incoming.event, incoming.offset);
    return event && restoreAttachments(event, attachments);
  }
  if (incoming.kind === 'unreadable') noteSkipped(session, text);
  handleIncoming(session, now, incoming);
  return undefined;
}

/** The timer ATTACHMENTS. @param {Session} session @param {number} now @param {Link} link */
function handleAttachmentsTimeout(session, now, link) {
  const { pausedBy, timers } = session;
  // The attachments may wait in a paused link, or arrive slowly.
  const since = pausedBy === undefined ? link.heartbeat.lastByteAt : now;
  if (since + ATTACHMENTS_TIMEOUT > now) {
    timers[ATTACHMENTS] = since + ATTACHMENTS_TIMEOUT;
    return;
  }
  link.assembler.skip();
  const message = 'the attachments of a binary packet did not come; it was dropped';
  report(session, { code: 'PROTOCOL_ERROR', message });
}

/**
 * A frame has come. Returns the link that brought it.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} bytes
 */
function hear(session, now, bytes) {
  const { gaps, link } = session;
  session.count.bytesReceived += bytes;
  if (link === undefined) return undefined;
  session.watermark = isConnected(session)
    ? link.watermark.provenUntil
    : // A recovered session begins with what the server has sent since the loss.
      (gaps.lostSince ?? session.watermark);
  link.watermark.lastFrameAt = now;
  link.heartbeat.handleBytes(now);
  return link;
}

/**
 * Handles a text frame that is not an event, or cannot be read.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} frame
 * @param {Incoming | DecodeError} incoming
 */
function handleText(session, now, frame, incoming) {
  if (incoming.kind === 'unreadable') {
    if (isJoining(session) && answersJoin(frame))
      return failHandshake(session, now, `cannot be read: ${incoming.message}`);
    noteSkipped(session, frame);
    if (frame.startsWith('45')) session.link?.oweAck(awaitedAckOf(frame.slice(1)));
  }
  handleIncoming(session, now, incoming);
}

/** @param {Session} session @param {number} now @param {Incoming | DecodeError} incoming */
function handleIncoming(session, now, incoming) {
  interpret(session, now, incoming);
  closeGap(session, now);
}

/** @param {Session} session @param {number} now @param {Incoming | DecodeError} incoming */
function interpret(session, now, incoming) {
  const { kind } = incoming;
  if (kind === 'opened' || !isOpening(session)) return INTERPRETERS[kind]?.(session, now, incoming);
  failHandshake(session, now, kind === 'unreadable' ? `cannot be read: ${incoming.message}` : 'is another packet');
}

/**
 * What each meaning does. Events are admitted before that.
 *
 * @type {Record<string, (session: Session, now: number, incoming: any) => void>}
 */
const INTERPRETERS = {
  opened: (session, _, { handshake }) => join(session, handshake),
  ping: answerPing,
  pong: handleApplicationPong,
  pingAdmitted: handleAdmittedPing,
  acked: handleAnswer,
  subscribed: (session, now, { serverId, topic }) => confirmSubscription(session, now, undefined, serverId, topic),
  failed(session, now, { error, message, subscriptionId }) {
    const problem = reason(error, message);
    if (refusesToken(session, subscriptionId)) replaceLink(session, now, problem);
    else handleFailure(session, problem, subscriptionId);
  },
  gap(session, now, gap) {
    if (gap.offset !== undefined) session.recovery?.handleOffset(gap.offset);
    reportLost(session, now, gap);
  },
  joined: handleJoined,
  named({ link }, _, { socketId }) {
    if (link !== undefined) link.socketId = socketId;
  },
  refused(session, now, { refusal }) {
    // The refusal of the ping's namespace, from a server that does not name it.
    if (isConnected(session) && session.link?.watermark.awaitsPong) handleApplicationPong(session, now);
    // A page reads it with code that it loads first.
    else if (refusal instanceof Promise) session.outputs.push({ kind: 'refusal', refusal });
    else handleRefusal(session, now, refusal);
  },
  disconnected(session, now) {
    // Some deployments disconnect a client whose token has expired.
    if (awaitsRenewal(session, now)) closeWithServer(session, now);
    else handleServerDisconnect(session, now);
  },
  closed: closeWithServer,
  binaryStarted({ timers }, now) {
    timers[ATTACHMENTS] = now + ATTACHMENTS_TIMEOUT;
  },
  unreadable: (session, _, problem) => skipFrame(session, problem),
};

/**
 * Counts an event, and returns it if the user gets it.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Event} event
 * @param {unknown} offset
 */
function admit(session, now, event, offset) {
  const { count, interest } = session;
  count.eventsReceived += 1;
  if (offset !== undefined) session.recovery?.handleOffset(offset);
  // The stage does not matter: a recovered session receives its missed events before the reply to
  // its CONNECT.
  const isWanted = interest.includes(event.topic)
    ? session.wants(event)
    : interest.includesMessages() && session.messaging?.isMessage(event);
  if (!isWanted) count.droppedUnwanted += 1;
  else if (session.dedupe.insert(event.id)) {
    session.meter?.handleEvent(now, event);
    return event;
  } else count.droppedRepeats += 1;
  return undefined;
}

/**
 * The server has sent a ping. One answer is enough for all pings since the link last accepted a
 * frame, so a flood of pings needs no memory.
 *
 * @param {Session} session
 * @param {number} now
 * @param {{ text: string }} ping
 */
function answerPing({ link }, now, { text }) {
  if (link === undefined) return;
  link.pong = `3${text}`;
  // A ping with a text is a probe, not the server's heartbeat.
  if (text === '') link.watermark.handleServerPing(now);
}

/**
 * Counts a skipped event as received, so that a recovered session does not bring it again.
 *
 * @param {Session} session
 * @param {string} text
 */
function noteSkipped({ codec, recovery }, text) {
  const offset = codec.offset(text);
  if (offset !== undefined) recovery?.handleOffset(offset);
}

/** Reports a frame that is skipped. @param {Session} session @param {DecodeError} problem */
function skipFrame(session, { code, message }) {
  if (!session.link?.assembler.isPending()) session.timers[ATTACHMENTS] = Infinity;
  report(session, { code, message: `the server sent a frame that was skipped: ${message}` });
}

export { handleAttachmentsTimeout, receive, receiveBinary };
