/**
 * Attempts to connect, as operations. The engine reports the state of the connection, so an attempt
 * is what lies between two reports: it begins with `connecting`, or when the delay of a
 * `reconnecting` is over, and ends with the next report.
 */

import { cancel, later } from '#host';

/** @import { Timer } from '#host' */
/** @import { ConnectionEvent } from '../../index.js' */
/** @import { ConnectTrace } from '../../types/tracing.js' */
/** @import { Report } from '../engines/engine.js' */
/** @import { Operation } from './observer.js' */

/** How the session words the end that the user asked for. */
const BY_USER = 'client disconnect';

/**
 * @typedef {object} Deps
 * @property {(attempt: number, delay: number) => { context: ConnectTrace, operation: Operation | undefined }} begin
 * @property {(report: Report) => Error} toError
 * @property {() => ConnectTrace['transport'] | null} transport of the current connection
 */

class Attempts {
  #deps;
  /** The attempt under way. @type {ReturnType<Deps['begin']> | undefined} */
  #current;
  /** The attempt that was announced and has not begun. @type {{ attempt: number, delay: number } | undefined} */
  #next;
  /** @type {Timer | undefined} */
  #timer;
  /** The first error since the last change of the state. @type {Report | undefined} */
  #report;

  /** @param {Deps} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /** The engine reports an error, ahead of the state that follows from it. @param {Report} report */
  failed(report) {
    if (report.subscriptionId === undefined && report.channel === undefined) this.#report ??= report;
  }

  /** The engine reports the state of the connection. @param {ConnectionEvent} change */
  changed(change) {
    switch (change.state) {
      case 'connecting':
        this.#begin({ attempt: 0, delay: 0 });
        break;
      case 'connected':
        this.#beginNext();
        this.#end({
          outcome: 'connected',
          recovered: change.recovered,
          transport: this.#deps.transport() ?? undefined,
        });
        break;
      case 'reconnecting':
        // The same attempt again: only its delay has changed.
        if (this.#next?.attempt !== change.attempt) this.#beginNext();
        this.#fail(change.reason);
        this.#announce(change.attempt, change.retryIn);
        break;
      case 'disconnected':
        if (change.reason === BY_USER) {
          this.#forgetNext();
          this.#end({ outcome: 'cancelled', reason: change.reason });
        } else {
          // The thread may have been too busy for the timer.
          this.#beginNext();
          this.#fail(change.reason);
        }
        break;
    }
  }

  /** Drops the attempt under way, and the one that was announced. */
  forget() {
    this.#forgetNext();
    this.#current = undefined;
    this.#report = undefined;
  }

  /** The client is destroyed: no report follows. */
  close() {
    this.#forgetNext();
    this.#end({ outcome: 'cancelled', reason: BY_USER });
  }

  /** @param {number} attempt @param {number} [retryIn] absent while the client waits for the page */
  #announce(attempt, retryIn) {
    this.#forgetNext();
    this.#next = { attempt, delay: retryIn ?? 0 };
    if (retryIn !== undefined) this.#timer = later(() => this.#beginNext(), retryIn, false);
  }

  #forgetNext() {
    cancel(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
  }

  /** Begins the attempt that was announced, if it has not begun. */
  #beginNext() {
    if (this.#next !== undefined) this.#begin(this.#next);
  }

  /** @param {{ attempt: number, delay: number }} announced */
  #begin({ attempt, delay }) {
    this.#forgetNext();
    this.#current = this.#deps.begin(attempt, delay);
  }

  /** @param {string} reason */
  #fail(reason) {
    const error = this.#report === undefined ? new Error(reason) : this.#deps.toError(this.#report);
    this.#end({ outcome: 'failed', reason, error });
  }

  /** @param {Partial<ConnectTrace>} outcome */
  #end(outcome) {
    const current = this.#current;
    this.#current = undefined;
    this.#report = undefined;
    if (current === undefined) return;
    Object.assign(current.context, outcome);
    current.operation?.end();
  }
}

export { Attempts };
