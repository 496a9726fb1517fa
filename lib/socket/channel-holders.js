/**
 * What holds a channel besides the user: loops over its messages, which join it if the user has
 * not, and signals that leave it. All of them end with the channel.
 */

import { onAbort } from '../aborts.js';

/** @import { RealtimeError } from '../errors/errors.js' */

class ChannelHolders {
  /** The ends of loops. @type {Map<string, Set<(error?: RealtimeError) => void>>} */
  #loops = new Map();
  /** Channels that are joined for loops alone. @type {Set<string>} */
  #borrowed = new Set();
  /** Ignore the signals of a channel. @type {Map<string, (() => void)[]>} */
  #signals = new Map();

  /** The user joins a channel: it stays joined after the last loop. @param {string} channel */
  keep(channel) {
    this.#borrowed.delete(channel);
  }

  /** @param {string} channel @param {AbortSignal} signal @param {() => void} leave */
  watch(channel, signal, leave) {
    this.#signals.set(channel, [...(this.#signals.get(channel) ?? []), onAbort(signal, leave)]);
  }

  /**
   * A loop begins.
   *
   * @param {string} channel
   * @param {(error?: RealtimeError) => void} end ends the loop
   * @param {boolean} isJoined whether the channel was joined before
   */
  hold(channel, end, isJoined) {
    if (!isJoined) this.#borrowed.add(channel);
    this.#loops.set(channel, (this.#loops.get(channel) ?? new Set()).add(end));
  }

  /**
   * A loop has ended.
   *
   * @param {string} channel
   * @param {(error?: RealtimeError) => void} end
   * @returns {boolean} whether nothing needs the channel any more
   */
  release(channel, end) {
    const loops = this.#loops.get(channel);
    if (!loops?.delete(end) || loops.size > 0) return false;
    this.#loops.delete(channel);
    return this.#borrowed.delete(channel);
  }

  /** The channel is left or refused. @param {string} channel @param {RealtimeError} [error] */
  end(channel, error) {
    const loops = this.#loops.get(channel) ?? [];
    this.#loops.delete(channel);
    this.#borrowed.delete(channel);
    this.#forget(channel);
    for (const end of [...loops]) end(error);
  }

  /** The client is destroyed, and its loops with it. */
  close() {
    for (const channel of [...this.#signals.keys()]) this.#forget(channel);
    this.#loops.clear();
    this.#borrowed.clear();
  }

  /** @param {string} channel */
  #forget(channel) {
    for (const ignore of this.#signals.get(channel) ?? []) ignore();
    this.#signals.delete(channel);
  }
}

export { ChannelHolders };
