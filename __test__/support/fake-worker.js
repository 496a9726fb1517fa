/** A `Worker` that runs a classic script in a context of its own, on the same thread. */

import { setImmediate, setTimeout } from 'node:timers';
import vm from 'node:vm';

class FakeWorker {
  /** The sources of the addresses that were made. @type {Map<string, string>} */
  static sources = new Map();
  /** What the next ones do in place of starting. @type {'throw' | 'fail' | undefined} */
  static trouble;
  /** @type {FakeWorker[]} */
  static all = [];
  onmessage = null;
  onerror = null;
  isTerminated = false;
  #context;

  /** @param {string} address */
  constructor(address) {
    FakeWorker.all.push(this);
    if (FakeWorker.trouble === 'throw') throw new DOMException('blocked', 'SecurityError');
    if (FakeWorker.trouble === 'fail') {
      setImmediate(() => this.onerror?.({}));
      return;
    }
    const post = (message, transfer = []) => {
      const data = structuredClone(message, { transfer });
      setImmediate(() => this.isTerminated || this.onmessage?.({ data }));
    };
    this.#context = vm.createContext({ postMessage: post, setTimeout, WebSocket: globalThis.WebSocket });
    vm.runInContext(FakeWorker.sources.get(address), this.#context);
  }

  postMessage(message) {
    const data = structuredClone(message);
    setImmediate(() => this.isTerminated || this.#context.onmessage({ data }));
  }

  terminate() {
    this.isTerminated = true;
  }

  /** Puts it, and what makes addresses of scripts, into the global object. */
  static install() {
    globalThis.Worker = FakeWorker;
    URL.createObjectURL = (blob) => {
      const address = `blob:${FakeWorker.sources.size}`;
      FakeWorker.sources.set(address, blob.text);
      return address;
    };
    globalThis.Blob = class {
      constructor([text]) {
        this.text = text;
      }
    };
  }
}

export { FakeWorker };
