'use strict';

/**
 * From the engine's mailbox to the handlers: reads batches, and calls the listeners of every item.
 *
 * The engine rings once when its mailbox has got something; it is then drained batch by batch, with a turn of the event loop
 * in between whenever its time is up, so that a flood of events cannot starve timers and sockets. A handler that throws stops nothing: its error is
 * thrown again in a microtask, where Node reports it as an uncaughtException with its own stack. (Thrown out of `ring`
 * it would be lost, see DEP0168.)
 */

const { performance } = require('node:perf_hooks');
const { setImmediate } = require('node:timers');

const { restoreAttachments } = require('./attachments.js');
const { RealtimeError } = require('./errors.js');
const { Reader } = require('./shapes/reader.js');

/** @import { Connection } from './connection.js' */
/** @import { Engine, Event, Item } from './engine.js' */
/** @import { Listener, Listeners } from './listeners.js' */

// Taken once, as `setImmediate` above: fake timers that a test installs later must not stop events.
const { queueMicrotask } = globalThis;
const now = performance.now.bind(performance);

/** How long, in milliseconds, handlers are called before the event loop gets its turn. */
const SLICE = 2;

class Dispatch {
  #engine;
  #reader;
  #listeners;
  #connection;
  #receiver;
  #scheduled = false;
  #closed = false;
  /** For the rest of the current batch: its events are void since disconnect(), or some of them since unsubscribe(). */
  #skipping = false;
  #rechecking = false;
  /** Codes of errors that nobody listened to and that were warned about. */
  #warned = new Set();

  /**
   * @param {Engine} engine
   * @param {Listeners} listeners
   * @param {Connection} connection
   * @param {object} receiver `this` of the handlers
   */
  constructor(engine, listeners, connection, receiver) {
    this.#engine = engine;
    this.#reader = new Reader(engine);
    this.#listeners = listeners;
    this.#connection = connection;
    this.#receiver = receiver;
  }

  /** The doorbell. */
  ring = () => {
    if (!this.#scheduled) this.#turn();
  };

  /** The rest of the current batch brings no event. */
  skip() {
    this.#skipping = true;
  }

  /** The rest of the current batch brings only events that a subscription still wants. */
  recheck() {
    this.#rechecking = true;
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
      throwLater(error);
    }
  };

  /** The next item of this batch or, at its end, of the next one. @returns {Item | undefined} */
  #next() {
    for (;;) {
      try {
        const item = this.#reader.next();
        if (item !== undefined) return item;
      } catch (cause) {
        this.#reportError(
          new RealtimeError('INTERNAL_ERROR', 'an item of a batch could not be read and was dropped', { cause }),
        );
        continue;
      }
      if (!this.#reader.fill()) return undefined;
      this.#skipping = false;
      this.#rechecking = this.#reader.isToBeChecked;
    }
  }

  /** @param {Item} item */
  #route(item) {
    if (!Array.isArray(item)) {
      this.#deliver(item);
    } else if (item[0] === 'binary') {
      this.#deliver(item[1], item[2]);
    } else if (item[0] === 'connection') {
      this.#connection.receive(item[1]);
      this.#call(this.#listeners.named('connection'), item[1]);
      this.#connection.settle();
    } else if (item[0] === 'error') {
      this.#reportError(RealtimeError.from(item[1]));
    }
  }

  /** @param {Event} event @param {string[]} [attachments] */
  #deliver(event, attachments) {
    if (this.#skipping) return;
    if (this.#rechecking && !this.#engine.wants(JSON.stringify(event))) return;
    if (attachments !== undefined) restoreAttachments(event, attachments);
    this.#call(this.#listeners.named('event'), event);
    this.#call(this.#listeners.topical(event.topic), event);
  }

  /** @param {RealtimeError} error */
  #reportError(error) {
    const listeners = this.#listeners.named('error');
    if (listeners.length > 0) {
      this.#call(listeners, error);
    } else if (!this.#warned.has(error.code)) {
      this.#warned.add(error.code);
      const detail = "Listen to 'error' to see all of them; this warning appears once per code.";
      process.emitWarning(error.message, { type: 'RealtimeWarning', code: error.code, detail });
    }
  }

  /** @param {readonly Listener[]} listeners @param {unknown} data */
  #call(listeners, data) {
    for (const listener of listeners) {
      if (this.#closed) return;
      if (listener.once) this.#listeners.spend(listener);
      try {
        listener.handler.call(this.#receiver, data);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}

/** @param {unknown} error */
function throwLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

exports.Dispatch = Dispatch;
