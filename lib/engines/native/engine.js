/**
 * The addon's engine behind the wall of `../engine.d.ts`. It is a reader of the addon's batches, so
 * that `next()` reads an event from them without another call in between.
 */

import { addon } from './addon.js';
import { BatchReader } from './batch/reader.js';
import { addonConfig } from './config.js';
import { sinkOf } from './log.js';
import { WakeHandle } from './wake-queue.js';

/** @import { SubscribeOptions } from '../../../index.js' */
/** @import { Engine, EngineConfig, Message } from '../engine.js' */
/** @import { Log } from '../../log/log.js' */
/** @import { AddonEngine } from './abi.js' */

/** Its callbacks are called at the end of the turn, whatever timers a test fakes. */
const SETTLED = Promise.resolve();

/** @implements {Engine} */
class NativeEngine extends BatchReader {
  #engine;
  #handle;
  #onReady;
  #log;
  #isDestroyed = false;
  /** Whether messages were sent in this turn: the addon's thread is woken for the last ones. */
  #isInBurst = false;

  /**
   * @param {(handle: number) => AddonEngine} create
   * @param {() => void} onReady
   * @param {Log} [log]
   */
  constructor(create, onReady, log) {
    const handle = new WakeHandle(create);
    super(handle.engine);
    this.#engine = handle.engine;
    this.#handle = handle;
    this.#onReady = onReady;
    this.#log = log;
    handle.onReady = () => this.wake();
  }

  /**
   * The addon has something. In the middle of a batch that is only what must not wait until its
   * end.
   */
  wake() {
    if (this.#isDestroyed) return;
    const warning = this.isWithinBatch ? this.#engine.takeSlowWarning() : null;
    if (warning !== null) this.insert(JSON.parse(warning));
    this.#onReady();
  }

  connect() {
    this.#handle.call((engine, queue) => engine.connect(queue));
  }

  disconnect() {
    this.#engine.disconnect();
    this.discardBatch();
  }

  destroy() {
    this.#isDestroyed = true;
    this.release();
    this.#engine.destroy();
    if (this.#log !== undefined) sinkOf(this.#log).close();
  }

  /**
   * @param {string} topic
   * @param {SubscribeOptions['filter']} filter
   * @param {SubscribeOptions['returnMode']} returnMode
   */
  subscribe(topic, filter, returnMode) {
    return this.#engine.subscribe(topic, filter && JSON.stringify(filter), returnMode);
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    const isKnown = this.#engine.unsubscribe(subscriptionId);
    if (isKnown) this.filterBatch();
    return isKnown;
  }

  /** @param {string | null} topic @param {boolean} wanted */
  listen(topic, wanted) {
    this.#engine.listen(topic, wanted);
  }

  /** @param {boolean} wanted */
  listenToMessages(wanted) {
    this.#engine.listenToMessages(wanted);
  }

  /** @param {Message} message */
  emit(message) {
    const { event, payload, attachments, timeout, retry, volatile } = message;
    if (attachments.length > 0) return this.#handle.call((engine, queue) => engine.emit(queue, message));
    const follows = this.#isInBurst;
    if (!follows) {
      this.#isInBurst = true;
      SETTLED.then(() => this.#endBurst());
    }
    // An object costs the addon more to read than all else that it does with a message.
    return this.#handle.call((engine, queue) => engine.send(queue, event, payload, timeout, retry, volatile, follows));
  }

  #endBurst() {
    this.#isInBurst = false;
    this.#engine.endBurst();
  }

  /** @param {string} channel */
  joinChannel(channel) {
    return this.#handle.call((engine, queue) => engine.joinChannel(queue, channel));
  }

  /** @param {string} channel */
  leaveChannel(channel) {
    const call = this.#handle.call((engine, queue) => engine.leaveChannel(queue, channel));
    this.filterBatch();
    return call;
  }

  endOfTurn() {
    this.#engine.endOfTurn();
  }

  tokenState() {
    return this.#engine.tokenState();
  }

  /** @param {string} token */
  provideToken(token) {
    this.#engine.provideToken(token);
  }

  refuseToken() {
    return this.#engine.refuseToken();
  }

  /** @param {number} events */
  hold(events) {
    this.#engine.hold(events);
  }

  takenUntil() {
    return this.#engine.takenUntil();
  }

  ref() {
    this.#handle.hold(true);
  }

  unref() {
    this.#handle.hold(false);
  }

  socketId() {
    return this.#engine.socketId() ?? undefined;
  }

  stats() {
    return this.#engine.stats();
  }

  recording() {
    return this.#engine.recording();
  }
}

/** @param {EngineConfig} config @param {() => void} onReady @returns {Engine} */
function createEngine(config, onReady) {
  return new NativeEngine((handle) => new (addon().Engine)(addonConfig(config), handle), onReady, config.log);
}

export { createEngine, NativeEngine };
