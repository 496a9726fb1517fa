/**
 * Round trips: a ping behind everything that was sent to a client. The answer proves that the
 * client has received it all, as both travel in order.
 */

/** @import { WebSocket } from 'ws' */
/** @import { Socket } from 'socket.io' */

let pings = 0;

/**
 * A ping of the WebSocket protocol. Resolves with the pong that repeats its number, or when the
 * connection ends.
 *
 * @param {WebSocket} webSocket
 * @returns {Promise<void>}
 */
export function pingWebSocket(webSocket) {
  pings += 1;
  const number = String(pings);
  return new Promise((resolve) => {
    const done = () => {
      webSocket.off('pong', onPong);
      webSocket.off('close', done);
      resolve();
    };
    const onPong = (/** @type {Buffer} */ data) => {
      // A client that got several pings may answer the last one alone.
      if (Number(data.toString()) >= Number(number)) done();
    };
    if (webSocket.readyState !== webSocket.OPEN) return resolve();
    webSocket.on('pong', onPong);
    webSocket.on('close', done);
    webSocket.ping(number);
  });
}

/**
 * The pings of an Engine.IO session. Its pongs have no number, and a client may answer two pings
 * that came together once: at most one ping of this class is under way, and it waits for an earlier
 * ping of the server.
 */
export class EngineRoundTrip {
  #conn;
  /** Pings without an answer. */
  #open = 0;
  /** Resolves when the ping that waits or is under way is answered. @type {Promise<void> | undefined} */
  #next;

  /** @param {Socket['conn']} conn */
  constructor(conn) {
    this.#conn = conn;
    conn.on('packetCreate', ({ type }) => {
      if (type === 'ping') this.#open += 1;
    });
    conn.on('heartbeat', () => {
      this.#open = 0;
    });
  }

  /** @returns {Promise<void>} */
  async run() {
    if (this.#open > 0) await this.#answer();
    if (this.#conn.readyState !== 'open') return;
    const answer = this.#answer();
    // Engine.IO declares this method as private. It puts the packet behind those that wait.
    /** @type {{ sendPacket: (type: 'ping') => void }} */ (/** @type {unknown} */ (this.#conn)).sendPacket('ping');
    await answer;
  }

  /** Resolves with the next pong, or when the session ends. */
  #answer() {
    this.#next ??= new Promise((resolve) => {
      const done = () => {
        this.#conn.off('heartbeat', done);
        this.#conn.off('close', done);
        this.#next = undefined;
        resolve();
      };
      this.#conn.on('heartbeat', done);
      this.#conn.on('close', done);
      if (this.#conn.readyState !== 'open') done();
    });
    return this.#next;
  }
}
