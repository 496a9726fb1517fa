/**
 * `@smarterservices/realtime/core`: topics, filters, tokens and gaps, without documents and
 * messaging.
 *
 * ```js
 * import { RealtimeClient } from '@smarterservices/realtime/core';
 * ```
 *
 * @packageDocumentation
 */

export { CoreClient as RealtimeClient } from './types/core-client.js';
export { RealtimeError, type RealtimeErrorCode, type RealtimeErrorDetails } from './types/errors.js';
export type {
  ClientEvents,
  ConnectedEvent,
  ConnectingEvent,
  ConnectionEvent,
  ConnectionState,
  DisconnectedEvent,
  EventHandler,
  GapEvent,
  RealtimeEvent,
  ReconnectingEvent,
  SlowEvent,
  TopicEvent,
  TopicMap,
} from './types/events.js';
export type { Logger, LogHandler, LogLevel, LogMethod, LogOptions, LogPart, LogRecord } from './types/log.js';
export type {
  CompressionOptions,
  HeartbeatOptions,
  InboxOptions,
  LifecycleSignal,
  LifecycleSource,
  OutboxOptions,
  RealtimeClientOptions,
  RecordOptions,
  StatsOptions,
  TlsOptions,
} from './types/options.js';
export type { Recorder, ReplayDifference, ReplayStep, SessionState } from './types/recording.js';
export type {
  PayloadIssue,
  SchemaInput,
  SchemaOutput,
  SchemaTopics,
  StandardSchema,
  TopicSchemas,
} from './types/schema.js';
export type { ClockOffset, Distribution, RealtimeStats, TopicCount } from './types/stats.js';
export type { FilterCondition, FilterValue, SubscribeOptions, SubscriptionFilter } from './types/subscription.js';
export {
  type DecodedToken,
  decodeToken,
  getTokenExpiresIn,
  isTokenExpired,
  shouldRefreshToken,
  type TokenClaims,
  type TokenHeader,
  type TokenProvider,
  type TokenReason,
} from './types/token.js';
export type { Untyped } from './types/untyped.js';
export type {
  EventStream,
  EventsOptions,
  ListenerOptions,
  LoopOptions,
  WaitForOptions,
  WaitOptions,
} from './types/waiting.js';
