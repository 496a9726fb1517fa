/**
 * Socket.IO's Connection State Recovery: what a server needs to resume a session, and what the
 * client has to repeat afterwards.
 *
 * A server that resumes a session restores its subscriptions and channels, too. Some of them the
 * user has ended in the meantime, or so shortly before the loss that the server may not know it:
 * the client ends those once more.
 *
 * The official server keeps what it needs to resume a session after it has done so. If the link of
 * the resumed session is lost without the server's knowledge, the server resumes the session a
 * second time, beside the first. When it then ends the first, it removes the subscriptions of the
 * second as well, and their events are lost. So the client does not resume a session in that case,
 * see `discardResumableSession`.
 *
 * Nor does the client resume a session whose data it has refused (a message above the limit, a
 * violation of the protocol): the server would send the same data again, and the client would
 * refuse it again, until no attempt is left. And a session that the client has requested several
 * times in a row without progress may contain something that one of both sides cannot process.
 */

/** @import { Failure } from '../contract.js' */

/**
 * How many ended subscriptions, and how many left channels, are remembered. The server has long
 * known about older ones.
 */
const MAX_ENDED = 256;
/** After this many requests without progress the client begins a new session instead. */
const MAX_FRUITLESS_JOINS = 3;

/** A session that the server may resume. */
class Recovery {
  pid;
  /** The offset of the latest packet, any JSON value. @type {unknown} */
  offset;
  /** The server may have resumed it on the link that carries it. */
  mayBeResumed = false;
  /**
   * How many times the client has requested it since its last progress: an event or a connection.
   */
  fruitlessJoins = 0;
  /**
   * The server's ids of ended subscriptions, which the client ends once more.
   *
   * @type {Set<string>}
   */
  ended = new Set();
  /** Channels that the user has left. @type {Set<string>} */
  left = new Set();

  /** @param {string} pid */
  constructor(pid) {
    this.pid = pid;
  }

  /**
   * The client requests the session. Undefined: it did that so often in vain that it should begin a
   * new one.
   */
  request() {
    if (this.fruitlessJoins >= MAX_FRUITLESS_JOINS) return undefined;
    this.mayBeResumed = true;
    this.fruitlessJoins += 1;
    return this;
  }

  /** A packet with this offset has come. @param {unknown} offset */
  handleOffset(offset) {
    this.offset = offset;
    this.fruitlessJoins = 0;
  }

  /** A subscription has ended. @param {string} serverId */
  handleUnsubscribe(serverId) {
    add(this.ended, serverId);
  }

  /** The user has left a channel. @param {string} name */
  handleLeave(name) {
    add(this.left, name);
  }
}

/**
 * Whether the loss of a link is our own refusal of what the server sent: recovery would bring the
 * same data again.
 *
 * @param {Failure | undefined} failure
 */
function isRefusal(failure) {
  return failure?.code === 'MESSAGE_TOO_LARGE' || failure?.code === 'PROTOCOL_ERROR';
}

/** @template T @param {Set<T>} queue @param {T} item */
function add(queue, item) {
  queue.add(item);
  // The first one is the oldest.
  if (queue.size > MAX_ENDED) for (const oldest of queue) return queue.delete(oldest);
}

export { isRefusal, Recovery };
