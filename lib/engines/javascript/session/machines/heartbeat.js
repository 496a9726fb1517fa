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

import { HEARTBEAT } from '../tables/timer.js';
import { afterAnswer, answerTimeout, areKnown, isLearning, kindOf, nextPongs } from './peer.js';
import { MAX_ALLOWANCE } from './send-backlog.js';

/** @import { Heartbeat } from '../contract.js' */
/** @import { Peer, PingKind, Pongs } from './peer.js' */
/** @import { SendBacklog } from './send-backlog.js' */

/** The heartbeat of one link. It is idle until {@link HeartbeatMonitor.start}. */
class HeartbeatMonitor {
  /** When the latest bytes came. */
  lastByteAt;
  /**
   * Whether a ping is due or sent. While the link makes progress with a large message before a due
   * ping, silence proves nothing.
   *
   * @type {'listening' | 'due' | 'sent'}
   */
  #beat = 'listening';
  #sentAt = 0;
  /** @type {Pongs} */
  #pongs;
  /** How many pongs have come over the link. */
  #pongCount = 0;
  #config;
  #peer;
  #backlog;
  #timers;

  /**
   * @param {number} now
   * @param {Heartbeat | undefined} config
   * @param {Peer} peer
   * @param {SendBacklog} backlog
   * @param {number[]} timers the heartbeat keeps the timer HEARTBEAT
   */
  constructor(now, config, peer, backlog, timers) {
    this.lastByteAt = now;
    this.#config = config;
    this.#peer = peer;
    this.#backlog = backlog;
    this.#timers = timers;
    this.#pongs = peer.beginLink();
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

  /** Bytes of any kind have come from the peer. @param {number} now */
  handleBytes(now) {
    this.lastByteAt = now;
    // While the client learns what the server answers, only an answer counts.
    if (this.#beat !== 'listening' && this.isAnswered) {
      if (this.#pongs === 'doubted') this.#pongs = 'answers application';
      this.start(now);
    }
  }

  /**
   * The peer has answered `count` control pings on this link. Returns whether that changes which
   * pings to send; the heartbeat is then stopped.
   *
   * @param {number} count
   */
  handlePongs(count) {
    if (count <= this.#pongCount) return false;
    this.#pongCount = count;
    return this.handleAnswer('control');
  }

  /** The server has answered a ping. Returns as {@link handlePongs} does. @param {PingKind} kind */
  handleAnswer(kind) {
    this.#peer.handleAnswer();
    const pongs = afterAnswer(this.#pongs, kind);
    if (pongs === undefined) return false;
    this.#pongs = pongs;
    this.stop();
    return true;
  }

  /** The server has opened the namespace of the application ping. */
  handleAdmittedPing() {
    this.#peer.admitsPings = true;
    if (this.#pongs !== 'answers control') {
      this.#pongs = 'mute';
      this.stop();
    }
  }

  /**
   * The timer HEARTBEAT. Returns how long the peer has been silent if it is gone.
   *
   * @param {number} now
   */
  handleTimeout(now) {
    const { interval = 0 } = this.#config ?? {};
    const silence = now - this.lastByteAt;
    if (this.#beat === 'listening') {
      // While many bytes are in the network the ping is sent all the same: its answer tells how
      // many of them have arrived.
      if (silence < interval && this.#backlog.allowance(now) === 0)
        this.#timers[HEARTBEAT] = this.lastByteAt + interval;
      else this.#requestPing(now);
    } else if (this.#beat === 'due') {
      if (this.#stuckAt <= now) return silence;
      this.#timers[HEARTBEAT] = this.#stuckAt;
    } else {
      const next = nextPongs(this.#pongs, this.#peer);
      if (next !== undefined) {
        this.#pongs = next;
        this.#requestPing(now);
      } else if (isLearning(this.#pongs)) {
        this.stop();
        this.#pongs = 'mute';
        return this.#peer.forgetAnswers() && this.lastByteAt <= this.#sentAt ? silence : undefined;
      } else return silence;
    }
    return undefined;
  }

  /**
   * Waits for the peer to become quiet. The first call on a link sends a ping at once, to learn
   * which pings the server answers.
   *
   * @param {number} now
   */
  start(now) {
    this.lastByteAt = now;
    if (this.#config === undefined || !this.#peer.canAsk || this.isMute) return this.stop();
    if (this.isAnswered) {
      this.#beat = 'listening';
      this.#timers[HEARTBEAT] = now + this.#config.interval;
    } else if (this.#beat === 'sent') {
      this.#timers[HEARTBEAT] = now + answerTimeout(this.#pongs, this.#peer, this.#config);
    } else {
      this.#beginLearning();
      this.#requestPing(now);
    }
  }

  /**
   * Sends the first ping before CONNECT, so that the client knows what the server answers once the
   * connection is ready. An application ping waits until then: a server that does not name its
   * namespace would seem to refuse the connection.
   */
  pingAhead() {
    const { canPing, sendsControl } = this.#peer;
    if (this.#config !== undefined && canPing && sendsControl && this.#beginLearning()) this.#beat = 'due';
  }

  stop() {
    this.#beat = 'listening';
    this.#timers[HEARTBEAT] = Infinity;
  }

  /**
   * The ping to send now. Call this when the link has written everything before it.
   *
   * @param {number} now
   * @param {boolean} isConnected
   * @returns {PingKind | undefined}
   */
  pollPing(now, isConnected) {
    if (this.#config === undefined || !this.isPingDue) return undefined;
    this.#beat = 'sent';
    this.#sentAt = now;
    // Until the connection is ready, `connectTimeout` bounds the wait for an answer.
    const wait = this.#backlog.allowance(now) + answerTimeout(this.#pongs, this.#peer, this.#config);
    this.#timers[HEARTBEAT] = isConnected ? now + wait : Infinity;
    return kindOf(this.#pongs);
  }

  /** Begins to learn which pings the server answers; false if that has begun before. */
  #beginLearning() {
    if (this.#pongs !== 'unknown') return false;
    this.#pongs = this.#peer.sendsControl ? 'learning control' : 'learning application';
    return true;
  }

  /** @param {number} now */
  #requestPing(now) {
    this.#beat = 'due';
    this.#timers[HEARTBEAT] = Math.max(this.#stuckAt, now + this.#timeout);
  }

  /** When a link that neither sends nor receives anything counts as dead. */
  get #stuckAt() {
    return Math.max(this.lastByteAt, this.#backlog.progressAt) + MAX_ALLOWANCE + this.#timeout;
  }

  get #timeout() {
    return /** @type {Heartbeat} */ (this.#config).timeout;
  }
}

export { HeartbeatMonitor };
