/// <reference lib="esnext.disposable" />

import type { RealtimeError } from './errors.js';
import type { ClientEvents, ConnectionState, EventHandler, RealtimeEvent, TopicMap, TopicPayload } from './events.js';
import type { RealtimeClientOptions } from './options.js';
import type { RealtimeStats } from './stats.js';
import type { SubscribeOptions } from './subscription.js';
import type { Untyped } from './untyped.js';
import type { EventStream, EventsOptions, ListenerOptions, WaitForOptions, WaitOptions } from './waiting.js';

/**
 * Connection to the platform, with its subscriptions and listeners, without documents and
 * messaging. {@link RealtimeClient} adds these.
 *
 * `@smarterservices/realtime/core` exports this class as `RealtimeClient`. A web page that needs
 * nothing else loads a third less.
 *
 * @typeParam Topics map from topics to the types of their payloads. Optional.
 * @example
 * const realtime = new CoreClient<{
 *   'session.status': { sessionId: string; status: string };
 * }>({ url: 'http://localhost:3000', token });
 * realtime.subscribe({ topic: 'session.status' });
 * realtime.on('event:session.status', ({ payload }) => console.log(payload.status));
 */
export class CoreClient<Topics extends TopicMap<Topics> = Untyped> {
  /**
   * Creates a client, which connects at once unless `autoConnect` is false.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`; the message names the option and the expected
   *   value; `ADDON_NOT_FOUND` if options need the native engine, and there is none
   */
  constructor(options: RealtimeClientOptions<Topics>);

  /** Current connection state. */
  readonly state: ConnectionState;
  /** Whether the state is `'connected'`. */
  readonly connected: boolean;
  /** Engine of this client, see {@link RealtimeClientOptions.engine}. */
  readonly engine: 'native' | 'javascript';

  /**
   * Opens the connection: the state becomes `'connecting'`. It does nothing unless the state is
   * `'disconnected'`.
   *
   * @throws {@link RealtimeError} `CLIENT_DESTROYED`
   */
  connect(): void;

  /**
   * Closes the connection: the state becomes `'disconnected'`. No event and no presence is
   * delivered after this call ({@link on} describes a call from within a handler). The client keeps
   * the subscriptions, and the next {@link connect} establishes them again.
   */
  disconnect(): void;

  /**
   * Ends the client for good. It disconnects, removes all subscriptions and listeners, closes live
   * documents, and rejects pending requests with `CLIENT_DESTROYED`. No handler is called after
   * this call.
   */
  destroy(): void;

  /**
   * Ends the client at the end of an `await using` block. It disconnects, waits until the listeners
   * have received `'disconnected'`, and destroys the client, even if something calls
   * {@link connect} in the meantime.
   *
   * @example
   * await using realtime = new RealtimeClient({ url, token });
   */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Subscribes to a topic, now and after every reconnection. An event is delivered once, even if
   * several subscriptions match it.
   *
   * If the server refuses, the client emits an `'error'` with the code `SUBSCRIBE_DENIED` and this
   * ID. If the server confirms other subscriptions but not this one, the client emits one
   * `SUBSCRIBE_UNCONFIRMED`.
   *
   * With a topic map, TypeScript checks the topic, the paths of the filter and the types of its
   * values.
   *
   * @param handler receives the events of this subscription alone, until {@link unsubscribe}.
   *   Listeners of `on` receive them as well. `this` is the client.
   * @returns the subscription ID, e.g. `"sub_1"`
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`, `ABORTED`
   * @example
   * const id = realtime.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
   * realtime.subscribe({ topic: 'session.status', filter: { campusId: 13 } }, ({ payload }) => console.log(payload));
   */
  subscribe<Topic extends keyof Topics & string, Payload extends Topics[Topic] = Topics[Topic], Input = Topics[Topic]>(
    options: SubscribeOptions<Topic, Payload, Input>,
    handler?: (event: RealtimeEvent<TopicPayload<Record<Topic, Payload>, Topic>, Topic>) => void,
  ): string;

  /**
   * Waits until the client is connected. Resolves at once if it is.
   *
   * @returns Rejects with `NETWORK_ERROR` if the client is not even connecting, with the cause if it
   *   gives up (`RECONNECT_FAILED`, `AUTH_FAILED`, ...), with `ABORTED` after {@link disconnect} or
   *   if the signal is aborted, with `TIMEOUT`, and with `CLIENT_DESTROYED`
   * @example
   * await realtime.ready({ timeout: 10_000 });
   */
  ready(options?: WaitOptions): Promise<void>;

  /**
   * Waits until the server has confirmed a subscription on the current connection. An event that is
   * published after that reaches the client. Resolves at once if it is confirmed.
   *
   * Some servers never confirm anything, so set a timeout.
   *
   * @returns Rejects with `SUBSCRIBE_DENIED` if the server refuses the subscription, with
   *   `SUBSCRIBE_UNCONFIRMED` if it confirms others but not this one, with `ABORTED` after
   *   {@link unsubscribe}, with `INVALID_ARGUMENT` for an ID that is not live, and like {@link ready}
   * @example
   * const id = realtime.subscribe({ topic: 'session.status' });
   * await realtime.subscribed(id, { timeout: 5000 });
   */
  subscribed(subscriptionId: string, options?: WaitOptions): Promise<void>;

  /**
   * Waits for one event, with the names of {@link on}. It listens from the call on.
   *
   * Events arrive in batches, so events between two calls are missed: use {@link events} for a
   * series of them. A wait does not keep the process alive, the connection does.
   *
   * @returns what a listener receives. Rejects with `TIMEOUT`, with `ABORTED` if the signal is
   *   aborted, and with `CLIENT_DESTROYED`. A wait for events also rejects when the connection
   *   ends: with the cause if the client gives up, with `ABORTED` after {@link disconnect}.
   * @example
   * const { payload } = await realtime.waitFor('event:session.status', {
   *   where: (event) => event.payload.campusId === 12,
   *   timeout: 5000,
   * });
   */
  waitFor<Name extends string>(
    event: string extends Name ? Name : never,
    options?: WaitForOptions<unknown>,
  ): Promise<unknown>;
  waitFor<
    Name extends keyof ClientEvents<Topics>,
    Wanted extends ClientEvents<Topics>[Name] = ClientEvents<Topics>[Name],
  >(event: Name, options?: WaitForOptions<ClientEvents<Topics>[Name], Wanted>): Promise<Wanted>;

  /**
   * Subscribes to a topic, and returns its events for a `for await` loop. They keep their order and
   * wait for the loop within {@link EventsOptions.buffer}.
   *
   * The subscription begins with this call, and ends when the loop is left. After a `break` nothing
   * is left of it. {@link disconnect} does not end the loop, since {@link connect} resumes the
   * subscription. {@link destroy} ends it. It throws what went wrong if the server refuses the
   * subscription, or if the client gives up. A stream without a loop fills up: end it with
   * `return()` or a signal.
   *
   * @returns Options that are wrong reject the first `next()`.
   * @throws {@link RealtimeError} `CLIENT_DESTROYED`
   * @example
   * for await (const { payload } of realtime.events({ topic: 'session.status', filter: { campusId: 12 } })) {
   *   console.log(payload.status);
   *   if (payload.status === 'ended') break;
   * }
   */
  events<Topic extends keyof Topics & string>(
    options: EventsOptions<Topic, Topics[Topic]>,
  ): EventStream<RealtimeEvent<TopicPayload<Topics, Topic>, Topic>>;

  /**
   * Removes a subscription, and ignores an unknown ID. An event that no other subscription wants is
   * not delivered after this call. For a call from within a handler see {@link on}, for one beside
   * a subscription with a wildcard `docs/delivery-guarantees.md`.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` if the ID is not a string
   * @example
   * const id = realtime.subscribe({ topic: 'session.status' });
   * realtime.unsubscribe(id);
   */
  unsubscribe(subscriptionId: string): void;

  /**
   * Adds a listener. The events are:
   *
   * - `'event'`: every event
   * - `'event:<topic>'`: events of one topic
   * - `'connection'`: changes of the connection state, and every reconnection attempt
   * - `'gap'`: events may have been missed
   * - `'slow'`: the handlers are too slow for the events
   * - `'error'`: an error that no promise reports. Without a listener, the client emits a process
   *   warning, once per code.
   *
   * Listeners are called in the order in which they were added: those of `'event'` before those of
   * `'event:<topic>'`, those of `socketClient` last. `this` is the client.
   *
   * `signal` removes the listener when it is aborted.
   *
   * A listener can call {@link disconnect}, or {@link unsubscribe} so that no subscription wants
   * the current event. Then the other listeners of the same name still receive it, and listeners of
   * other names do not. After {@link destroy} no listener is called.
   *
   * With a topic map, TypeScript refuses names of other topics, and a check of `event.topic`
   * narrows `event.payload`. Events of watched documents and of joined channels reach `'event'` as
   * well, also if the map lacks their topics.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` for an unknown event or a handler that is not
   *   a function, `CLIENT_DESTROYED`
   * @example
   * realtime.on('event:session.status', ({ payload }) => console.log(payload));
   * realtime.on('connection', ({ state, reason }) => console.log(state, reason));
   * realtime.on('error', (error) => console.error(error.code, error.message));
   */
  on<Name extends string>(
    event: string extends Name ? Name : never,
    handler: EventHandler,
    options?: ListenerOptions,
  ): this;
  on<Name extends keyof ClientEvents<Topics>>(
    event: Name,
    handler: (data: ClientEvents<Topics>[Name]) => void,
    options?: ListenerOptions,
  ): this;

  /**
   * Adds a listener for one call. The client removes it before it calls it.
   *
   * Events arrive in batches, and code after an `await` runs after a batch. If you add the next
   * `once` listener after an `await`, you miss the events in between.
   *
   * @throws {@link RealtimeError} as {@link on}
   * @example
   * realtime.once('event:session.status', ({ payload }) => console.log('the first', payload));
   */
  once<Name extends string>(
    event: string extends Name ? Name : never,
    handler: EventHandler,
    options?: ListenerOptions,
  ): this;
  once<Name extends keyof ClientEvents<Topics>>(
    event: Name,
    handler: (data: ClientEvents<Topics>[Name]) => void,
    options?: ListenerOptions,
  ): this;

  /**
   * Removes a listener. Pass the same function that you added. If it was added several times, the
   * one added last is removed. It takes the arguments of {@link on}, and ignores the options.
   *
   * You can replace a listener without missing an event: remove it and add the next one without an
   * `await` in between.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`
   * @example
   * const listener = (event: RealtimeEvent) => console.log(event.payload);
   * realtime.on('event:session.status', listener);
   * realtime.off('event:session.status', listener);
   */
  off<Name extends string>(
    event: string extends Name ? Name : never,
    handler: EventHandler,
    options?: ListenerOptions,
  ): this;
  off<Name extends keyof ClientEvents<Topics>>(
    event: Name,
    handler: (data: ClientEvents<Topics>[Name]) => void,
    options?: ListenerOptions,
  ): this;

  /** Same as {@link on}. With it, `once` and `on` of `node:events` accept a client. */
  addListener<Name extends string>(
    event: string extends Name ? Name : never,
    handler: EventHandler,
    options?: ListenerOptions,
  ): this;
  addListener<Name extends keyof ClientEvents<Topics>>(
    event: Name,
    handler: (data: ClientEvents<Topics>[Name]) => void,
    options?: ListenerOptions,
  ): this;

  /** Same as {@link off}. */
  removeListener<Name extends string>(
    event: string extends Name ? Name : never,
    handler: EventHandler,
    options?: ListenerOptions,
  ): this;
  removeListener<Name extends keyof ClientEvents<Topics>>(
    event: Name,
    handler: (data: ClientEvents<Topics>[Name]) => void,
    options?: ListenerOptions,
  ): this;

  /**
   * Returns how many listeners an event has, or how often it has this one. Handlers of
   * {@link subscribe} count as listeners of their topic.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT` for an unknown event
   */
  listenerCount(event: string, handler?: (data: never) => void): number;

  /** Returns the client's counters since its construction, and the current sizes of its queues. */
  stats(): RealtimeStats;

  /**
   * Returns what the flight recorder holds, as JSON lines without secrets: one of the settings,
   * then one for each call of the session. Attach it to a bug report, or replay it with
   * `scripts/replay.js`. `undefined` without the option `record`.
   *
   * The call takes about a millisecond per hundred lines. It works after {@link destroy}, too.
   *
   * @example
   * const realtime = new RealtimeClient({ url: 'http://localhost:3000', token, record: {} });
   * realtime.on('gap', () => console.log(realtime.recording()));
   */
  recording(): string | undefined;

  /** Makes an open connection keep the process alive again after {@link unref}. */
  ref(): this;
  /**
   * Lets the process exit while the connection is open, like `unref` of a socket. It stays in
   * effect until {@link ref}.
   */
  unref(): this;
}
