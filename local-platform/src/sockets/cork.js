/**
 * Writes what is sent in one go with one system call: a call for each event is a fifth of the work
 * when many events come at once.
 */

/** @import { Duplex } from 'node:stream' */
/** @import { Server as EngineServer, Socket as EngineSocket } from 'engine.io' */

/** Holds back what is written to a socket until the current piece of work is done. */
export class Cork {
  #socket;
  #isHeld = false;
  #release = () => {
    this.#isHeld = false;
    this.#socket.uncork();
  };

  /** @param {Duplex} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  hold() {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#socket.cork();
    process.nextTick(this.#release);
  }
}

/** Does the same for the packets that Engine.IO has collected. @param {EngineServer} engine */
export function corkFlushes(engine) {
  /** @type {Duplex | undefined} */
  let held;
  // Both events come in the same turn, before and after the packets.
  engine.on('flush', (/** @type {EngineSocket} */ conn, /** @type {unknown[]} */ packets) => {
    held = packets.length > 1 ? webSocketOf(conn) : undefined;
    held?.cork();
  });
  engine.on('drain', () => {
    held?.uncork();
    held = undefined;
  });
}

/** The TCP socket below a WebSocket; `ws` declares it as private. @param {EngineSocket} conn @returns {Duplex | undefined} */
const webSocketOf = ({ transport }) =>
  /** @type {{ socket?: { _socket?: Duplex } }} */ (/** @type {unknown} */ (transport)).socket?._socket;
