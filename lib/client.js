/**
 * RealtimeClient: the core client with documents and messaging.
 *
 * These parts are loaded and created on first use: the time from `require` to the first event is
 * mostly spent on reading files.
 */

import { loadCollections } from '#collection';
import { features } from '#engine';
import { Rest } from '#rest';
import { CoreClient, extend } from './core-client.js';
import { SocketClient } from './socket/client.js';
import { SyncClient } from './sync/client.js';
import { DocumentSubscriptions } from './sync/document-subscriptions.js';

class RealtimeClient extends CoreClient {
  #destroyed = false;
  /** @type {import('./core-client.js').Parts | undefined} */
  #parts;
  /** @type {Rest | undefined} */
  #rest;
  /** @type {DocumentSubscriptions | undefined} */
  #documents;
  /** @type {SyncClient | undefined} */
  #sync;
  /** @type {SocketClient | undefined} */
  #socketClient;
  /** @type {import('./collection/collections.js').Collections | undefined} */
  #collections;

  /** @param {import('../index.js').RealtimeClientOptions} options */
  constructor(options) {
    super(options, features);
  }

  get sync() {
    if (this.#sync === undefined) {
      const { dispatch, redaction, report } = this.#core();
      this.#documents = new DocumentSubscriptions(this, report);
      this.#documents.register(dispatch);
      const dropped = () => void dispatch.invalid++;
      this.#sync = new SyncClient(this.#requests(), this.#documents, { redaction, dropped });
    }
    return this.#sync;
  }

  /** @param {import('../index.js').CollectionOptions<any>} options */
  async collection(options) {
    const parts = this.#core();
    const Collections = await loadCollections();
    this.#collections ??= new Collections(this, parts, () => this.#requests());
    return this.#collections.open(options);
  }

  get socketClient() {
    if (this.#socketClient === undefined) {
      const parts = this.#core();
      this.#socketClient = new SocketClient(this, this.#requests(), parts);
      this.#socketClient.register(parts.dispatch);
      if (this.#destroyed) this.#socketClient.destroy();
    }
    return this.#socketClient;
  }

  #core() {
    this.#parts ??= extend(this, {
      disconnected: () => this.#socketClient?.disconnected(),
      destroy: () => {
        this.#destroyed = true;
        this.#documents?.destroy();
        this.#collections?.close();
        this.#rest?.destroy();
        this.#socketClient?.destroy();
      },
    });
    return this.#parts;
  }

  #requests() {
    if (this.#rest === undefined) {
      const { config, redaction, tokens } = this.#core();
      this.#rest = new Rest(config, redaction, tokens, this);
      if (this.#destroyed) this.#rest.destroy();
    }
    return this.#rest;
  }
}

export { RealtimeClient };
