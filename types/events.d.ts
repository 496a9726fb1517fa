import type { RealtimeClient } from './client.js';
import type { RealtimeError } from './errors.js';
import type { InboxOptions, LifecycleSource } from './options.js';
import type { IfTyped, Untyped } from './untyped.js';

/**
 * Envelope of every event that a client receives.
 *
 * @typeParam Payload type of the event data
 * @typeParam Topic type of the topic; a client with a topic map sets it
 */
export interface RealtimeEvent<Payload extends object = Record<string, unknown>, Topic extends string = string> {
  /** Unique event ID. The client delivers an ID once, even if the server repeats it. */
  id: string;
  /** Domain topic, e.g. `"session.status"`. */
  topic: Topic;
  /** Service that produced the event. */
  source: 'database' | 'sync' | 'socket';
  /** Event type, e.g. `"database.update"`. */
  type: string;
  /** Event data. */
  payload: Payload;
  metadata: {
    /** Unix timestamp in milliseconds. */
    timestamp: number;
    /** Source table (database events). */
    table?: string;
    /** Operation on the row (database events). */
    operation?: 'insert' | 'update' | 'delete';
    /** Document revision (sync events). */
    revision?: number;
    /** Span that produced the event, as W3C Trace Context, if its publisher traces. */
    traceparent?: string;
    /** W3C Trace Context of vendors, beside `traceparent`. */
    tracestate?: string;
  };
}

/** State of the connection. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting';

/**
 * Change of the connection state. In state `'reconnecting'` there is one for every attempt: its
 * number, delay and cause. After a check of `state`, TypeScript knows which members are there.
 *
 * @example
 * realtime.on('connection', (change) => {
 *   if (change.state === 'reconnecting') console.log(change.attempt.toFixed(), change.reason);
 *   if (change.state === 'connected') console.log(change.recovered ? 'resumed' : 'new session');
 * });
 */
export type ConnectionEvent = ConnectingEvent | ConnectedEvent | ReconnectingEvent | DisconnectedEvent;

/** The client makes its first attempt to connect. */
export interface ConnectingEvent {
  state: 'connecting';
  reason?: undefined;
  attempt?: undefined;
  retryIn?: undefined;
  recovered?: undefined;
}

/** The connection is ready. */
export interface ConnectedEvent {
  state: 'connected';
  /**
   * Whether the server resumed the previous session and sends the missed events (Connection State
   * Recovery of Socket.IO). If it did not, a {@link GapEvent} follows, provided that there was
   * anything to miss.
   */
  recovered: boolean;
  reason?: undefined;
  attempt?: undefined;
  retryIn?: undefined;
}

/** The connection was lost or an attempt failed, and the client tries again. */
export interface ReconnectingEvent {
  state: 'reconnecting';
  /** Cause, for people: `connect ECONNREFUSED 127.0.0.1:3000`, `HTTP 503`, `ping timeout`, ... */
  reason: string;
  /** Number of the next attempt. It starts at 1 after every connection. */
  attempt: number;
  /**
   * Milliseconds from now until that attempt. Absent while the client waits for the page or the
   * network, see {@link LifecycleSource}.
   */
  retryIn?: number;
  recovered?: undefined;
}

/** There is no connection, and the client does not try again by itself. */
export interface DisconnectedEvent {
  state: 'disconnected';
  /** Cause, for people: `client disconnect`, `server disconnect`, `HTTP 401`, ... */
  reason: string;
  attempt?: undefined;
  retryIn?: undefined;
  recovered?: undefined;
}

/**
 * Events may have been missed, so read the current state again.
 *
 * There are three causes. The connection was lost, or closed by {@link RealtimeClient.disconnect},
 * and the server did not recover the session. Or the handlers were too slow and the client dropped
 * events, see {@link InboxOptions.overflow}. Or the server reported events that it may have lost
 * itself.
 *
 * After a lost connection the client emits this event once the server has confirmed the
 * subscriptions on the new connection, or after 5 seconds if the server confirms nothing. A read
 * that starts now misses nothing that comes later. After dropped events the client emits it behind
 * the events that were kept: when the inbox is half empty again, and every 10 seconds while it
 * keeps dropping.
 */
export interface GapEvent {
  /**
   * Unix timestamp in milliseconds, by the clock of this machine, up to which delivery is proven.
   * It may be earlier than the last event you saw, never later.
   */
  since: number;
  /** When events were live again, or when the last event was dropped. */
  until: number;
  /**
   * Why the connection was lost, as in {@link ConnectionEvent}, `'slow consumer'`, or the words of
   * the server.
   */
  reason: string;
  /** How many events were dropped. Absent where nobody knows. */
  dropped?: number;
  /**
   * `'server'`: the platform reported that it may have lost events behind the connection, for
   * example while it had no connection to its database. Absent for the other causes.
   */
  reportedBy?: 'server';
  /**
   * Subscriptions that may have missed events: those that existed before and still exist, or whose
   * topics had events dropped. The subscriptions of live documents are not listed, since live
   * documents read again by themselves. After dropped events the list can be empty, and so can
   * `channels`: direct messages belong to neither.
   */
  subscriptions: { subscriptionId: string; topic: string }[];
  /** Channels that were joined before and still are. */
  channels: string[];
}

/**
 * The inbox is more than half full, see {@link InboxOptions}.
 *
 * Emitted once, ahead of queued events, and again after the inbox has dropped to a quarter. A
 * handler that blocks the thread delays this event as well.
 */
export interface SlowEvent {
  /** Events in the inbox now. */
  events: number;
  /** Their size in bytes. */
  bytes: number;
  /** Limit of {@link SlowEvent.events}. */
  maxEvents: number;
  /** Limit of {@link SlowEvent.bytes}. */
  maxBytes: number;
  /** What happens at the limits. */
  overflow: NonNullable<InboxOptions['overflow']>;
  /** How many events were dropped so far. */
  dropped: number;
}

/**
 * Handler of any event. If it throws, or returns a promise that rejects, the process sees an
 * uncaught error.
 */
export type EventHandler = (data: unknown) => void;

/** Payload types by topic, see {@link RealtimeClient}. */
export type TopicMap<Topics> = { [Topic in keyof Topics]: object };

/** Type of the payload of a topic. */
export type TopicPayload<Topics extends TopicMap<Topics>, Topic extends keyof Topics> = IfTyped<
  Topics,
  Topics[Topic],
  Record<string, unknown>
>;

/**
 * Event of any topic of a topic map. A check of `topic` narrows `payload` as well.
 *
 * @typeParam Topics map from topics to the types of their payloads
 * @example
 * type Topics = { 'order.paid': { orderId: number }; 'session.status': { status: string } };
 * function describe(event: TopicEvent<Topics>) {
 *   return event.topic === 'order.paid' ? event.payload.orderId.toFixed() : event.payload.status;
 * }
 */
export type TopicEvent<Topics extends TopicMap<Topics> = Untyped> = {
  [Topic in keyof Topics & string]: RealtimeEvent<TopicPayload<Topics, Topic>, Topic>;
}[keyof Topics & string];

/**
 * What the listeners of a client receive, by the name of the event.
 *
 * @typeParam Topics map from topics to the types of their payloads
 */
export type ClientEvents<Topics extends TopicMap<Topics> = Untyped> = {
  event: TopicEvent<Topics>;
  connection: ConnectionEvent;
  gap: GapEvent;
  slow: SlowEvent;
  error: RealtimeError;
} & { [Topic in keyof Topics & string as `event:${Topic}`]: RealtimeEvent<TopicPayload<Topics, Topic>, Topic> };
