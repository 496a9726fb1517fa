/**
 * The answers a connection waits for, each with a deadline.
 *
 * @import { JoinCall } from './channels.js'
 */

/** How many answers may be pending at once. */
const MAX_PENDING = 16_384;

/**
 * The request that an answer belongs to:
 *
 * - `subscribe`: by the subscription's number
 * - `message`, `leave`: by the id of the user's call
 * - `repeatedEnd`: a repeated unsubscribe or leave; there may be nothing left to end
 * - `join`: the channel's number and name, and the user's call that awaits the result
 * - `token`: a new token for this connection
 *
 * @typedef {{ kind: 'subscribe', number: number }
 *   | { kind: 'message' | 'leave', id: number }
 *   | { kind: 'repeatedEnd' | 'token' }
 *   | { kind: 'join', channel: number, name: string, call: JoinCall | undefined }} PendingRequest
 */

/** @typedef {{ id: number, request: PendingRequest, deadline: number }} Pending */

/** The pending requests of one link. */
class Acks {
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** The same, the earliest deadline first. @type {Pending[]} */
  #deadlines = [];
  #nextId;

  /**
   * A table whose ids begin with `nextId`: an id is not used again on a later link.
   *
   * @param {number} [nextId]
   */
  constructor(nextId = 0) {
    this.#nextId = nextId;
  }

  /** The id of the next request. */
  nextId() {
    return this.#nextId;
  }

  /**
   * Adds a request and returns its id, or undefined when too many requests are pending.
   *
   * @param {PendingRequest} request
   * @param {number} deadline
   */
  insert(request, deadline) {
    if (this.len() >= MAX_PENDING) return undefined;
    this.#put({ id: this.#nextId, request, deadline });
    return this.#nextId++;
  }

  /**
   * Removes a request and returns it; undefined when the id is unknown, answered or expired.
   *
   * @param {number} id
   */
  remove(id) {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#deadlines.splice(this.#place(pending), 1);
    return pending.request;
  }

  /** Removes the oldest request that equals this one. @param {PendingRequest} request */
  forget(request) {
    const found = this.#oldestFirst().find(({ request: pending }) =>
      Object.entries(request).every(([name, value]) => /** @type {any} */ (pending)[name] === value),
    );
    if (found) this.remove(found.id);
  }

  /**
   * Removes one request whose deadline has passed.
   *
   * @param {number} now
   * @returns {{ id: number, request: PendingRequest } | undefined}
   */
  expire(now) {
    const [first] = this.#deadlines;
    if (first === undefined || first.deadline > now) return undefined;
    this.remove(first.id);
    return first;
  }

  /**
   * Puts an expired request back with a new deadline if its answer still matters without the user's
   * call.
   *
   * @param {number} id
   * @param {PendingRequest} request
   * @param {number} deadline
   */
  extend(id, request, deadline) {
    if (request.kind === 'join') this.#put({ id, request: { ...request, call: undefined }, deadline });
    else if (request.kind === 'subscribe' || request.kind === 'token') this.#put({ id, request, deadline });
  }

  /**
   * Moves the deadlines of all requests without a user's call to `until` at the earliest.
   *
   * @param {number} until
   */
  postpone(until) {
    for (const { id, request, deadline } of [...this.#deadlines]) {
      if (deadline >= until) return;
      const isCall = request.kind === 'join' ? request.call : request.kind !== 'subscribe' && request.kind !== 'token';
      if (isCall) continue;
      this.remove(id);
      this.#put({ id, request, deadline: until });
    }
  }

  /** The requests whose answers will never come, because the link is gone. Oldest first. */
  intoRequests() {
    return this.#oldestFirst().map(({ request }) => request);
  }

  /** Whether a pending request matches. @param {(request: PendingRequest) => boolean} matches */
  any(matches) {
    for (const { request } of this.#pending.values()) if (matches(request)) return true;
    return false;
  }

  /** The earliest deadline. */
  deadline() {
    return this.#deadlines[0]?.deadline;
  }

  len() {
    return this.#pending.size;
  }

  /** An extended request is younger in the map than its id says. */
  #oldestFirst() {
    return [...this.#pending.values()].sort((a, b) => a.id - b.id);
  }

  /** @param {Pending} pending */
  #put(pending) {
    this.#pending.set(pending.id, pending);
    this.#deadlines.splice(this.#place(pending), 0, pending);
  }

  /**
   * Where a request is among the deadlines, or belongs. Equal ones are in the order of their ids.
   *
   * @param {Pending} pending
   */
  #place({ id, deadline }) {
    let [from, to] = [0, this.#deadlines.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#deadlines[middle];
      if (other.deadline < deadline || (other.deadline === deadline && other.id < id)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

export { Acks };
