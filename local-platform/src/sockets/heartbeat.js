/** The heartbeat of a plain WebSocket, as Engine.IO's: a ping after each interval. Without a pong in time, the connection ends. */

export class Heartbeat {
  #webSocket;
  #times;
  #end;
  #timer;

  /**
   * @param {import('ws').WebSocket} webSocket
   * @param {{ pingInterval: number, pingTimeout: number }} times milliseconds
   * @param {() => void} end called when the peer has not answered
   */
  constructor(webSocket, { pingInterval, pingTimeout }, end) {
    this.#webSocket = webSocket;
    this.#times = { pingInterval, pingTimeout };
    this.#end = end;
    webSocket.on('pong', () => this.#rest());
    webSocket.on('close', () => clearTimeout(this.#timer));
    this.#rest();
  }

  /** Waits for the next ping. */
  #rest() {
    this.#after(this.#times.pingInterval, () => {
      this.#webSocket.ping();
      this.#after(this.#times.pingTimeout, this.#end);
    });
  }

  #after(milliseconds, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds).unref();
  }
}
