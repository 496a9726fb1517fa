/**
 * A WebSocket in a worker of the page, for the option `worker`: `worker-program.js` says why. To
 * the link it is a WebSocket of the runtime that can rest.
 */

import { later, warn, yieldTurn } from '#host';
import { PROGRAM } from './worker-program.js';

/** @import { RuntimeSocket } from '../transport.js' */

/** How long the worker may take to close its WebSocket. */
const CLOSE_TIMEOUT = 2000;
/** The page is put away: the worker may never run again. See `session/suspension.js`. */
const PAGE_SUSPENDED = 4001;
const ABNORMAL_CLOSURE = 1006;
const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * @typedef {{ postMessage(message: unknown): void, terminate(): void, onmessage: unknown, onerror: unknown }} Worker
 */

/** The program's address. @type {string | undefined} */
let program;
/** Whether this page has failed to start a worker. */
let isUnavailable = false;

/**
 * Begins to open a WebSocket in a worker.
 *
 * @param {string} url
 * @param {string[]} protocols
 * @returns {Promise<RuntimeSocket | undefined>} undefined where there is no worker: the user is
 *   warned. Rejects with what the constructor of the WebSocket throws
 */
export async function openInWorker(url, protocols) {
  if (isUnavailable) return undefined;
  /** @type {Worker} */
  let worker;
  try {
    worker = await startWorker();
  } catch (problem) {
    isUnavailable = true;
    warn(`options.worker: events are received on the page's own thread: ${problem}`, { code: 'WORKER_UNAVAILABLE' });
    return undefined;
  }
  const socket = new WorkerSocket(worker);
  await socket.begin(url, protocols);
  return socket;
}

/** @returns {Promise<Worker>} */
async function startWorker() {
  const { Blob, URL, Worker } = /** @type {any} */ (globalThis);
  if (!Worker) throw new Error('this runtime has no Worker');
  program ??= /** @type {string} */ (URL.createObjectURL(new Blob([PROGRAM], { type: 'text/javascript' })));
  const worker = new Worker(program, { name: 'realtime' });
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = () => reject(new Error("no worker starts, maybe since worker-src of the page's CSP lacks blob:"));
  });
  return worker;
}

/** @implements {RuntimeSocket} */
class WorkerSocket {
  binaryType = 'arraybuffer';
  readyState = CONNECTING;
  #worker;
  /**
   * By the type of event: the link has one of each.
   *
   * @type {Record<string, (event: any) => void>}
   */
  #listeners = {};
  /** What has come, the oldest first. @type {unknown[]} */
  #frames = [];
  /**
   * The end of the WebSocket, until everything before it is read.
   *
   * @type {{ code: number, reason: string } | undefined}
   */
  #end;
  #isReading = false;
  #isResting = false;
  #sent = 0;
  #written = 0;
  /** @type {(value?: undefined) => void} */
  #begun = () => {};
  /** @type {(error: Error) => void} */
  #failed = () => {};

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    /** @param {{ data: [name: string, ...given: any[]] }} message */
    worker.onmessage = ({ data: [name, ...given] }) => this.#handlers[name](...given);
    worker.onerror = () => this.#handlers.close(ABNORMAL_CLOSURE, '');
  }

  get bufferedAmount() {
    return Math.max(this.#sent - this.#written, 0);
  }

  /** @param {string} url @param {string[]} protocols */
  begin(url, protocols) {
    this.#post('open', url, protocols);
    return new Promise((resolve, reject) => {
      this.#begun = resolve;
      this.#failed = reject;
    });
  }

  /** @param {string} type @param {(event: any) => void} listener */
  addEventListener(type, listener) {
    this.#listeners[type] = listener;
  }

  /** @param {string | Uint8Array} frame */
  send(frame) {
    this.#sent += frame.length;
    this.#post('send', frame);
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code, reason) {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    if (code === PAGE_SUSPENDED) return this.#worker.terminate();
    this.#post('close', code, reason);
    later(() => this.#worker.terminate(), CLOSE_TIMEOUT, false);
  }

  /** Reads no more in this turn. */
  rest() {
    this.#isResting = true;
  }

  /** @param {string} name @param {unknown[]} given */
  #post(name, ...given) {
    this.#worker.postMessage([name, ...given]);
  }

  /** What the worker says. @type {Record<string, (...given: any[]) => void>} */
  #handlers = {
    opening: (/** @type {number} */ readyState) => {
      this.readyState = readyState;
      this.#begun();
    },
    failed: (/** @type {string} */ name, /** @type {string} */ message) => {
      this.#worker.terminate();
      this.#failed(Object.assign(new Error(message), { name }));
    },
    open: () => {
      this.readyState = OPEN;
      this.#listeners.open?.({});
    },
    error: () => this.#listeners.error?.({}),
    written: (/** @type {number} */ bytes) => {
      this.#written = bytes;
    },
    frames: (/** @type {unknown[]} */ frames) => {
      this.#frames = this.#frames.length > 0 ? [...this.#frames, ...frames] : frames;
      if (!this.#isReading) this.#read();
    },
    close: (/** @type {number} */ code, /** @type {string} */ reason) => {
      this.readyState = CLOSED;
      this.#worker.terminate();
      this.#end = { code, reason };
      if (!this.#isReading) this.#read();
    },
  };

  /** Passes on what has come, until the link needs a rest. */
  #read = () => {
    this.#isReading = true;
    this.#isResting = false;
    const frames = this.#frames;
    let at = 0;
    while (at < frames.length && !this.#isResting) {
      const data = frames[at];
      at += 1;
      this.#listeners.message?.({ data, hasMore: at < frames.length });
    }
    this.#frames = frames.slice(at);
    if (this.#frames.length > 0) return yieldTurn(this.#read);
    this.#isReading = false;
    if (this.#end) this.#listeners.close?.(this.#end);
    else this.#post('taken');
  };
}
