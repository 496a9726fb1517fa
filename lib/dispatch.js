'use strict';

/**
 * From the engine's mailbox to the handlers: reads batches, and calls the listeners of every item.
 *
 * The engine rings once when its mailbox has got something; it is then drained batch by batch, with a turn of the event
 * loop in between whenever its time is up, so that a flood of events cannot starve timers and sockets. A handler that
 * throws stops nothing.
 */

const { restoreAttachments } = require('./engines/native/attachments.js');
const { now, setImmediate } = require('./clock.js');
const { RealtimeError } = require('./errors.js');
const { own } = require('./own.js');
const { rethrow } = require('./rethrow.js');
const { Reader } = require('./engines/native/batch/reader.js');

/** @import { GapEvent, RealtimeEvent } from '../index.js' */
/** @import { Connection } from './connection.js' */
/** @import { Engine, Event, Item } from './engines/native/abi.js' */
/** @import { Listeners } from './listeners.js' */
/** @import { Redaction } from './redaction/redaction.js' */
/** @import { SocketClient } from './socket/client.js' */
/** @import { Feeds } from './sync/feeds.js' */
/** @import { TokenProvider } from './token-provider.js' */

/** How long, in milliseconds, handlers are called before the event loop gets its turn. */
const SLICE = 2;

class Dispatch {
  /** The parts of the client that have been asked for. @type {Feeds | undefined} */
  feeds;
  /** @type {SocketClient | undefined} */
  socketClient;
  #engine;
  #reader;
  #listeners;
  #connection;
  #tokens;
  #redaction;
  #receiver;
  #scheduled = false;
  #closed = false;
  /** For the rest of the current batch: its events are void since disconnect(), or some of them since unsubscribe(). */
  #skipping = false;
  #rechecking = false;
  /** Whether a handler of the event at hand has ended a subscription or left a channel. */
  #hasEnded = false;
  /** Codes of errors that nobody listened to and that were warned about. */
  #warned = new Set();

  /**
   * @param {object} surroundings
   * @param {Engine} surroundings.engine
   * @param {Listeners} surroundings.listeners
   * @param {Connection} surroundings.connection
   * @param {TokenProvider | undefined} surroundings.tokens
   * @param {Redaction} surroundings.redaction
   * @param {object} surroundings.receiver `this` of the handlers
   */
  constructor({ engine, listeners, connection, tokens, redaction, receiver }) {
    this.#engine = engine;
    this.#reader = new Reader(engine);
    this.#listeners = listeners;
    this.#connection = connection;
    this.#tokens = tokens;
    this.#redaction = redaction;
    this.#receiver = receiver;
  }

  /** The doorbell. */
  ring = () => {
    if (!this.#scheduled) return this.#turn();
    // It rings in the middle of a batch only for what is not to wait until its end.
    const alarm = this.#closed ? null : this.#engine.takeAlarm();
    if (alarm !== null) this.#route(JSON.parse(alarm));
  };

  /** The rest of the current batch brings no event. */
  skip() {
    this.#skipping = true;
  }

  /** The rest of the current batch brings only events that a subscription still wants. */
  recheck() {
    this.#rechecking = true;
    this.#hasEnded = true;
  }

  /** Whether the event at hand is to reach no further list of listeners, by what its handlers have done. @param {Event} event */
  isVoid(event) {
    return this.#skipping || (this.#hasEnded && !this.#wants(event));
  }

  /** To the listeners of 'error', or as a warning. @param {RealtimeError} error */
  report(error) {
    if (this.#closed) return;
    const listeners = this.#listeners.named('error');
    if (listeners.length > 0) {
      this.#listeners.call(listeners, error, this.#receiver);
    } else if (!this.#warned.has(error.code)) {
      this.#warned.add(error.code);
      const detail = "Listen to 'error' to see all of them; this warning appears once per code.";
      process.emitWarning(error.message, { type: 'RealtimeWarning', code: error.code, detail });
    }
  }

  /** No handler is called any more. */
  close() {
    this.#closed = true;
    this.#reader.release();
  }

  #turn = () => {
    this.#scheduled = false;
    if (this.#closed) return;
    const began = now();
    let done = 0;
    let check = 1;
    try {
      while (!this.#closed) {
        const item = this.#next();
        if (item === undefined) return;
        this.#route(item);
        done += 1;
        if (done < check) continue;
        const spent = now() - began;
        if (spent >= SLICE) {
          this.#scheduled = true;
          setImmediate(this.#turn);
          return;
        }
        // The clock is looked at when half of the time that is left should have passed.
        check += Math.max(1, Math.min(done, Math.floor((done * (SLICE - spent)) / spent / 2)));
      }
    } catch (error) {
      rethrow(error);
      // There is no other ring before the mailbox was found empty.
      this.#scheduled = true;
      setImmediate(this.#turn);
    }
  };

  /** The next item of this batch or, at its end, of the next one. @returns {Item | undefined} */
  #next() {
    for (;;) {
      try {
        const item = this.#reader.next();
        if (item !== undefined) return item;
      } catch (cause) {
        // The error may quote the item.
        const report = { code: 'INTERNAL_ERROR', message: 'an item of a batch could not be read and was dropped' };
        this.report(RealtimeError.from({ ...report, cause: this.#redaction.text(String(cause)) }));
        continue;
      }
      if (!this.#reader.fill()) return undefined;
      this.#skipping = false;
      this.#rechecking = this.#reader.isToBeChecked;
    }
  }

  /** @param {Item} item */
  #route(item) {
    if (!Array.isArray(item)) return this.#deliver(item);
    if (item[0] === 'binary') return this.#deliver(item[1], item[2]);
    // All other items may contain texts of a peer.
    if (item[1] !== undefined) this.#redaction.clean(item[1]);
    if (item[0] === 'connection') {
      this.#connection.receive(item[1]);
      this.feeds?.connection();
      this.#listeners.call(this.#listeners.named('connection'), item[1], this.#receiver);
      this.#connection.settle();
    } else if (item[0] === 'gap') {
      this.#tellGap(item[1]);
    } else if (item[0] === 'slow') {
      this.#listeners.call(this.#listeners.named('slow'), item[1], this.#receiver);
    } else if (item[0] === 'subscribed') {
      this.feeds?.subscribed(item[1].subscriptionId);
    } else if (item[0] === 'joined' || item[0] === 'outcome') {
      this.socketClient?.answered(item);
    } else if (item[0] === 'token') {
      this.#tokens?.serve();
    } else if (item[0] === 'error') {
      const error = RealtimeError.from(item[1]);
      const channel = own(error, 'channel');
      if (error.code === 'CHANNEL_DENIED' && channel !== undefined) this.socketClient?.refused(channel);
      if (!this.feeds?.refused(error)) this.report(error);
    }
  }

  /** What live documents subscribed to is their own affair: they read anew. @param {GapEvent} gap */
  #tellGap(gap) {
    // After a lost connection they and the rosters have done so already.
    const dropped = own(gap, 'dropped');
    if (dropped !== undefined) {
      for (const { subscriptionId } of gap.subscriptions) this.feeds?.missed(subscriptionId);
      this.socketClient?.missed(gap.channels);
    }
    const subscriptions = gap.subscriptions.filter(({ subscriptionId }) => !this.feeds?.owns(subscriptionId));
    const isTheirs = subscriptions.length === 0 && gap.subscriptions.length > 0;
    // Among what was dropped may be direct messages, which belong to no subscription.
    if (isTheirs && gap.channels.length === 0 && dropped === undefined) return;
    this.#listeners.call(this.#listeners.named('gap'), { ...gap, subscriptions }, this.#receiver);
  }

  /** @param {Event} event @param {string[]} [attachments] */
  #deliver(event, attachments) {
    if (this.#skipping || (this.#rechecking && !this.#wants(event))) return;
    this.#hasEnded = false;
    if (attachments !== undefined) restoreAttachments(event, attachments);
    // Before any handler has it in its hands: who is to hear of it is not up to what they make of it.
    const { topic, source } = event;
    this.#listeners.call(this.#listeners.named('event'), event, this.#receiver);
    if (this.isVoid(event)) return;
    this.#listeners.call(this.#listeners.keyed(topic), event, this.#receiver);
    if (source !== 'socket' || this.isVoid(event)) return;
    this.socketClient?.receive(/** @type {RealtimeEvent} */ (event), topic);
  }

  /** Whether a subscription or a channel that is left wants an event. @param {Event} event */
  #wants(event) {
    /** @type {string | undefined} */
    let text;
    try {
      text = JSON.stringify(event);
    } catch {
      // As where it gives undefined.
    }
    // A handler may have made something of it that is no JSON. To lose it would be worse than to be late.
    return text === undefined || this.#engine.wants(text);
  }
}

exports.Dispatch = Dispatch;
