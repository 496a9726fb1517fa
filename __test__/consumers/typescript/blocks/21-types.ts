import type {
RealtimeClientOptions,
SubscribeOptions,
ConnectionState,
WebhookReceiverOptions,
WebhookEvent,
} from '@smarterservices/realtime';
import type {
RealtimeEvent,
SubscriptionFilter,
} from '@realtime/shared-types';
