/**
 * Membership of channels: which channels the client has joined, for the user or for loops over
 * their messages. It tells presence when the server confirms a channel, and when a channel ends.
 */

import { onAbort } from '../aborts.js';
import { callEngine, RealtimeError } from '../errors/errors.js';
import { isOfLiveConnection } from '../events/live-gap.js';
import { own } from '../own.js';
import { aborted } from './calls.js';

/** @import { Dispatch } from '../events/dispatch.js' */
/** @import { Engine } from '../engines/engine.js' */
/** @import { SocketCalls } from './calls.js' */
/** @import { Presence } from './presence.js' */

/**
 * A channel that the client has joined. Its loops and signals end with it.
 *
 * @typedef {object} Joined
 * @property {boolean} isBorrowed whether it is joined for its loops alone
 * @property {Set<(error?: RealtimeError) => void>} loops the functions that end its loops
 * @property {(() => void)[]} signals the functions that ignore its signals
 */

class Membership {
  #client;
  #parts;
  #calls;
  #presence;
  #onEnd;
  /** The channels that the client has joined. @type {Map<string, Joined>} */
  #channels = new Map();

  /**
   * @param {{ readonly connected: boolean }} client
   * @param {{ engine: Engine, dispatch: Dispatch }} parts of the client
   * @param {SocketCalls} calls
   * @param {Presence} presence
   * @param {() => void} onEnd called after a channel was left or refused
   */
  constructor(client, parts, calls, presence, onEnd) {
    this.#client = client;
    this.#parts = parts;
    this.#calls = calls;
    this.#presence = presence;
    this.#onEnd = onEnd;
  }

  /** Whether the client has joined a channel. @param {string} channel */
  has(channel) {
    return this.#channels.has(channel);
  }

  /**
   * @param {string} channel
   * @param {AbortSignal} [signal] leaves it
   * @param {boolean} [isBorrowed] whether a loop joins it, and not the user
   */
  join(channel, signal, isBorrowed = false) {
    const call = callEngine(() => this.#parts.engine.joinChannel(channel));
    const join = this.#calls.open(call, toMembership, channel, { channel });
    const joined = this.#channels.get(channel) ?? { isBorrowed, loops: new Set(), signals: [] };
    joined.isBorrowed = isBorrowed;
    this.#channels.set(channel, joined);
    if (signal)
      joined.signals.push(
        onAbort(signal, () => {
          this.#calls.take(call);
          join.reject(aborted('SocketClient.joinChannel(): ', signal, {}));
          this.#leave(channel);
        }),
      );
    return join.promise;
  }

  /** @param {string} channel */
  leave(channel) {
    const call = callEngine(() => this.#parts.engine.leaveChannel(channel));
    this.end(channel);
    this.#parts.dispatch.subscriptionsChanged();
    return this.#calls.open(call, toNothing, channel, { channel }).promise;
  }

  /**
   * Keeps a channel joined for a loop. The loop ends with the channel.
   *
   * @param {string} channel
   * @param {(error?: RealtimeError) => void} end
   * @returns {() => void} leaves the channel, unless the user has joined it
   */
  hold(channel, end) {
    // A refusal ends the loop; other failures are those of the connection.
    if (!this.has(channel)) this.join(channel, undefined, true).catch(() => {});
    const joined = /** @type {Joined} */ (this.#channels.get(channel));
    joined.loops.add(end);
    return () => {
      joined.loops.delete(end);
      const isUnused = joined.isBorrowed && joined.loops.size === 0;
      if (isUnused && this.#channels.get(channel) === joined) this.#leave(channel);
    };
  }

  /** Registers for what concerns channels. @param {Dispatch} dispatch */
  register(dispatch) {
    dispatch.register('joined', ({ channel }) => this.refresh([channel]));
    dispatch.register('gap', (gap) => {
      if (isOfLiveConnection(gap)) this.refresh(gap.channels);
    });
    dispatch.register('error', (report) => this.refused(report));
  }

  /**
   * Ends the membership of the channel that a report is about, if the server refuses the channel.
   *
   * @param {{ code?: string, message: string }} report
   * @param {RealtimeError} [error] made of the report
   */
  refused(report, error) {
    const channel = own(report, 'channel');
    if (report.code === 'CHANNEL_DENIED' && channel !== undefined)
      this.end(channel, error ?? RealtimeError.from(report));
  }

  /**
   * The server refuses a channel, or (without an error) the client leaves it.
   *
   * @param {string} channel
   * @param {RealtimeError} [error]
   */
  end(channel, error) {
    const joined = this.#channels.get(channel);
    this.#channels.delete(channel);
    for (const ignore of joined?.signals ?? []) ignore();
    for (const end of joined?.loops ?? []) end(error);
    this.#presence.left(channel);
    this.#onEnd();
  }

  /**
   * The server has confirmed channels, or their events may have been missed: their rosters are read
   * again, now or after the next connect().
   *
   * @param {string[]} channels
   */
  refresh(channels) {
    if (!this.#client.connected) return;
    for (const channel of channels) if (this.has(channel)) this.#presence.joined(channel);
  }

  /** The client was destroyed: its loops and signals end without leaving a channel. */
  close() {
    for (const { signals } of this.#channels.values()) {
      for (const ignore of signals) ignore();
    }
    this.#channels.clear();
  }

  /** @param {string} channel */
  #leave(channel) {
    // Nothing waits for the answer.
    this.leave(channel).catch(() => {});
  }
}

/** @param {any} answer @param {string} channel */
function toMembership(answer, channel) {
  return { channel, memberCount: own(answer, 'memberCount') };
}

/** What a call without a result resolves with. */
function toNothing() {}

export { Membership };
