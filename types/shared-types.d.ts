/**
 * Lets code of the platform's documentation compile, which imports two types from
 * '@realtime/shared-types': they are the types of this package. If the platform's own package is
 * installed, it wins, because a declaration with a pattern gives way to an exact name.
 *
 * This file must not import or export anything: only a script can declare a module that does not
 * exist.
 */
declare module '@realtime/shared-types*' {
  export type { RealtimeEvent, SubscriptionFilter } from '@smarterservices/realtime';
}
