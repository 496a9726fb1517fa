/**
 * The heartbeat of a plain WebSocket, like Engine.IO's: a ping after each interval. Without a pong
 * in time, the connection ends.
 */

/** @import { WebSocket } from 'ws' */

export class Heartbeat {
  #webSocket;
  #times;
  #end;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {WebSocket} webSocket
   * @param {{ pingInterval: number, pingTimeout: number }} times in ms
   * @param {() => void} end called if the peer does not answer
   */
  constructor(webSocket, { pingInterval, pingTimeout }, end) {
    this.#webSocket = webSocket;
    this.#times = { pingInterval, pingTimeout };
    this.#end = end;
    webSocket.on('pong', () => this.#schedulePing());
    webSocket.on('close', () => clearTimeout(this.#timer));
    this.#schedulePing();
  }

  #schedulePing() {
    this.#after(this.#times.pingInterval, () => {
      this.#webSocket.ping();
      this.#after(this.#times.pingTimeout, this.#end);
    });
  }

  /** @param {number} milliseconds @param {() => void} act */
  #after(milliseconds, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds).unref();
  }
}
