/**
 * SocketClient, `realtime.socketClient`: channels, direct messages and presence. Messages go
 * through the engine, which queues them and matches the server's answers. Queries about channels
 * are REST calls.
 */

import { randomId } from '#host';
import { callEngine, invalidArgument, RealtimeError } from '../errors/errors.js';
import { Listeners } from '../events/listeners.js';
import * as values from '../options/values.js';
import { bare, own } from '../own.js';
import { encode } from '../requests/json.js';
import { CHANNELS, CONNECTIONS, MEMBERS, SENT } from './answers.js';
import { extractAttachments } from './binary.js';
import { DIRECT_TOPIC, toDirect, toMessage, toPresence } from './message.js';
import { parseEventName, parsePublishOptions } from './names.js';
import { Presence } from './presence.js';
import { ReportedPromise } from './reported-promise.js';

/**
 * @import { ChannelMember, PublishOptions, PublishReceipt, RealtimeEvent } from '../../index.js'
 */
/** @import { Dispatch } from '../events/dispatch.js' */
/** @import { Engine, EngineConfig, Notices } from '../engines/engine.js' */
/** What a client is made of. @typedef {{ engine: Engine, dispatch: Dispatch, config: EngineConfig, assertUsable: () => void, report: (error: RealtimeError) => void }} Parts */
/** @import { Expectation, Rest } from '../requests/rest.js' */

/** The names of the messages on the wire. */
const PUBLISH = 'channel:publish';
const DIRECT = 'direct';
/** For a REST call, in milliseconds. */
const REST_TIMEOUT = 10_000;

/** The names that listeners can have. */
const NAMES = {
  owner: 'SocketClient',
  names: ['message', 'direct', 'presence'],
  prefix: 'message:',
  key: 'channel',
  parseKey: values.channel,
};

class SocketClient {
  #engine;
  #rest;
  #dispatch;
  #protocol;
  #client;
  #report;
  /** Channels that the user has joined. @type {Set<string>} */
  #channels = new Set();
  /**
   * Pending calls.
   *
   * @type {Map<number, { resolve: (answer: any) => void, reject: (error: RealtimeError) => void }>}
   */
  #calls = new Map();
  #presence;
  #listeners;
  /** The number of names with listeners. While it is 0, the engine drops messages. */
  #listened = 0;
  #assertUsable;

  /** @param {{ readonly connected: boolean }} client @param {Rest} rest @param {Parts} parts of the client */
  constructor(client, rest, { engine, dispatch, config, assertUsable, report }) {
    this.#client = client;
    this.#rest = rest;
    this.#engine = engine;
    this.#dispatch = dispatch;
    this.#protocol = config.protocol;
    this.#assertUsable = assertUsable;
    this.#report = report;
    this.#presence = new Presence({
      read: (channel) => this.members(channel),
      deliver: (event) => this.#listeners.call(this.#listeners.named('presence'), event, this),
      report: (error) => this.#report(error),
    });
    this.#listeners = new Listeners(NAMES, (name, wanted) => {
      this.#listened += wanted ? 1 : -1;
      if (name === 'presence') this.#presence.followAll(wanted);
      this.#listen();
    });
  }

  get id() {
    return this.#client.connected ? this.#engine.socketId() : undefined;
  }

  /** @param {string} channel */
  joinChannel(channel) {
    this.#assertUsable();
    const name = values.channel(channel, 'SocketClient.joinChannel(): channel');
    const call = callEngine(() => this.#engine.joinChannel(name));
    this.#channels.add(name);
    return this.#open(call, (answer) => ({ channel: name, memberCount: own(answer, 'memberCount') }), {
      channel: name,
    });
  }

  /** @param {string} channel */
  leaveChannel(channel) {
    this.#assertUsable();
    const name = values.channel(channel, 'SocketClient.leaveChannel(): channel');
    const call = callEngine(() => this.#engine.leaveChannel(name));
    this.refused(name);
    this.#dispatch.subscriptionsChanged();
    return this.#open(call, () => undefined, { channel: name });
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
    const name = JSON.stringify(values.channel(channel, `${at}channel`));
    const verb = JSON.stringify(parseEventName(event, at));
    const body = `{"channel":${name},"event":${verb},"data":${encode(data, `${at}data`)}}`;
    return this.#ask('/api/socket/broadcast', SENT, body);
  }

  async channels() {
    return this.#ask('/api/socket/channels', CHANNELS);
  }

  /** @param {string} channel @returns {Promise<ChannelMember[]>} */
  async members(channel) {
    const segment = values.segment(
      values.channel(channel, 'SocketClient.members(): channel'),
      'SocketClient.members(): channel',
    );
    return this.#ask(`/api/socket/channels/${segment}/members`, MEMBERS);
  }

  async connections() {
    return this.#ask('/api/socket/connections', CONNECTIONS);
  }

  /** @param {string} channel */
  presence(channel) {
    this.#assertUsable();
    const name = values.channel(channel, 'SocketClient.presence(): channel');
    // The request for the members has the channel in its path.
    values.segment(name, 'SocketClient.presence(): channel');
    const members = this.#presence.follow(name);
    this.#listen();
    return members;
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  on(event, handler) {
    this.#assertUsable();
    this.#listeners.add(event, handler, false);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  once(event, handler) {
    this.#assertUsable();
    this.#listeners.add(event, handler, true);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  off(event, handler) {
    this.#listeners.remove(event, handler);
  }

  /** Registers for what concerns channels and messages. @param {Dispatch} dispatch */
  register(dispatch) {
    dispatch.register('joined', (notice) => this.joined(notice));
    dispatch.register('outcome', (notice) => this.settle(notice));
    dispatch.register('gap', (gap) => {
      // After a lost connection, the rosters are read again anyway.
      if (own(gap, 'dropped') !== undefined) this.missed(gap.channels);
    });
    dispatch.register('error', (report) => {
      const channel = own(report, 'channel');
      if (report.code === 'CHANNEL_DENIED' && channel !== undefined) this.refused(channel);
    });
    dispatch.registerMessages((event, topic) => this.receive(/** @type {RealtimeEvent} */ (event), topic));
  }

  /** A message, or presence. @param {RealtimeEvent} event @param {string} topic as it came */
  receive(event, topic) {
    if (topic === DIRECT_TOPIC) {
      this.#listeners.call(this.#listeners.named('direct'), toDirect(event), this);
    } else if (this.#channels.has(topic)) {
      const presence = toPresence(event, topic);
      if (presence !== undefined) return this.#presence.receive(presence);
      const general = this.#listeners.named('message');
      const particular = this.#listeners.keyed(topic);
      if (general.length + particular.length === 0) return;
      const message = toMessage(event, topic);
      this.#listeners.call(general, message, this);
      if (!this.#dispatch.isCancelled(event)) this.#listeners.call(particular, message, this);
    }
  }

  /** The server has confirmed a channel. @param {Notices['joined']} notice */
  joined({ channel }) {
    this.missed([channel]);
  }

  /** The outcome of a call. @param {Notices['outcome']} notice */
  settle(notice) {
    const { id, result, error } = bare(notice);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) {
      call?.resolve(result);
    } else {
      const channel = own(error, 'channel');
      if (error.code === 'CHANNEL_DENIED' && channel !== undefined) this.refused(channel);
      call?.reject(RealtimeError.from(error));
    }
  }

  /**
   * Events of channels may have been missed: their rosters are read again, now or after the next
   * connect().
   *
   * @param {string[]} channels
   */
  missed(channels) {
    if (!this.#client.connected) return;
    for (const channel of channels) if (this.#channels.has(channel)) this.#presence.joined(channel);
  }

  /** The user called disconnect(): no presence is reported after it. */
  disconnected() {
    this.#presence.disconnected();
  }

  /** The server refuses a channel, or the user leaves it. @param {string} channel */
  refused(channel) {
    this.#channels.delete(channel);
    this.#presence.left(channel);
    this.#listen();
  }

  /** The client was destroyed: no handler is called any more, and pending calls are rejected. */
  destroy() {
    this.#report = () => {};
    this.#listeners.close();
    this.#presence.clear();
    this.#channels.clear();
    // One error per call, since each names its channel.
    for (const { reject } of this.#calls.values())
      reject(new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed before the server answered'));
    this.#calls.clear();
  }

  /** @param {string} path @param {Expectation} expected @param {string} [body] of a POST */
  #ask(path, expected, body) {
    const isQuestion = body === undefined;
    const options = { body, timeout: REST_TIMEOUT, repeatable: isQuestion, expected };
    return this.#rest.request(isQuestion ? 'GET' : 'POST', path, options);
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
  #send(at, verb, destination, event, data = {}, options = {}) {
    this.#assertUsable();
    const name = parseEventName(event, at);
    const { timeout, volatile, retry } = parsePublishOptions(options, at);
    const { value, attachments } = extractAttachments(data, `${at}data`);
    if (attachments.length > 0 && this.#protocol === 'ws')
      throw invalidArgument(`${at}data`, "no Buffers with options.protocol 'ws', which carries JSON only", data);
    const id = `msg_${randomId()}`;
    const head = JSON.stringify({ ...destination, event: name, id });
    const payload = `${head.slice(0, -1)},"data":${encode(value, `${at}data`)}}`;
    const message = { event: verb, payload, attachments, timeout, volatile, retry };
    /** @type {number | null} */
    let call;
    try {
      call = callEngine(() => this.#engine.emit(message));
    } catch (error) {
      return ReportedPromise.rejected(/** @type {RealtimeError} */ (error), (unheard) => this.#report(unheard));
    }
    if (call === null) return ReportedPromise.resolve({ id, dropped: /** @type {const} */ (true) });
    return this.#open(call, (answer) => ({ id: own(answer, 'id') ?? id }), 'channel' in destination ? destination : {});
  }

  /**
   * @template T
   * @param {number} call
   * @param {(answer: any) => T} translate
   * @param {{ channel?: string }} [details] for an error
   * @returns {ReportedPromise<T>}
   */
  #open(call, translate, details) {
    const { promise, resolve, reject } = ReportedPromise.open((error) => this.#report(error));
    this.#calls.set(call, {
      resolve: (answer) => resolve(translate(answer ?? undefined)),
      reject: (error) => reject(Object.assign(error, details)),
    });
    return promise;
  }

  #listen() {
    this.#engine.listenToMessages(this.#listened > 0 || this.#presence.isFollowed);
  }
}

export { SocketClient };
