/**
 * How far a session over long-polling has come on its way to a WebSocket. It probes again and again
 * until one takes over.
 */

import { cancel, later, now } from '#host';
import { UNTRIED } from '../endpoint.js';

/** @import { LinkHandlers } from '../transport.js' */
/** @import { WebSocketLink } from '../websocket.js' */
/** @import { Preference } from '../transport.js' */

/** The pause after the first failed probe. It doubles with each further one. */
const PROBE_INTERVAL = 60_000;
const MAX_PROBE_INTERVAL = 15 * PROBE_INTERVAL;
/** How long a probe may take. */
const PROBE_TIMEOUT = 5000;
/**
 * How long the requests under way may take to end once a WebSocket is there. The server waits for
 * 10 seconds.
 */
const TAKEOVER_TIMEOUT = 8000;

export class Upgrade {
  /** Whether a WebSocket waits to take over. */
  isReady = false;
  #preference;
  #open;
  #onChange;
  /** @type {WebSocketLink | undefined} */
  #link;
  /** @type {import('#host').Timer | undefined} */
  #timer;

  /**
   * @param {(handlers: LinkHandlers) => WebSocketLink} open opens the session's WebSocket
   * @param {Preference} preference
   * @param {() => void} onChange called when `isReady` has changed
   */
  constructor(open, preference, onChange) {
    this.#preference = preference;
    this.#onChange = onChange;
    this.#open = open;
    this.#schedule();
  }

  #schedule() {
    this.#timer = later(() => this.#probe(), probeDelay(this.#preference, now()), false);
  }

  #probe() {
    recordProbe(this.#preference, now());
    const fail = () => this.#fail();
    this.#timer = later(fail, PROBE_TIMEOUT, false);
    this.#link = this.#open({
      onOpen: (link) => link.send('2probe'),
      onMessage: (frame) => {
        // The server sends nothing over it before it takes over, except the answer to the probe.
        if (frame !== '3probe' || this.isReady) return fail();
        cancel(this.#timer);
        this.#timer = later(fail, TAKEOVER_TIMEOUT);
        this.isReady = true;
        this.#onChange();
      },
      onProgress() {},
      onLost: fail,
    });
  }

  #fail() {
    this.stop();
    this.#schedule();
    this.#onChange();
  }

  /** Gives up any WebSocket. */
  stop() {
    cancel(this.#timer);
    this.#link?.drop();
    this.#link = undefined;
    this.isReady = false;
  }

  /** Hands out the WebSocket that takes over. */
  complete() {
    const link = this.#link;
    cancel(this.#timer);
    this.#link = undefined;
    Object.assign(this.#preference, UNTRIED);
    return link;
  }
}

/**
 * How long a session over long-polling waits before it tries a WebSocket.
 *
 * @param {Preference} preference
 * @param {number} now
 */
export function probeDelay({ nextProbe }, now) {
  return Math.max(nextProbe - now, 0);
}

/** A probe starts. @param {Preference} preference @param {number} now */
export function recordProbe(preference, now) {
  preference.nextProbe = now + Math.min(PROBE_INTERVAL * 2 ** preference.probes++, MAX_PROBE_INTERVAL);
}
