/**
 * The tracer on Node, Bun and Deno, see `tracing.d.ts`. Nobody reports that a channel has got its
 * first subscriber, so the channels are looked at, until one has. Only then is the rest loaded.
 */

import { channel, tracingChannel } from 'node:diagnostics_channel';
import { ChannelObserver } from './channels.js';
import { seam } from './seam.js';
import { Tracer } from './tracer.js';

const PREFIX = '@smarterservices/realtime:';

const operations = {
  connect: tracingChannel(`${PREFIX}connect`),
  publish: tracingChannel(`${PREFIX}publish`),
  request: tracingChannel(`${PREFIX}request`),
  handle: tracingChannel(`${PREFIX}handle`),
  webhook: tracingChannel(`${PREFIX}webhook`),
};
const messages = {
  gap: channel(`${PREFIX}gap`),
  slow: channel(`${PREFIX}slow`),
  drop: channel(`${PREFIX}drop`),
};
/** All channels in one list, for the look at them. */
const all = [
  ...Object.values(operations).flatMap(({ start, end, asyncStart, asyncEnd, error }) => [
    start,
    end,
    asyncStart,
    asyncEnd,
    error,
  ]),
  ...Object.values(messages),
];
let isObserved = false;

/** @type {typeof import('./tracing.js').tracer} */
export function tracer() {
  if (!isObserved && hasSubscribers()) {
    isObserved = true;
    Tracer.add(new ChannelObserver(operations, messages));
  }
  return seam.tracer;
}

function hasSubscribers() {
  for (const each of all) if (each.hasSubscribers) return true;
  return false;
}
