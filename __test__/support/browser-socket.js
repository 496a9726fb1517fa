/** A `WebSocket` with the limits of a browser's, over the package `ws`. */

import { WebSocket as NodeSocket } from 'ws';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

class BrowserSocket extends EventTarget {
  binaryType = 'blob';
  onmessage = null;
  #socket;

  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    super();
    const illegal = protocols.find((protocol) => !TOKEN.test(protocol));
    if (illegal !== undefined) throw new DOMException(`The subprotocol '${illegal}' is invalid.`, 'SyntaxError');
    const socket = new NodeSocket(url, protocols, { origin: 'http://page.test' });
    this.#socket = socket;
    const emit = (type, members = {}) => this.dispatchEvent(Object.assign(new Event(type), members));
    this.addEventListener('message', (event) => this.onmessage?.(event));
    socket.on('open', () => emit('open'));
    // A browser tells nothing about a failure.
    socket.on('error', () => emit('error'));
    socket.on('message', (data, isBinary) => {
      const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
      emit('message', { data: isBinary ? (this.binaryType === 'blob' ? new Blob([bytes]) : bytes) : String(data) });
    });
    socket.on('close', (code, reason) => emit('close', { code, reason: String(reason) }));
  }

  get readyState() {
    return this.#socket.readyState;
  }

  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }

  send(data) {
    if (this.readyState === 0) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    this.#socket.send(data);
  }

  close(code, reason) {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999))
      throw new DOMException(`The close code must be 1000 or from 3000 to 4999, not ${code}.`, 'InvalidAccessError');
    this.#socket.close(code, reason);
  }
}

export { BrowserSocket };
