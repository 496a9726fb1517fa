/**
 * Which transport to try first on the next dial, and when a session over long-polling may try a
 * WebSocket again.
 */

/** The pause after the first failed probe. It doubles with each further one. */
const PROBE_INTERVAL = 60_000;
const MAX_PROBE_INTERVAL = 15 * PROBE_INTERVAL;

/** The preference of one endpoint. */
export class TransportPreference {
  prefersPolling = false;
  /** Consecutive probes that did not lead to a WebSocket. */
  #probes = 0;
  #nextProbe = 0;

  /** The server has sent something over a WebSocket. */
  recordWebSocketSuccess() {
    this.prefersPolling = false;
    this.#probes = this.#nextProbe = 0;
  }

  /** How long a session over long-polling waits before it tries a WebSocket. @param {number} now */
  probeDelay(now) {
    return Math.max(this.#nextProbe - now, 0);
  }

  /** A probe starts. @param {number} now */
  recordProbe(now) {
    this.#nextProbe = now + Math.min(PROBE_INTERVAL * 2 ** this.#probes, MAX_PROBE_INTERVAL);
    this.#probes++;
  }
}
