/** A program for the Web: both entries, without the types of Node and of the DOM. */

import { type CoreClient, RealtimeClient, type RealtimeEvent } from '@smarterservices/realtime';
import { RealtimeClient as Core } from '@smarterservices/realtime/core';

const client: CoreClient = new RealtimeClient({
  url: 'https://localhost',
  token: 'your-jwt-token',
  engine: 'javascript',
});
client.on('event:a', (event: RealtimeEvent) => event.topic);
export const core = new Core<{ a: { n: number } }>({ url: 'https://localhost', token: 'your-jwt-token' });
core.on('event:a', ({ payload }) => payload.n);
// @ts-expect-error: the core has no documents
core.sync;
export const same: typeof CoreClient = Core;
