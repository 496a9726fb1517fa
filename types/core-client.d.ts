/// <reference lib="esnext.disposable" />

import type { RealtimeError } from './errors.js';
import type { ClientEvents, ConnectionState, EventHandler, TopicMap } from './events.js';
import type { RealtimeClientOptions } from './options.js';
import type { RealtimeStats } from './stats.js';
import type { SubscribeOptions } from './subscription.js';
import type { Untyped } from './untyped.js';

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
  constructor(options: RealtimeClientOptions);

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
   * @returns the subscription ID, e.g. `"sub_1"`
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`, `CLIENT_DESTROYED`
   * @example
   * const id = realtime.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
   */
  subscribe<Topic extends keyof Topics & string>(options: SubscribeOptions<Topic, Topics[Topic]>): string;

  /**
   * Removes a subscription, and ignores an unknown ID. An event that no other subscription wants is
   * not delivered after this call. For a call from within a handler see {@link on}, for one beside
   * a subscription with a wildcard `docs/reliability.md`.
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
  on<Name extends string>(event: string extends Name ? Name : never, handler: EventHandler): void;
  on<Name extends keyof ClientEvents<Topics>>(event: Name, handler: (data: ClientEvents<Topics>[Name]) => void): void;

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
  once<Name extends string>(event: string extends Name ? Name : never, handler: EventHandler): void;
  once<Name extends keyof ClientEvents<Topics>>(event: Name, handler: (data: ClientEvents<Topics>[Name]) => void): void;

  /**
   * Removes a listener. Pass the same function that you added. If it was added several times, the
   * one added last is removed.
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
  off<Name extends string>(event: string extends Name ? Name : never, handler: EventHandler): void;
  off<Name extends keyof ClientEvents<Topics>>(event: Name, handler: (data: ClientEvents<Topics>[Name]) => void): void;

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
