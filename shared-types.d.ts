/**
 * The platform's documentation imports two types from '@realtime/shared-types'. They are the types of this package, under
 * that name, where the platform's own package is not installed: unlike an exact name, a pattern gives way to it. (A file of
 * its own, since only a script may declare a module that does not exist.)
 */
declare module '@realtime/shared-types*' {
  export type { RealtimeEvent, SubscriptionFilter } from '@smarterservices/realtime';
}
