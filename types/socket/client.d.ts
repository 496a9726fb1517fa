import type { RealtimeClient } from '../client.js';
import type { RealtimeError } from '../errors.js';
import type { RealtimeEvent } from '../events.js';
import type { OutboxOptions } from '../options.js';
import type { Untyped } from '../untyped.js';
import type { EventStream, ListenerOptions, LoopOptions } from '../waiting.js';
import type {
  ChannelInfo,
  ChannelJoin,
  ChannelMember,
  JoinOptions,
  PresenceEvent,
  PublishOptions,
  PublishReceipt,
} from './message.js';
import type {
  ChannelName,
  MessageArguments,
  MessageEventName,
  MessageMap,
  MessageName,
  ReceivedDirectMessage,
  ReceivedMessage,
} from './message-map.js';

/**
 * Channels, direct messages and presence: `realtime.socketClient`.
 *
 * `joinChannel`, `leaveChannel`, `publish` and `directMessage` return a promise that you may
 * ignore. If you await it, a refusal rejects it. If you don't, the client emits `'error'`; there is
 * never an unhandled rejection.
 *
 * `realtime.on('event')` and `realtime.on('event:<channel>')` receive messages and presence as
 * well, as {@link RealtimeEvent}s with `source: 'socket'`.
 *
 * @typeParam Messages map from channels to the names and the data of their messages, see
 *   {@link RealtimeClient}
 * @example
 * const { socketClient } = realtime;
 * socketClient.on('message:lobby', ({ event, data, from }) => console.log(from, event, data));
 * await socketClient.joinChannel('lobby');
 * socketClient.publish('lobby', 'greeting', { text: 'hello' });
 */
export class SocketClient<Messages extends MessageMap<Messages> = Untyped> {
  private constructor(...internal: never[]);

  /**
   * Socket ID of the current connection, or undefined without one. Every connection has its own.
   */
  readonly id: string | undefined;

  /**
   * Joins a channel, now and after every reconnection, until {@link leaveChannel}.
   *
   * Without a connection the promise waits for one, from `connect()` on for as long as a message
   * may wait, see {@link OutboxOptions}. The client joins the channel later even if the promise has
   * rejected by then.
   *
   * @param channel 1 to 256 bytes, no control characters; `direct` is not a channel
   * @returns the server's answer. Rejects with `CHANNEL_DENIED` (the client does not join the
   *   channel again), `TIMEOUT` after 10 seconds without an answer, `EXPIRED` after waiting too
   *   long for a connection, `NETWORK_ERROR` if the client stops connecting, or `ABORTED` by its
   *   signal, which leaves the channel.
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   * @example
   * const { memberCount } = await realtime.socketClient.joinChannel('lobby');
   */
  joinChannel(channel: ChannelName<Messages>, options?: JoinOptions): Promise<ChannelJoin>;

  /**
   * Leaves a channel. None of its messages is delivered after this call. If a handler calls it, the
   * other listeners of the same name still receive the current message.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   */
  leaveChannel(channel: ChannelName<Messages>): Promise<void>;

  /**
   * Sends a message to the members of a channel. Without a connection the message waits in the
   * outbox, within the limits of {@link OutboxOptions}.
   *
   * @param event name of the message: 1 to 256 bytes, no control characters, and not a reserved
   *   name of Socket.IO (`connect`, `disconnect`, ...)
   * @param data any JSON value. Over Socket.IO it can contain up to 10 binary values (`Buffer`,
   *   typed array) at any depth. Default: `{}`
   * @returns resolves when the server has accepted the message. Rejects with `MESSAGE_DENIED`,
   *   `MESSAGE_TOO_LARGE`, `OUTBOX_FULL`, `EXPIRED`, `TIMEOUT`, or with `NETWORK_ERROR` if the
   *   connection is lost before the answer. `uncertain` is set with the last two. With a signal it
   *   can reject with `ABORTED`.
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, with the path of a value that is not JSON;
   *   `CLIENT_DESTROYED`
   * @example
   * const { id } = await realtime.socketClient.publish('lobby', 'greeting', { text: 'hello' });
   */
  publish<Channel extends ChannelName<Messages>, Event extends MessageName<Messages, Channel>>(
    channel: Channel,
    event: Event,
    ...message: MessageArguments<Messages, Channel, Event, [options?: PublishOptions]>
  ): Promise<PublishReceipt>;

  /**
   * Sends a message to one connection. Same options and errors as {@link publish}; rejects with
   * `NOT_FOUND` if no connection has this ID.
   *
   * @param targetSocketId the receiver's {@link SocketClient.id}
   * @example
   * realtime.socketClient.on('message:lobby', ({ from }) => {
   *   if (from !== undefined) realtime.socketClient.directMessage(from, 'welcome', { text: 'hi' });
   * });
   */
  directMessage<Event extends MessageName<Messages, 'direct'>>(
    targetSocketId: string,
    event: Event,
    ...message: MessageArguments<Messages, 'direct', Event, [options?: PublishOptions]>
  ): Promise<PublishReceipt>;

  /**
   * Sends a message to all members of a channel, including this client, with a REST call. It needs
   * no connection.
   *
   * @returns rejects with the errors of a REST call, see `docs/errors.md`
   * @example
   * await realtime.socketClient.broadcast('lobby', 'closing', { inMinutes: 5 });
   */
  broadcast<Channel extends ChannelName<Messages>, Event extends MessageName<Messages, Channel>>(
    channel: Channel,
    event: Event,
    ...message: MessageArguments<Messages, Channel, Event>
  ): Promise<{ id: string }>;

  /** Fetches the channels that have members, with a REST call. */
  channels(): Promise<ChannelInfo[]>;
  /** Fetches the members of a channel, with a REST call. */
  members(channel: ChannelName<Messages>): Promise<ChannelMember[]>;
  /** Fetches the number of connections of the server, with a REST call. */
  connections(): Promise<{ count: number }>;

  /**
   * Returns the members of a channel by socket ID, kept up to date while the channel is joined.
   *
   * The client fills the map with a REST call after each join, so it is empty at first. After
   * {@link leaveChannel} it is empty and no longer updated. It holds at most 100,000 members; if
   * there are more, the client emits one `error` with the code `ROSTER_FULL`.
   *
   * @example
   * for (const { socketId } of realtime.socketClient.presence('lobby').values()) console.log(socketId);
   */
  presence(channel: ChannelName<Messages>): ReadonlyMap<string, ChannelMember>;

  /**
   * Adds a listener, as {@link RealtimeClient.on} does. The events are:
   *
   * - `'message'`: messages of all channels
   * - `'message:<channel>'`: messages of one channel
   * - `'direct'`: direct messages
   * - `'presence'`: joins and leaves
   *
   * After each join the client reads the list of members and emits a `join` for every member,
   * including this connection. A listener that is added later receives changes only;
   * {@link presence} has the members. After an outage the client emits joins and leaves for what
   * changed meanwhile.
   *
   * @typeParam Data type of the data, for a client without a message map
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`
   * @example
   * realtime.socketClient.on('message:lobby', ({ event, data }) => console.log(event, data));
   * realtime.socketClient.on('presence', ({ type, socketId }) => console.log(type, socketId));
   */
  on(event: 'presence', handler: (event: PresenceEvent) => void, options?: ListenerOptions): this;
  on<Data = unknown>(
    event: 'direct',
    handler: (message: ReceivedDirectMessage<Messages, Data>) => void,
    options?: ListenerOptions,
  ): this;
  on<Data = unknown, Name extends MessageEventName<Messages> = MessageEventName<Messages>>(
    event: Name,
    handler: (message: ReceivedMessage<Messages, Name, Data>) => void,
    options?: ListenerOptions,
  ): this;

  /**
   * Returns the messages of a channel for a `for await` loop. They keep their order and wait for
   * the loop within {@link LoopOptions.buffer}.
   *
   * The loop joins the channel, and leaves it at its end, unless {@link joinChannel} was called for
   * it. It ends with {@link leaveChannel}, and otherwise like {@link RealtimeClient.events}. It
   * throws `CHANNEL_DENIED` if the server refuses the channel.
   *
   * @typeParam Data type of the data, for a client without a message map
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` for the channel, `CLIENT_DESTROYED`
   * @example
   * for await (const { event, data } of realtime.socketClient.messages('lobby')) {
   *   console.log(event, data);
   *   if (event === 'closing') break;
   * }
   */
  messages<Data = unknown, Channel extends ChannelName<Messages> = ChannelName<Messages>>(
    channel: Channel,
    options?: LoopOptions,
  ): EventStream<ReceivedMessage<Messages, `message:${Channel}`, Data>>;

  /** Adds a listener for one call, see {@link on}. */
  once(event: 'presence', handler: (event: PresenceEvent) => void, options?: ListenerOptions): this;
  once<Data = unknown>(
    event: 'direct',
    handler: (message: ReceivedDirectMessage<Messages, Data>) => void,
    options?: ListenerOptions,
  ): this;
  once<Data = unknown, Name extends MessageEventName<Messages> = MessageEventName<Messages>>(
    event: Name,
    handler: (message: ReceivedMessage<Messages, Name, Data>) => void,
    options?: ListenerOptions,
  ): this;

  /** Removes a listener. Pass the same function that you added. */
  off(event: 'presence', handler: (event: PresenceEvent) => void, options?: ListenerOptions): this;
  off<Data = unknown>(
    event: 'direct',
    handler: (message: ReceivedDirectMessage<Messages, Data>) => void,
    options?: ListenerOptions,
  ): this;
  off<Data = unknown, Name extends MessageEventName<Messages> = MessageEventName<Messages>>(
    event: Name,
    handler: (message: ReceivedMessage<Messages, Name, Data>) => void,
    options?: ListenerOptions,
  ): this;

  /** Same as {@link on}. */
  addListener(event: 'presence', handler: (event: PresenceEvent) => void, options?: ListenerOptions): this;
  addListener<Data = unknown>(
    event: 'direct',
    handler: (message: ReceivedDirectMessage<Messages, Data>) => void,
    options?: ListenerOptions,
  ): this;
  addListener<Data = unknown, Name extends MessageEventName<Messages> = MessageEventName<Messages>>(
    event: Name,
    handler: (message: ReceivedMessage<Messages, Name, Data>) => void,
    options?: ListenerOptions,
  ): this;

  /** Same as {@link off}. */
  removeListener(event: 'presence', handler: (event: PresenceEvent) => void, options?: ListenerOptions): this;
  removeListener<Data = unknown>(
    event: 'direct',
    handler: (message: ReceivedDirectMessage<Messages, Data>) => void,
    options?: ListenerOptions,
  ): this;
  removeListener<Data = unknown, Name extends MessageEventName<Messages> = MessageEventName<Messages>>(
    event: Name,
    handler: (message: ReceivedMessage<Messages, Name, Data>) => void,
    options?: ListenerOptions,
  ): this;

  /** Returns how many listeners an event has, or how often it has this one. */
  listenerCount(event: string, handler?: (data: never) => void): number;
}
