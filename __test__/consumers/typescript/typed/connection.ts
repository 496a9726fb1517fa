/** Connection events, error codes. */

import type {
  ConnectionEvent,
  ConnectionState,
  RealtimeError,
  RealtimeErrorCode,
  WebhookVerificationCode,
  WebhookVerificationError,
} from '@smarterservices/realtime';
import { client, holds, type Same } from './client.js';

holds<Same<ConnectionEvent['state'], ConnectionState>>();

client.on('connection', (change) => {
  switch (change.state) {
    case 'connecting':
      holds<Same<typeof change.reason, undefined>>();
      break;
    case 'connected':
      holds<Same<typeof change.recovered, boolean>>();
      // @ts-expect-error TS2339: Property 'toFixed' does not exist on type 'never'
      change.retryIn?.toFixed();
      break;
    case 'reconnecting':
      holds<Same<[typeof change.attempt, typeof change.reason], [number, string]>>();
      holds<Same<typeof change.retryIn, number | undefined>>();
      break;
    case 'disconnected':
      holds<Same<typeof change.reason, string>>();
      break;
    default:
      holds<Same<typeof change, never>>();
  }
  // @ts-expect-error TS18048: 'change.attempt' is possibly 'undefined'
  change.attempt.toFixed();
  // @ts-expect-error TS2367: have no overlap
  if (change.state === 'closed') return;
});
client.on('connection', ({ state, reason, attempt, retryIn, recovered }) => {
  console.log(reason?.length, attempt?.toFixed(), retryIn?.toFixed(), recovered);
  if (state === 'reconnecting') console.log(attempt.toFixed(), reason.length);
});
// @ts-expect-error TS2322: is not assignable to type 'ConnectionEvent'
export const incomplete: ConnectionEvent = { state: 'reconnecting', reason: 'HTTP 503' };
// @ts-expect-error TS2322: Type 'boolean' is not assignable to type 'undefined'
export const impossible: ConnectionEvent = { state: 'connecting', recovered: true };

export function judge(error: RealtimeError, refusal: WebhookVerificationError): RealtimeErrorCode {
  const code: RealtimeErrorCode = error.code;
  const verification: WebhookVerificationCode = refusal.code;
  // @ts-expect-error TS2367: have no overlap
  if (error.code === 'SUBSCRIBE_DENYED') return code;
  return error.code === 'SUBSCRIBE_DENIED' ? 'SIGNATURE_MISMATCH' : verification;
}
