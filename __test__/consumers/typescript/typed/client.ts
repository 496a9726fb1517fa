/** The client of these programs, with the maps of its topics, documents and messages. */

import { RealtimeClient } from '@smarterservices/realtime';

export interface Order {
  orderId: number;
  status: 'open' | 'paid';
  urgent?: boolean;
  note: string | null;
  customer: { name: string; address?: { city: string } };
  lines: { sku: string }[];
}

/** An interface: a map need not be a type alias. */
export interface Topics {
  'order.updated': Order;
  'session.status': { sessionId: string; campusId: number };
  /** All topics with this beginning. */
  [presence: `user.${string}`]: { online: boolean };
}

export interface Documents {
  notes: { title: string; tags: string[] };
  counters: { count: number };
}

export interface Messages {
  lobby: { greeting: { text: string }; left: { reason?: string } };
  [game: `game:${number}`]: { move: { x: number; y: number } };
  direct: { ping: { at: number }; pong: { at: number; ms: number } };
}

export const client = new RealtimeClient<Topics, Documents, Messages>({
  url: 'http://localhost:3000',
  token: 'your-jwt-token',
  autoConnect: false,
});

/** `true` if the types are the same, also in what is optional and readonly. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does nothing, and compiles only for `true`. */
export function holds<_Claim extends true>(): void {}
