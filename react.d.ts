/**
 * `@smarterservices/realtime/react`: hooks for React 18 and newer. The guide is `docs/react.md`.
 *
 * Create the client outside of React, and offer it with a provider:
 *
 * ```js
 * const realtime = new RealtimeClient({ url: 'http://localhost:3000', token, autoConnect: false });
 * createRoot(root).render(createElement(RealtimeProvider, { client: realtime }, createElement(App)));
 * ```
 *
 * Components share what they have in common: any number of them with the same topic and options
 * have one subscription. It starts when the first component is mounted, and ends when the last one
 * has gone. Under StrictMode, during a hot reload and on a server it is the same.
 *
 * @packageDocumentation
 */

import type { ReactElement, ReactNode } from 'react';

import type { RealtimeClient } from './types/client.js';
import type { CoreClient } from './types/core-client.js';
import type { RealtimeError } from './types/errors.js';
import type { ConnectionEvent, ConnectionState, RealtimeEvent } from './types/events.js';
import type { ChannelMember } from './types/socket/message.js';
import type { SubscribeOptions } from './types/subscription.js';
import type { SyncDocument } from './types/sync/document.js';
import type { UpdateOptions, WatchOptions } from './types/sync/options.js';

/**
 * Names the type of your client, and with it the topics and payloads of the hooks.
 *
 * @example
 * declare module '@smarterservices/realtime/react' {
 *   interface Register {
 *     client: RealtimeClient<{ 'session.status': { sessionId: string; status: string } }>;
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: users add a member
export interface Register {}

/** The client of {@link Register}, or any client. */
export type RegisteredClient = Register extends { client: infer Client } ? Client : RealtimeClient;

/** Payloads by topic of {@link RegisteredClient}. */
export type RegisteredTopics =
  RegisteredClient extends RealtimeClient<infer Topics>
    ? Topics
    : RegisteredClient extends CoreClient<infer Topics>
      ? Topics
      : Record<string, Record<string, unknown>>;

/** Offers a client to the components below it. */
export interface RealtimeProviderProps {
  /** Client that was created outside of React. Components below use the nearest provider's. */
  // biome-ignore lint/suspicious/noExplicitAny: a client of any topics
  client: RealtimeClient<any> | CoreClient<any>;
  /**
   * Whether the provider connects a client that is disconnected. It disconnects that client when it
   * is unmounted, and leaves alone a client that had connected before. Default: true.
   */
  connect?: boolean;
  children?: ReactNode;
}

/**
 * Offers a client to the hooks of all components below it, and keeps the client connected while it
 * is mounted.
 *
 * Create the client with `autoConnect: false`: then a server that renders the page opens no
 * connection, and a client that a hot reload replaces closes its own.
 */
export function RealtimeProvider(props: RealtimeProviderProps): ReactElement;

/**
 * Returns the client of the nearest {@link RealtimeProvider}, for everything that has no hook.
 *
 * @throws Error without a provider, as every hook does
 */
export function useRealtimeClient(): RegisteredClient;

/** The latest {@link ConnectionEvent}, or a state whose event came before the component was there. */
export type ConnectionStatus =
  | ConnectionEvent
  | { state: ConnectionState; reason?: undefined; attempt?: undefined; retryIn?: undefined; recovered?: undefined };

/**
 * Returns the state of the connection, and its cause as far as it is known. On a server it is
 * `'disconnected'`.
 */
export function useConnection(): ConnectionStatus;

/** Options of {@link useEvent} and {@link useEvents}. Filters are compared by their contents. */
export interface EventOptions extends Omit<SubscribeOptions, 'topic'> {
  /** Whether to subscribe. Default: true. */
  enabled?: boolean;
}

/**
 * Subscribes to a topic while the component is mounted, and returns its latest event, or undefined
 * before the first one. An event that follows another one quickly may replace it before the
 * component is rendered: use {@link useEvents} to see every event.
 *
 * @example
 * const event = useEvent('session.status', { filter: { campusId: 12 } });
 */
export function useEvent<Topic extends keyof RegisteredTopics & string>(
  topic: Topic,
  options?: EventOptions,
): RealtimeEvent<RegisteredTopics[Topic]> | undefined;

/**
 * Subscribes to a topic while the component is mounted, and calls `handler` for every event. An
 * event alone does not render the component again.
 *
 * @param handler need not be the same function each time. The latest one is called.
 * @example
 * useEvents('session.status', ({ payload }) => setLog((log) => [...log, payload.status]));
 */
export function useEvents<Topic extends keyof RegisteredTopics & string>(
  topic: Topic,
  handler: (event: RealtimeEvent<RegisteredTopics[Topic]>) => void,
  options?: EventOptions,
): void;

/** Options of {@link useDocument}. */
export interface DocumentOptions extends WatchOptions {
  /** Whether to follow the document. Default: true. */
  enabled?: boolean;
}

/** State of a document that follows the server. */
export interface LiveState<Data = Record<string, unknown>> {
  /**
   * Undefined before the first read and while the document does not exist. Components share this
   * object, so do not modify it.
   */
  data: Data | undefined;
  /** 0 until the first read, and for a document that never existed. */
  revision: number;
  /** Whether the document existed and was deleted. */
  deleted: boolean;
  /** Whether the state is known. Until then `data` says nothing. */
  ready: boolean;
  /** Latest error, until the next change. The client retries what can succeed later. */
  error: RealtimeError | undefined;
}

/** Result of {@link useDocument}. */
export interface UsedDocument<Data = Record<string, unknown>> extends LiveState<Data> {
  /**
   * Updates the document without losing the writes of others, as `sync.update` does. The function
   * stays the same between renders.
   *
   * @param change called once per attempt. Return undefined to change nothing.
   */
  update(
    change: (data: Data, document: SyncDocument<Data>) => Data | undefined | Promise<Data | undefined>,
    options?: UpdateOptions,
  ): Promise<SyncDocument<Data>>;
}

/**
 * Follows a document while the component is mounted. The component is rendered again with every
 * change. On a server nothing is read.
 *
 * @example
 * const { data, update } = useDocument<{ count: number }>('counters', 'visits');
 * const add = () => update(({ count }) => ({ count: count + 1 }));
 */
export function useDocument<Data = Record<string, unknown>>(
  service: string,
  id: string,
  options?: DocumentOptions,
): UsedDocument<Data>;

/** Options of {@link usePresence}. */
export interface PresenceOptions {
  /** Whether to join the channel. Default: true. */
  enabled?: boolean;
}

/** Result of {@link usePresence}. */
export interface Presence {
  /**
   * Members of the channel, including this client. Empty until the client has joined. Components
   * share this array, so do not modify it.
   */
  members: readonly ChannelMember[];
  /** Why the client could not join, until it does: `CHANNEL_DENIED`, `TIMEOUT`, ... */
  error: RealtimeError | undefined;
}

/**
 * Joins a channel while the component is mounted, and returns its members. When the last component
 * has gone, the client leaves the channel, so leave it to these components to join it.
 *
 * @example
 * const { members } = usePresence('lobby');
 */
export function usePresence(channel: string, options?: PresenceOptions): Presence;
