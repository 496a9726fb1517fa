/**
 * Which pings a server answers: its silence means that it is gone only if it answers pings at all.
 *
 * RFC 6455 asks every peer to answer ping frames, but some servers have no handler for them, and
 * some gateways swallow them. So each WebSocket begins with one control ping. If its pong does not
 * come within the heartbeat's interval, the client sends an application ping, which every server
 * answers: on `/ws` the JSON `ping`, on Socket.IO a CONNECT to a namespace that no server has.
 *
 * | the server answers | from then on, while it is quiet |
 * |---|---|
 * | the control ping | the client sends control pings, and an application ping where a pong is overdue |
 * | only the application ping | the client sends application pings |
 * | neither | the client sends nothing: the server's own pings decide |
 *
 * The client remembers over reconnects whether the server has answered. A new connection to such a
 * server that brings nothing after these pings is closed, but only once: the client then forgets
 * what it remembered, so that a gateway that begins to swallow pongs does not cost one connection
 * after the other. The JSON `ping` is a part of `/ws`, so there a server counts as one that
 * answers until it does not.
 *
 * A gateway may also swallow the pongs of an established connection, or all but the first. So if
 * the server does not answer a control ping within half of the heartbeat's timeout, the client
 * sends an application ping for the other half.
 *
 * In browsers, which cannot send control pings, a connection begins with an application ping.
 */

/** @import { Heartbeat } from '../contract.js' */

/**
 * The kinds of pings: a ping frame of RFC 6455, and a message that the server answers.
 *
 * @typedef {'control' | 'application'} PingKind
 */
/**
 * What is known about the server's pongs on one link. Learning: the first ping of this kind is
 * due, or its answer is pending. Doubted: the server has answered control pings, but not the
 * latest one.
 *
 * @typedef {'unknown' | `learning ${PingKind}` | `answers ${PingKind}` | 'doubted' | 'mute'} Pongs
 */

/**
 * After this many consecutive connections that ended at our first ping, the next connection gets
 * no ping: the server may close connections because of it.
 */
const MAX_CONNECTIONS_ENDED = 2;

/** What the session remembers about its peer's pongs over all links. */
class Peer {
  /** Whether the transport of the link can carry our pings. The driver says so for each link. */
  canPing = true;
  /** Whether the runtime can send ping frames. In browsers there are only application pings. */
  sendsControl = true;
  /** The server has answered a ping, on this link or an earlier one. */
  #hasAnswered;
  /** The server has opened the namespace of the application ping: it is never sent again. */
  admitsPings = false;
  /** How many consecutive connections ended while the answer to the first ping was pending. */
  #ended = 0;

  /** @param {'socket.io' | 'ws'} protocol */
  constructor(protocol) {
    this.#hasAnswered = protocol === 'ws';
  }

  /** Whether there is a kind of ping to send. */
  get canAsk() {
    return this.canPing && (this.sendsControl || !this.admitsPings);
  }

  /** What is known about pongs at the start of a link. @returns {Pongs} */
  beginLink() {
    if (this.#ended < MAX_CONNECTIONS_ENDED) return 'unknown';
    this.#ended -= 1;
    return 'mute';
  }

  /** A link has ended while the answer to its first ping was pending. */
  handleEndAtFirstPing() {
    this.#ended = Math.min(this.#ended + 1, MAX_CONNECTIONS_ENDED);
  }

  handleAnswer() {
    this.#hasAnswered = true;
    this.#ended = 0;
  }

  /** Forgets that the server has answered a ping. Returns whether it had. */
  forgetAnswers() {
    const had = this.#hasAnswered;
    this.#hasAnswered = false;
    return had;
  }
}

/** @param {Pongs} pongs */
function isLearning(pongs) {
  return pongs.startsWith('learning');
}

/** Whether the server answers pings. @param {Pongs} pongs */
function areKnown(pongs) {
  return pongs.startsWith('answers') || pongs === 'doubted';
}

/** Which ping to send. @param {Pongs} pongs @returns {PingKind} */
function kindOf(pongs) {
  return pongs.endsWith('application') || pongs === 'doubted' ? 'application' : 'control';
}

/**
 * The state in which the client sends the next kind of ping, if there is one.
 *
 * @param {Pongs} pongs
 * @param {Peer} peer
 * @returns {Pongs | undefined}
 */
function nextPongs(pongs, peer) {
  if (peer.admitsPings) return undefined;
  if (pongs === 'learning control') return 'learning application';
  return pongs === 'answers control' ? 'doubted' : undefined;
}

/**
 * How long to wait for the answer, with the heartbeat's interval and timeout. Both kinds of pings
 * together take as long as the heartbeat allows a quiet peer.
 *
 * @param {Pongs} pongs
 * @param {Peer} peer
 * @param {Heartbeat} heartbeat
 */
function answerTimeout(pongs, peer, { interval, timeout }) {
  const next = nextPongs(pongs, peer);
  if (next === 'learning application') return interval;
  return next !== undefined || pongs === 'doubted' ? timeout / 2 : timeout;
}

/**
 * The state after an answer to this kind of ping; undefined if the answer changes nothing.
 *
 * @param {Pongs} pongs
 * @param {PingKind} kind
 * @returns {Pongs | undefined}
 */
function afterAnswer(pongs, kind) {
  const changes = !pongs.startsWith('answers') || (pongs === 'answers application' && kind === 'control');
  return changes ? `answers ${kind}` : undefined;
}

export { afterAnswer, answerTimeout, areKnown, isLearning, kindOf, nextPongs, Peer };
