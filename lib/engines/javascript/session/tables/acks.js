/**
 * The answers a connection waits for, each with a deadline.
 *
 * @import { JoinCall } from './channels.js'
 */

import { ACK } from './timer.js';

/** How many answers may be pending at once. */
const MAX_PENDING = 16_384;

/**
 * The request that an answer belongs to:
 *
 * - `subscribe`: by the subscription's number
 * - `token`: a new token for this connection
 * - `repeatedEnd`: a repeated unsubscribe or leave; there may be nothing left to end
 * - `message`, `leave`: of a call of the user
 * - `join`: the channel's number and name, and the user's call that awaits the result
 *
 * A request `lasts` if its answer matters although nobody awaits it.
 *
 * @typedef {{ kind: 'message' | 'leave', call: { id: number } }
 *   & { [Name in 'number' | 'channel' | 'name' | 'lasts']?: undefined }} CallRequest
 * @typedef {{ kind: 'join', channel: number, name: string, call: JoinCall | undefined, lasts: true,
 *   number?: undefined }} JoinRequest
 * @typedef {{ [Name in 'call' | 'channel' | 'name']?: undefined } & (
 *   { kind: 'subscribe', number: number, lasts: true }
 *   | { kind: 'token', number?: undefined, lasts: true }
 *   | { kind: 'repeatedEnd', number?: undefined, lasts?: undefined })} OwnRequest
 * @typedef {CallRequest | JoinRequest | OwnRequest} PendingRequest
 */

/** @typedef {{ id: number, request: PendingRequest, deadline: number }} Pending */

/** The pending requests of one link. */
class Acks {
  /** The earliest deadline first. Equal ones are in the order of their ids. @type {Pending[]} */
  #pending = [];
  #timers;

  /**
   * A table whose ids begin with `nextId`: an id is not used again on a later link.
   *
   * @param {number} nextId
   * @param {number[]} timers the table keeps the timer ACK
   */
  constructor(nextId, timers) {
    this.nextId = nextId;
    this.#timers = timers;
  }

  get size() {
    return this.#pending.length;
  }

  /**
   * Adds a request and returns its id, or undefined when too many requests are pending.
   *
   * @param {PendingRequest} request
   * @param {number} deadline
   */
  insert(request, deadline) {
    if (this.size >= MAX_PENDING) return undefined;
    this.#put({ id: this.nextId, request, deadline });
    return this.nextId++;
  }

  /**
   * Removes a request and returns it; undefined when the id is unknown, answered or expired.
   *
   * @param {number} [id]
   */
  remove(id) {
    const at = this.#pending.findIndex((pending) => pending.id === id);
    return at < 0 ? undefined : this.#splice(at, 1)[0].request;
  }

  /** Removes the oldest request for this subscription. @param {number} number */
  forget(number) {
    this.remove(this.#oldestFirst().find(({ request }) => request.number === number)?.id);
  }

  /** Removes one request whose deadline has passed. @param {number} now */
  expire(now) {
    return this.#pending[0]?.deadline <= now ? this.#splice(0, 1)[0] : undefined;
  }

  /**
   * Puts an expired request back with a new deadline if its answer still matters without the user's
   * call.
   *
   * @param {Pending} expired
   * @param {number} deadline
   */
  extend({ id, request }, deadline) {
    if (request.lasts) this.#put({ id, request: { ...request, call: undefined }, deadline });
  }

  /**
   * Moves the deadlines of all requests without a user's call to `until` at the earliest.
   *
   * @param {number} until
   */
  postpone(until) {
    for (const pending of [...this.#pending]) {
      const { id, request, deadline } = pending;
      if (deadline >= until || request.call || !request.lasts) continue;
      this.remove(id);
      this.extend(pending, until);
    }
  }

  /** All requests, oldest first. */
  requests() {
    return this.#oldestFirst().map(({ request }) => request);
  }

  /** Whether a pending request matches. @param {(request: PendingRequest) => boolean} matches */
  any(matches) {
    return this.#pending.some(({ request }) => matches(request));
  }

  #oldestFirst() {
    return [...this.#pending].sort((a, b) => a.id - b.id);
  }

  /** A new deadline is mostly the latest. @param {Pending} pending */
  #put(pending) {
    const isBefore = (/** @type {Pending} */ { id, deadline }) =>
      deadline < pending.deadline || (deadline === pending.deadline && id < pending.id);
    this.#splice(this.#pending.findLastIndex(isBefore) + 1, 0, pending);
  }

  /** @param {number} at @param {number} removed @param {Pending[]} added */
  #splice(at, removed, ...added) {
    const spliced = this.#pending.splice(at, removed, ...added);
    this.#timers[ACK] = this.#pending[0]?.deadline ?? Infinity;
    return spliced;
  }
}

export { Acks };
