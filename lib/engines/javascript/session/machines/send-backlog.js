/**
 * How long the bytes that the client has written may still take to reach the peer.
 *
 * The operating system accepts megabytes at once, and so do proxies; the line then needs many
 * seconds to carry them. A ping behind them is answered late although nothing is wrong, and this
 * side of the line cannot see that. So the heartbeat allows time for the written bytes, as much as
 * a slow line needs, until the server answers a ping that was sent behind them. A server that
 * answers no pings is not disconnected for its silence, so nothing depends on this allowance
 * there.
 */

/** The slowest line that the allowance is made for: 256 kbit/s. */
const BYTES_PER_MILLISECOND = 32;
/**
 * The longest allowance, so that the client notices a dead peer however much it has written. The
 * server itself waits 20 seconds by default for the answer to its ping, which is behind the same
 * bytes.
 */
const MAX_ALLOWANCE = 30_000;

/** The bytes that were written to a link. */
class SendBacklog {
  /** How many bytes the link has accepted, and the peer has received. */
  written = 0;
  #arrived = 0;
  /** When a slow line has carried all of them. */
  #clearAt = -Infinity;
  /** When the link last accepted bytes. */
  progressAt = -Infinity;

  /** How long from now the written bytes may take to arrive. @param {number} now */
  allowance(now) {
    return Math.max(this.#clearAt - now, 0);
  }

  /** The link has accepted `written` bytes so far. @param {number} now @param {number} written */
  handleWritten(now, written) {
    if (written <= this.written) return;
    this.#clearAt = now + Math.min(this.allowance(now) + timeFor(written - this.written), MAX_ALLOWANCE);
    this.written = written;
    this.progressAt = now;
  }

  /** The peer has received `arrived` bytes so far. @param {number} now @param {number} arrived */
  handleArrived(now, arrived) {
    if (arrived <= this.#arrived) return;
    this.#clearAt = now + Math.min(this.allowance(now), timeFor(Math.max(this.written - arrived, 0)));
    this.#arrived = arrived;
  }
}

/** @param {number} bytes */
function timeFor(bytes) {
  return Math.floor(bytes / BYTES_PER_MILLISECOND);
}

export { MAX_ALLOWANCE, SendBacklog };
