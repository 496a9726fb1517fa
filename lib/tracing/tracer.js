/**
 * The tracer: turns what clients do into operations and messages, and passes them to everything
 * that observes. It exists only while something observes; see `seam.js`.
 */

import { ClientTrace } from './client-trace.js';
import { begin } from './operations.js';
import { seam } from './seam.js';

/** @import { ConnectionEvent } from '../../index.js' */
/** @import { RequestTrace, WebhookTrace } from '../../types/tracing.js' */
/** @import { Item, Report } from '../engines/engine.js' */
/** @import { Contexts, Kind, Messages, Observed, Observer } from './observer.js' */

/** Anything of a client that an observer may want during a turn of dispatch. @type {readonly (Kind | keyof Messages)[]} */
const OF_A_TURN = ['handle', 'batch', 'connect', 'gap', 'slow', 'drop'];

/**
 * Routes an item to sinks and listeners.
 *
 * @typedef {(item: Item, observe?: ObserveResult) => void} Route
 */
/**
 * Called with what each listener returned or threw.
 *
 * @typedef {(hasFailed: boolean, value: unknown) => void} ObserveResult
 */
/** @typedef {any} Client the public class; its type would make a circle of rooms */

class Tracer {
  /** Never changed, only replaced: it may be in use. @type {readonly Observer[]} */
  #observers = [];
  /** @type {WeakMap<object, ClientTrace>} */
  #traces = new WeakMap();

  /** @param {Observer} observer */
  static add(observer) {
    seam.tracer ??= new Tracer();
    seam.tracer.add(observer);
  }

  /** @param {Observer} observer */
  static remove(observer) {
    if (seam.tracer?.remove(observer)) seam.tracer = undefined;
  }

  /** @param {Observer} observer */
  add(observer) {
    this.#observers = [...this.#observers, observer];
  }

  /** @param {Observer} observer @returns {boolean} whether it was the last one */
  remove(observer) {
    this.#observers = this.#observers.filter((each) => each !== observer);
    return this.#observers.length === 0;
  }

  /**
   * A client has been created, or a turn of its dispatch begins.
   *
   * @param {Client} client
   * @param {string} url
   * @param {(report: Report) => Error} toError
   * @returns {ClientTrace | undefined} undefined when no observer wants anything of this client
   */
  turn(client, url, toError) {
    const trace = this.#traceOf(client, url, toError);
    for (const observer of this.#observers) trace.meet(observer);
    const observers = this.#observers.filter((observer) => OF_A_TURN.some((kind) => observer.wants(kind, client)));
    if (observers.length > 0) return trace.beginTurn(observers);
    trace.forget();
    return undefined;
  }

  /** A client is about to be destroyed. @param {Client} client */
  destroy(client) {
    const trace = this.#traces.get(client);
    if (trace === undefined) return;
    trace.close();
    for (const observer of this.#observers) observer.destroyed?.(trace.observed);
    this.#traces.delete(client);
  }

  /**
   * Sends a message.
   *
   * @template {{ dropped?: true }} Sent
   * @param {Client} client
   * @param {string} url
   * @param {Omit<Contexts['publish'], 'client' | 'serverAddress' | 'serverPort'>} message
   * @param {(context: Contexts['publish']) => Promise<Sent>} send
   * @returns {Promise<Sent>} the very promise of `send`
   */
  publish(client, url, message, send) {
    const context = { client, ...serverOf(url), ...message };
    return this.#follow('publish', context, send, (sent) => {
      if (sent.dropped) context.dropped = true;
    });
  }

  /**
   * @template Answer
   * @param {Client} client
   * @param {string} url
   * @param {string} method
   * @param {string} path with its query
   * @param {(context: RequestTrace) => Promise<Answer>} send
   */
  request(client, url, method, path, send) {
    const bare = path.replace(/\?.*/s, '');
    const context = { client, ...serverOf(url), method, path: bare, template: templateOf(bare) };
    return this.#follow('request', context, send);
  }

  /**
   * @template Answer
   * @param {(context: WebhookTrace) => Promise<Answer>} receive
   */
  webhook(receive) {
    /** @type {WebhookTrace} */
    const context = {};
    return this.#follow('webhook', context, receive);
  }

  /**
   * @template {Kind} Name
   * @template Result
   * @param {Name} kind
   * @param {Contexts[Name]} context
   * @param {(context: any) => Promise<Result>} body
   * @param {(result: Result) => void} [complete] the context
   * @returns {Promise<Result>}
   */
  #follow(kind, context, body, complete) {
    const operation = begin(this.#observers, kind, context);
    if (operation === undefined) return body(context);
    /** @param {unknown} error */
    const fail = (error) => {
      Object.assign(context, { error });
      operation.end();
    };
    let promise;
    try {
      promise = operation.run(() => body(context));
    } catch (error) {
      fail(error);
      throw error;
    }
    // The method of the base class: a promise of this package knows whether it is awaited.
    Promise.prototype.then.call(
      promise,
      (result) => {
        complete?.(result);
        operation.end();
      },
      fail,
    );
    return promise;
  }

  /** @param {Client} client @param {string} url @param {(report: Report) => Error} toError */
  #traceOf(client, url, toError) {
    const known = this.#traces.get(client);
    if (known !== undefined) return known;
    const trace = new ClientTrace({ client, ...serverOf(url) }, toError, () => this.#observers);
    this.#traces.set(client, trace);
    return trace;
  }
}

/** @param {string} url */
function serverOf(url) {
  const { hostname, port, protocol } = new URL(url);
  return { serverAddress: hostname, serverPort: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/**
 * The path with names in place of what differs from call to call.
 *
 * @param {string} path
 */
function templateOf(path) {
  return path
    .replace(/^(\/api\/sync\/)[^/]+(\/documents)/, '$1{service}$2')
    .replace(/^(\/api\/sync\/\{service\}\/documents\/)[^/]+/, '$1{id}')
    .replace(/^(\/api\/socket\/channels\/)[^/]+/, '$1{channel}');
}

export { Tracer };
