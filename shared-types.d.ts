/**
 * The platform's documentation imports two types from '@realtime/shared-types'. They are the types of this package, under
 * that name. (A file of its own, since only a script may declare a module that does not exist.)
 */
declare module '@realtime/shared-types' {
  export type { RealtimeEvent, SubscriptionFilter } from '@smarterservices/realtime';
}
