/**
 * The SDK's clients in this process (in this realm, where a test runner has several). The SDK
 * introduces each new client to the observers under a symbol of the global object. A client says
 * which connection it has, and whether its handlers have got every event.
 */

/** Also in `lib/engines/node.js` of the SDK. */
const OBSERVERS = Symbol.for('@smarterservices/realtime: observers of clients');

/**
 * @typedef {object} OwnClient
 * @property {() => string | undefined} socketId
 * @property {() => boolean} isQuiet whether no event waits for its handlers
 * @property {() => boolean} isGone whether it was collected
 * @property {string | undefined} createdAt place in the user's program
 */

export class OwnClients {
  /** @type {Set<OwnClient>} */
  #clients = new Set();
  #observe = (/** @type {Omit<OwnClient, 'createdAt'>} */ client) => {
    for (const known of this.#clients) if (known.isGone()) this.#clients.delete(known);
    this.#clients.add({ ...client, createdAt: placeOfCall() });
  };

  /** Observes the clients that are created from now on. */
  open() {
    const holder = /** @type {{ [OBSERVERS]?: Set<Function> }} */ (globalThis);
    const observers = Object.hasOwn(holder, OBSERVERS) ? holder[OBSERVERS] : undefined;
    if (observers) observers.add(this.#observe);
    else Object.defineProperty(holder, OBSERVERS, { value: new Set([this.#observe]), configurable: true });
  }

  close() {
    const observers = /** @type {{ [OBSERVERS]?: Set<Function> }} */ (globalThis)[OBSERVERS];
    observers?.delete(this.#observe);
    // A program without a platform pays nothing for its clients.
    if (observers?.size === 0) Reflect.deleteProperty(globalThis, OBSERVERS);
    this.#clients.clear();
  }

  /** @param {string} socketId */
  of(socketId) {
    for (const client of this.#clients) if (client.socketId() === socketId) return client;
    return undefined;
  }
}

/** The line that created the client: the one above its constructors. */
function placeOfCall() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 20;
  const lines = (new Error().stack ?? '').split('\n');
  Error.stackTraceLimit = stackTraceLimit;
  const last = lines.findLastIndex((line) => /^\s+at new (RealtimeClient|CoreClient)\b/.test(line));
  const [, place] = /\(?([^()\s]+:\d+:\d+)\)?$/.exec(lines[last + 1] ?? '') ?? [];
  return last === -1 ? undefined : place;
}
