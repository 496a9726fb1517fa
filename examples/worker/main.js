/**
 * Handles events one after another. When it is stopped, it takes no further events and finishes the
 * one it is at.
 */

import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({
  url: process.env.REALTIME_URL,
  token: process.env.REALTIME_TOKEN,
  reconnectionAttempts: Infinity,
});

/** The event under way, and those behind it. */
let work = Promise.resolve();

realtime.on('event:order.updated', (event) => {
  work = work.then(() => handle(event)).catch((error) => console.error(event.id, error));
});
realtime.on('connection', ({ state, reason }) => console.log(state, reason ?? ''));
realtime.on('error', ({ code, message }) => console.error(code, message));
realtime.on('gap', ({ since }) => console.log('read again from', new Date(since).toISOString()));
realtime.on('slow', ({ events }) => console.warn(events, 'events are waiting'));

realtime.subscribe({ topic: 'order.updated', filter: { status: 'paid' } });

/** @param {{ payload: { id?: unknown } }} event */
async function handle({ payload }) {
  // An invoice is written here. Use the ID of the event as a key, so that a repeat does no harm.
  await new Promise(setImmediate);
  console.log('invoiced', payload.id);
}

process.once('SIGTERM', async () => {
  realtime.destroy();
  await work;
  console.log('done');
});
