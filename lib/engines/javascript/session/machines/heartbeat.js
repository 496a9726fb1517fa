/**
 * Whether a quiet peer is still there: the client sends it a ping, and disconnects when nothing
 * comes back.
 *
 * Bytes count, not messages: a large message that arrives slowly is a sign of life, and so is a
 * pong. Which ping to send, and whether a missing answer means anything, depends on what this
 * server has answered before: see `peer.js`. The session watches the server's own pings separately
 * (the timer LIVENESS), since a proxy may answer ours in place of a dead server. Long-polling has
 * only the server's pings.
 *
 * A ping that waits in line is answered late. So the client sends a ping only after the link has
 * written everything before it, and allows time for the bytes that are still in the network: see
 * `send-backlog.js`.
 */

import { afterAnswer, answerTimeout, areKnown, isLearning, kindOf, nextPongs } from './peer.js';
import { MAX_ALLOWANCE } from './send-backlog.js';

/** @import { Heartbeat } from '../contract.js' */
/** @import { Peer, PingKind, Pongs } from './peer.js' */
/** @import { SendBacklog } from './send-backlog.js' */

/** The heartbeat of one link. It is idle until {@link HeartbeatMonitor.start}. */
class HeartbeatMonitor {
  /** @type {Heartbeat | undefined} */
  #config;
  /**
   * Whether a ping is due or sent. While the link makes progress with a large message before a due
   * ping, silence proves nothing.
   *
   * @type {'listening' | 'due' | 'sent'}
   */
  #beat = 'listening';
  #sentAt = 0;
  /** When {@link handleTimeout} is due. @type {number | undefined} */
  deadline;
  /** @type {Pongs} */
  #pongs;
  /** How many pongs have come over the link. */
  #pongCount = 0;
  /** When the latest bytes came. */
  #lastByteAt;

  /** @param {number} now @param {Heartbeat | undefined} config @param {Pongs} pongs */
  constructor(now, config, pongs) {
    this.#config = config;
    this.#pongs = pongs;
    this.#lastByteAt = now;
  }

  get lastByteAt() {
    return this.#lastByteAt;
  }

  /** Whether the server answers pings. */
  get isAnswered() {
    return areKnown(this.#pongs);
  }

  /** Whether the server answers no pings. */
  get isMute() {
    return this.#pongs === 'mute';
  }

  /** Whether the answer to the first ping is pending. */
  get awaitsFirstAnswer() {
    return isLearning(this.#pongs) && this.#beat === 'sent';
  }

  /** Whether a ping has to be sent, before any other frame: see {@link pollPing}. */
  get isPingDue() {
    return this.#beat === 'due';
  }

  /**
   * Bytes of any kind have come from the peer.
   *
   * @param {number} now
   * @param {Peer} peer
   * @param {SendBacklog} backlog
   */
  handleBytes(now, peer, backlog) {
    this.#lastByteAt = now;
    // While the client learns what the server answers, only an answer counts.
    if (this.#beat !== 'listening' && areKnown(this.#pongs)) {
      if (this.#pongs === 'doubted') this.#pongs = 'answers application';
      this.start(now, peer, backlog);
    }
  }

  /**
   * The peer has answered `count` control pings on this link. Returns whether that changes which
   * pings to send; the heartbeat is then stopped.
   *
   * @param {number} count
   * @param {Peer} peer
   */
  handlePongs(count, peer) {
    if (count <= this.#pongCount) return false;
    this.#pongCount = count;
    return this.handleAnswer('control', peer);
  }

  /**
   * The server has answered a ping. Returns as {@link handlePongs} does.
   *
   * @param {PingKind} kind
   * @param {Peer} peer
   */
  handleAnswer(kind, peer) {
    peer.handleAnswer();
    const pongs = afterAnswer(this.#pongs, kind);
    if (pongs === undefined) return false;
    this.#pongs = pongs;
    this.stop();
    return true;
  }

  /** The server has opened the namespace of the application ping. @param {Peer} peer */
  handleAdmittedPing(peer) {
    peer.handleAdmittedPing();
    if (this.#pongs !== 'answers control') {
      this.#pongs = 'mute';
      this.stop();
    }
  }

  /**
   * The deadline has passed. Returns how long the peer has been silent if it is gone.
   *
   * @param {number} now
   * @param {Peer} peer
   * @param {SendBacklog} backlog
   */
  handleTimeout(now, peer, backlog) {
    if (this.#config === undefined) return undefined;
    const { interval, timeout } = this.#config;
    const silence = now - this.#lastByteAt;
    if (this.#beat === 'listening') {
      // While many bytes are in the network the ping is sent all the same: its answer tells how
      // many of them have arrived.
      if (silence < interval && backlog.allowance(now) === 0) this.deadline = this.#lastByteAt + interval;
      else this.#requestPing(now, timeout, backlog);
    } else if (this.#beat === 'due') {
      const stuckAt = this.#stuckAt(timeout, backlog);
      if (stuckAt <= now) return silence;
      this.deadline = stuckAt;
    } else {
      const next = nextPongs(this.#pongs, peer);
      if (next !== undefined) {
        this.#pongs = next;
        this.#requestPing(now, timeout, backlog);
      } else if (isLearning(this.#pongs)) {
        this.stop();
        this.#pongs = 'mute';
        return peer.forgetAnswers() && this.#lastByteAt <= this.#sentAt ? silence : undefined;
      } else return silence;
    }
    return undefined;
  }

  /**
   * Waits for the peer to become quiet. The first call on a link sends a ping at once, to learn
   * which pings the server answers.
   *
   * @param {number} now
   * @param {Peer} peer
   * @param {SendBacklog} backlog
   */
  start(now, peer, backlog) {
    this.#lastByteAt = now;
    if (this.#config === undefined || !peer.canAsk || this.isMute) return this.stop();
    const { interval, timeout } = this.#config;
    if (areKnown(this.#pongs)) {
      this.#beat = 'listening';
      this.deadline = now + interval;
    } else if (this.#beat === 'sent') {
      this.deadline = now + answerTimeout(this.#pongs, peer, interval, timeout);
    } else {
      this.#beginLearning(peer);
      this.#requestPing(now, timeout, backlog);
    }
  }

  /**
   * Sends the first ping before CONNECT, so that the client knows what the server answers once the
   * connection is ready. An application ping waits until then: a server that does not name its
   * namespace would seem to refuse the connection.
   *
   * @param {Peer} peer
   */
  pingAhead(peer) {
    if (this.#config !== undefined && peer.canPing && peer.sendsControl && this.#beginLearning(peer))
      this.#beat = 'due';
  }

  stop() {
    this.#beat = 'listening';
    this.deadline = undefined;
  }

  /**
   * The ping to send now. Call this when the link has written everything before it.
   *
   * @param {number} now
   * @param {boolean} isConnected
   * @param {Peer} peer
   * @param {SendBacklog} backlog
   * @returns {PingKind | undefined}
   */
  pollPing(now, isConnected, peer, backlog) {
    if (this.#config === undefined || !this.isPingDue) return undefined;
    const { interval, timeout } = this.#config;
    this.#beat = 'sent';
    this.#sentAt = now;
    // Until the connection is ready, `connectTimeout` bounds the wait for an answer.
    const wait = backlog.allowance(now) + answerTimeout(this.#pongs, peer, interval, timeout);
    this.deadline = isConnected ? now + wait : undefined;
    return kindOf(this.#pongs);
  }

  /**
   * Begins to learn which pings the server answers; false if that has begun before.
   *
   * @param {Peer} peer
   */
  #beginLearning(peer) {
    if (this.#pongs !== 'unknown') return false;
    this.#pongs = peer.sendsControl ? 'learning control' : 'learning application';
    return true;
  }

  /** @param {number} now @param {number} timeout @param {SendBacklog} backlog */
  #requestPing(now, timeout, backlog) {
    this.#beat = 'due';
    this.deadline = Math.max(this.#stuckAt(timeout, backlog), now + timeout);
  }

  /**
   * When a link that neither sends nor receives anything counts as dead.
   *
   * @param {number} timeout
   * @param {SendBacklog} backlog
   */
  #stuckAt(timeout, backlog) {
    return Math.max(this.#lastByteAt, backlog.progressAt) + MAX_ALLOWANCE + timeout;
  }
}

export { HeartbeatMonitor };
