/// <reference path="./types/shared-types.d.ts" />

/**
 * Client SDK of the Realtime Platform for Node.js servers.
 *
 * ```js
 * const realtime = new RealtimeClient({ url: 'http://localhost:3000', token });
 * realtime.subscribe({ topic: 'session.status' });
 * realtime.on('event:session.status', (event) => console.log(event.payload));
 * ```
 *
 * @packageDocumentation
 */

export { RealtimeClient } from './types/client.js';
export type {
  CollectionChange,
  CollectionEvents,
  CollectionOptions,
  CollectionSnapshot,
  LiveCollection,
} from './types/collection.js';
export { CoreClient } from './types/core-client.js';
export {
  RealtimeError,
  type RealtimeErrorCode,
  type RealtimeErrorDetails,
} from './types/errors.js';
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
export { type FastifyWebhookOptions, fastifyWebhook } from './types/node/fastify.js';
export { expressWebhook, type NodeRequest, type NodeResponse, nodeWebhook } from './types/node/webhook.js';
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
export { SocketClient } from './types/socket/client.js';
export type {
  ChannelInfo,
  ChannelJoin,
  ChannelMember,
  ChannelMessage,
  DirectMessage,
  JoinOptions,
  PresenceEvent,
  PublishOptions,
  PublishReceipt,
} from './types/socket/message.js';
export type { MessageMap } from './types/socket/message-map.js';
export type { ClockOffset, Distribution, RealtimeStats, TopicCount } from './types/stats.js';
export type { FilterCondition, FilterValue, SubscribeOptions, SubscriptionFilter } from './types/subscription.js';
export { SyncClient } from './types/sync/client.js';
export type {
  DeepPartial,
  DocumentDeletedPayload,
  DocumentList,
  DocumentPage,
  DocumentUpdatedPayload,
  Mutation,
  SyncDocument,
} from './types/sync/document.js';
export type { DocumentMap } from './types/sync/document-map.js';
export { type LiveChange, LiveDocument, type LiveDocumentEvents } from './types/sync/live-document.js';
export type {
  CallOptions,
  CreateOptions,
  GetOptions,
  ListOptions,
  UpdateOptions,
  WatchOptions,
  WriteOptions,
} from './types/sync/options.js';
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
export type {
  ClientTrace,
  ConnectTrace,
  DropMessage,
  GapMessage,
  HandleTrace,
  PublishTrace,
  RequestTrace,
  SlowMessage,
  WebhookTrace,
} from './types/tracing.js';
export type { Untyped } from './types/untyped.js';
export type {
  EventStream,
  EventsOptions,
  ListenerOptions,
  LoopOptions,
  WaitForOptions,
  WaitOptions,
} from './types/waiting.js';
export { fetchWebhook, type WebhookMiddlewareOptions } from './types/webhook/endpoint.js';
export {
  verifyWebhook,
  type WebhookBody,
  type WebhookEvent,
  type WebhookHeaders,
  WebhookReceiver,
  type WebhookReceiverOptions,
  type WebhookScheme,
  type WebhookSecret,
} from './types/webhook/receiver.js';
export { MemoryReplayStore, type ReplayStore } from './types/webhook/replay-store.js';
export { type SignWebhookOptions, signWebhook } from './types/webhook/sign.js';
export {
  type WebhookVerificationCode,
  WebhookVerificationError,
} from './types/webhook/verification-error.js';
