import type { RealtimeClient } from './client.js';
import type { CoreClient } from './core-client.js';
import type { GapEvent, RealtimeEvent, SlowEvent } from './events.js';
import type { WebhookScheme } from './webhook/receiver.js';

/** What the contexts of all operations of a client have. */
export interface ClientTrace {
  /** Client that performs the operation. */
  // biome-ignore lint/suspicious/noExplicitAny: a client of any topics
  client: RealtimeClient<any> | CoreClient<any>;
  /** Host of the client's `url`. */
  serverAddress: string;
  /** Port of the client's `url`. */
  serverPort: number;
  /** Why the operation failed. Absent if it succeeded, and until it has ended. */
  error?: unknown;
}

/**
 * One attempt to connect: context of the tracing channel `@smarterservices/realtime:connect`. The
 * members that describe the outcome are set when the attempt has ended.
 */
export interface ConnectTrace extends ClientTrace {
  /** 0 for the first attempt after `connect()`, then the number of the reconnection attempt. */
  attempt: number;
  /** Milliseconds that the client waited before this attempt. */
  delay: number;
  /** How the attempt ended. `'cancelled'`: the client was disconnected or destroyed meanwhile. */
  outcome?: 'connected' | 'failed' | 'cancelled';
  /** Cause of a failure, for people, as `connection` events report it. */
  reason?: string;
  /** Transport of the connection that was made. */
  transport?: 'websocket' | 'polling';
  /** Whether the server resumed the previous session. */
  recovered?: boolean;
}

/**
 * One message to a channel or to a socket: context of the tracing channel
 * `@smarterservices/realtime:publish`. It ends when the server has acknowledged the message.
 */
export interface PublishTrace extends ClientTrace {
  /** Method of `socketClient` that sends it. */
  operation: 'publish' | 'direct' | 'broadcast';
  /** Channel; absent from a direct message. */
  channel?: string;
  /** Name of the message. */
  event: string;
  /** ID of the message. A broadcast has the one that the server assigns. */
  id?: string;
  /**
   * Members that a subscriber of `start` adds travel with the message, and receivers find them in
   * the event's `metadata`. The platform passes on `traceparent` and `tracestate`.
   */
  metadata?: Record<string, string>;
  /** The message was `volatile` and was not sent. */
  dropped?: true;
}

/**
 * One REST request, with its retries: context of the tracing channel
 * `@smarterservices/realtime:request`.
 */
export interface RequestTrace extends ClientTrace {
  method: string;
  /** Path without the query, e.g. `/api/sync/notes/documents/n1`. */
  path: string;
  /** Path with names in place of services, documents and channels. */
  template: string;
  /** HTTP status of the answer. Absent without one. */
  status?: number;
  /** As {@link PublishTrace.metadata}. Only requests with a body carry it. */
  metadata?: Record<string, string>;
}

/**
 * One event that listeners handle: context of the tracing channel
 * `@smarterservices/realtime:handle`. It ends when all listeners have returned, and the promises of
 * async functions among them have settled.
 */
export interface HandleTrace extends ClientTrace {
  /** The event itself. */
  event: RealtimeEvent;
}

/**
 * One webhook delivery that a middleware answers: context of the tracing channel
 * `@smarterservices/realtime:webhook`. It ends with the answer. A repeated delivery is no failure.
 */
export interface WebhookTrace {
  /** Event of the delivery. Absent until the delivery is verified. */
  event?: RealtimeEvent;
  /** ID of the delivery. */
  id?: string;
  /** When the delivery was signed, in Unix milliseconds. */
  timestamp?: number;
  scheme?: WebhookScheme;
  /** Number of the sender's attempt, if it reports one. */
  attempt?: number;
  /** HTTP status of the answer. */
  status?: number;
  /** Why the delivery was refused, or what the handler threw. */
  error?: unknown;
}

/** Message of the channel `@smarterservices/realtime:gap`: events may have been missed. */
export interface GapMessage {
  client: ClientTrace['client'];
  gap: GapEvent;
}

/** Message of the channel `@smarterservices/realtime:slow`: the inbox is more than half full. */
export interface SlowMessage {
  client: ClientTrace['client'];
  slow: SlowEvent;
}

/** Message of the channel `@smarterservices/realtime:drop`: a full inbox has dropped events. */
export interface DropMessage {
  client: ClientTrace['client'];
  /** How many events were dropped since the last message. */
  count: number;
  gap: GapEvent;
}
