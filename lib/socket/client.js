/**
 * SocketClient, `realtime.socketClient`: channels, direct messages and presence. Messages go
 * through the engine, which queues them and matches the server's answers. Queries about channels
 * are REST calls.
 */

import { randomId } from '#host';
import { tracer } from '#tracing';
import { callEngine, RealtimeError } from '../errors/errors.js';
import { Listeners } from '../events/listeners.js';
import { parseSignal } from '../options/listener.js';
import * as values from '../options/values.js';
import { own } from '../own.js';
import { encode } from '../requests/json.js';
import { lateIterator } from '../waiting/late-iterator.js';
import { aborted, SocketCalls } from './calls.js';
import { Membership } from './membership.js';
import { DIRECT_TOPIC, toDirect, toMessage, toPresence } from './message.js';
import { parseEventName } from './names.js';
import { Outgoing } from './outgoing.js';
import { Presence } from './presence.js';
import { SocketQueries } from './queries.js';
import { ReportedPromise } from './reported-promise.js';

/**
 * @import { ChannelMember, PublishOptions, PublishReceipt, RealtimeEvent } from '../../index.js'
 */
/** @import { PublishTrace } from '../../types/tracing.js' */
/** @import { Dispatch } from '../events/dispatch.js' */
/** @import { Engine, EngineConfig, Notices } from '../engines/engine.js' */
/**
 * What a client is made of.
 *
 * @typedef {object} Parts
 * @property {Engine} engine
 * @property {Dispatch} dispatch
 * @property {EngineConfig} config
 * @property {() => void} assertUsable
 * @property {(error: RealtimeError) => void} report
 * @property {<T>(use: (waiting: Waiting) => T | Promise<T>) => Promise<T>} waiting loads what waits
 */
/** @import { Waiting } from '../waiting/waiting.js' */
/** @import { Rest } from '../requests/rest.js' */

/** The names of the messages on the wire. */
const PUBLISH = 'channel:publish';
const DIRECT = 'direct';

/** The names that listeners can have. */
const NAMES = {
  owner: 'SocketClient',
  names: ['message', 'direct', 'presence'],
  prefix: 'message:',
  key: 'channel',
  parseKey: values.channel,
};

class SocketClient {
  #parts;
  #queries;
  #client;
  #calls;
  #membership;
  #presence;
  #listeners;
  /** The number of names with listeners. While it is 0, the engine drops messages. */
  #listened = 0;

  /**
   * @param {{ readonly connected: boolean }} client
   * @param {Rest} rest
   * @param {Parts} parts of the client
   */
  constructor(client, rest, parts) {
    const { dispatch, report } = parts;
    this.#parts = parts;
    this.#client = client;
    this.#queries = new SocketQueries(rest);
    this.#calls = new SocketCalls(report);
    this.#presence = new Presence({
      read: (channel) => this.members(channel),
      deliver: (event) => this.#listeners.call(this.#listeners.named('presence'), event, this),
      report,
    });
    this.#membership = new Membership(client, parts, this.#calls, this.#presence, () => this.#listen());
    this.#membership.register(dispatch);
    this.#listeners = new Listeners(NAMES, (name, wanted) => {
      this.#listened += wanted ? 1 : -1;
      if (name === 'presence') this.#presence.followAll(wanted);
      this.#listen();
    });
  }

  get id() {
    return this.#client.connected ? this.#parts.engine.socketId() : undefined;
  }

  /** @param {string} channel @param {{ signal?: AbortSignal }} [options] */
  joinChannel(channel, options) {
    this.#parts.assertUsable();
    const at = 'SocketClient.joinChannel(): ';
    const name = values.channel(channel, `${at}channel`);
    const signal = parseSignal(options, at);
    if (signal?.aborted) return this.#calls.refuse(aborted(at, signal, { channel: name }));
    return this.#membership.join(name, signal);
  }

  /** @param {string} channel */
  leaveChannel(channel) {
    this.#parts.assertUsable();
    return this.#membership.leave(values.channel(channel, 'SocketClient.leaveChannel(): channel'));
  }

  /**
   * @param {string} channel
   * @param {string} event
   * @param {unknown} [data]
   * @param {PublishOptions} [options]
   */
  publish(channel, event, data, options) {
    const at = 'SocketClient.publish(): ';
    return this.#send(at, PUBLISH, { channel: values.channel(channel, `${at}channel`) }, event, data, options);
  }

  /**
   * @param {string} targetSocketId
   * @param {string} event
   * @param {unknown} [data]
   * @param {PublishOptions} [options]
   */
  directMessage(targetSocketId, event, data, options) {
    const at = 'SocketClient.directMessage(): ';
    const destination = { targetSocketId: values.name(targetSocketId, `${at}targetSocketId`) };
    return this.#send(at, DIRECT, destination, event, data, options);
  }

  /** @param {string} channel @param {string} event @param {unknown} [data] */
  async broadcast(channel, event, data = {}) {
    const at = 'SocketClient.broadcast(): ';
    const name = values.channel(channel, `${at}channel`);
    const head = JSON.stringify({ channel: name, event: parseEventName(event, at) });
    const body = `${head.slice(0, -1)},"data":${encode(data, `${at}data`)}}`;
    return this.#traced({ operation: 'broadcast', channel: name, event }, (context) =>
      this.#queries.broadcast(body, context?.metadata),
    );
  }

  async channels() {
    return this.#queries.channels();
  }

  /** @param {string} channel @returns {Promise<ChannelMember[]>} */
  async members(channel) {
    return this.#queries.members(channel);
  }

  async connections() {
    return this.#queries.connections();
  }

  /** @param {string} channel */
  presence(channel) {
    this.#parts.assertUsable();
    const name = values.channel(channel, 'SocketClient.presence(): channel');
    // The request for the members has the channel in its path.
    values.segment(name, 'SocketClient.presence(): channel');
    const members = this.#presence.follow(name);
    this.#listen();
    return members;
  }

  /** @param {string} channel @param {{ signal?: AbortSignal, buffer?: number }} [options] */
  messages(channel, options = {}) {
    this.#parts.assertUsable();
    const name = values.channel(channel, 'SocketClient.messages(): channel');
    return lateIterator(
      this.#parts.waiting((waiting) =>
        waiting.loop({
          method: 'SocketClient.messages',
          options,
          open: (stream) => {
            const listener = (/** @type {object} */ message) => stream.push(message);
            this.on(`message:${name}`, listener);
            const leave = this.#membership.hold(name, (error) => stream.end(error));
            return () => {
              this.off(`message:${name}`, listener);
              leave();
            };
          },
          missed: () => ({ subscriptions: [], channels: [name] }),
        }),
      ),
    );
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  on(event, handler, options) {
    this.#parts.assertUsable();
    this.#listeners.add(event, handler, false, parseSignal(options, 'SocketClient.on(): '));
    return this;
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  once(event, handler, options) {
    this.#parts.assertUsable();
    this.#listeners.add(event, handler, true, parseSignal(options, 'SocketClient.once(): '));
    return this;
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  off(event, handler) {
    this.#listeners.remove(event, handler);
    return this;
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  addListener(event, handler, options) {
    return this.on(event, handler, options);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  removeListener(event, handler) {
    return this.off(event, handler);
  }

  /** @param {string} event @param {(data: any) => unknown} [handler] */
  listenerCount(event, handler) {
    return this.#listeners.count(event, handler);
  }

  /** Registers for what concerns messages. @param {Dispatch} dispatch */
  register(dispatch) {
    dispatch.register('outcome', (notice) => this.settle(notice));
    dispatch.registerMessages((event, topic, observe) =>
      this.receive(/** @type {RealtimeEvent} */ (event), topic, observe),
    );
  }

  /**
   * A message, or presence.
   *
   * @param {RealtimeEvent} event
   * @param {string} topic as it came
   * @param {import('../events/dispatch.js').ObserveResult} [observe]
   */
  receive(event, topic, observe) {
    if (topic === DIRECT_TOPIC) {
      this.#listeners.call(this.#listeners.named('direct'), toDirect(event), this, observe);
    } else if (this.#membership.has(topic)) {
      const presence = toPresence(event, topic);
      if (presence !== undefined) return this.#presence.receive(presence);
      const general = this.#listeners.named('message');
      const particular = this.#listeners.keyed(topic);
      if (general.length + particular.length === 0) return;
      const message = toMessage(event, topic);
      this.#listeners.call(general, message, this, observe);
      if (!this.#parts.dispatch.isCancelled(event)) this.#listeners.call(particular, message, this, observe);
    }
  }

  /** The outcome of a call. @param {Notices['outcome']} notice */
  settle(notice) {
    const id = own(notice, 'id');
    const error = own(notice, 'error');
    const call = this.#calls.take(id);
    if (error === undefined) {
      call?.resolve(own(notice, 'result'));
    } else {
      const refusal = RealtimeError.from(error);
      this.#membership.refused(error, refusal);
      call?.reject(refusal);
    }
  }

  /** The user called disconnect(): no presence is reported after it. */
  disconnected() {
    this.#presence.disconnected();
  }

  /** The client was destroyed: no handler is called any more, and pending calls are rejected. */
  destroy() {
    this.#listeners.close();
    this.#presence.clear();
    this.#membership.close();
    this.#calls.close();
  }

  /**
   * @param {string} at the method, for errors
   * @param {string} verb
   * @param {{ channel: string } | { targetSocketId: string }} destination
   * @param {string} event
   * @param {unknown} data
   * @param {PublishOptions} [options]
   * @returns {Promise<PublishReceipt>}
   */
  #send(at, verb, destination, event, data = {}, options = undefined) {
    this.#parts.assertUsable();
    const outgoing = new Outgoing(at, this.#parts.config.protocol, event, data, options);
    const { signal } = outgoing.options;
    const details = 'channel' in destination ? destination : {};
    if (signal?.aborted) return this.#calls.refuse(aborted(at, signal, details));
    const id = `msg_${randomId()}`;
    const send = (/** @type {PublishTrace | undefined} */ context) => {
      const message = outgoing.message(verb, destination, id, context?.metadata);
      /** @type {number | null} */
      let number;
      try {
        number = callEngine(() => this.#parts.engine.emit(message));
      } catch (error) {
        return this.#calls.refuse(/** @type {RealtimeError} */ (error));
      }
      if (number === null) return ReportedPromise.resolve({ id, dropped: /** @type {const} */ (true) });
      const call = this.#calls.open(number, toReceipt, id, details);
      if (signal) this.#calls.watch(number, call, signal, at);
      return call.promise;
    };
    if (tracer() === undefined) return send(undefined);
    const operation = verb === DIRECT ? 'direct' : 'publish';
    return this.#traced({ operation, ...details, event: outgoing.event, id }, send);
  }

  /**
   * Sends a message, observed if anybody observes.
   *
   * @template {Promise<any>} Sent
   * @param {Omit<PublishTrace, 'client' | 'serverAddress' | 'serverPort'>} message
   * @param {(context?: PublishTrace) => Sent} send
   * @returns {Sent}
   */
  #traced(message, send) {
    const trace = tracer();
    if (trace === undefined) return send();
    return /** @type {Sent} */ (trace.publish(this.#client, this.#parts.config.url, message, send));
  }

  #listen() {
    this.#parts.engine.listenToMessages(this.#listened > 0 || this.#presence.isFollowed);
  }
}

/** @param {any} answer @param {string} id of the message, which a server may not repeat */
function toReceipt(answer, id) {
  return { id: own(answer, 'id') ?? id };
}

export { SocketClient };
