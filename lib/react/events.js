/** useEvent: the latest event of a topic. useEvents: a handler for all of them. */

import { useEffect, useInsertionEffect, useRef } from 'react';
import { matches } from '../filter.js';
import { useClient } from './client.js';
import { keyOf, retain, useShared } from './shared.js';

/** @import { RealtimeClient, RealtimeEvent, SubscribeOptions } from '../../index.js' */
/** @typedef {Omit<SubscribeOptions, 'topic'> & { enabled?: boolean }} EventOptions */

/**
 * @param {string} topic
 * @param {EventOptions} [options]
 * @returns {RealtimeEvent | undefined}
 */
function useEvent(topic, options) {
  const client = useClient('useEvent');
  const { key, open } = subscription(client, topic, options);
  return useShared(client, key, open, undefined);
}

/**
 * @param {string} topic
 * @param {(event: RealtimeEvent) => void} handler
 * @param {EventOptions} [options]
 */
function useEvents(topic, handler, options) {
  const client = useClient('useEvents');
  const { key, open } = subscription(client, topic, options);
  const latest = useRef(handler);
  // Before any effect: no event meets the handler of an earlier render.
  useInsertionEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    if (key === undefined) return;
    const release = retain(client, key, open);
    // Each has a listener of its own: a handler that throws stops no other.
    const ignore = listen(client, topic, options, (event) => latest.current(event));
    return () => {
      ignore();
      release();
    };
  }, [client, key]);
}

/**
 * The subscription that all components with the same topic and options share. Its value is the
 * latest event.
 *
 * @param {RealtimeClient} client
 * @param {string} topic
 * @param {EventOptions} [options]
 */
function subscription(client, topic, { enabled = true, ...options } = {}) {
  return {
    key: enabled ? keyOf('event', topic, options) : undefined,
    open: (/** @type {(event: RealtimeEvent) => void} */ set) => {
      const id = client.subscribe({ ...options, topic });
      const ignore = listen(client, topic, options, set);
      return () => {
        ignore();
        client.unsubscribe(id);
      };
    },
  };
}

/**
 * @param {RealtimeClient} client
 * @param {string} topic
 * @param {EventOptions | undefined} options
 * @param {(event: RealtimeEvent) => void} handler
 */
function listen(client, topic, options, handler) {
  const listener = (/** @type {RealtimeEvent} */ event) => {
    if (matches(options?.filter, sent(event).payload)) handler(event);
  };
  client.on(`event:${topic}`, listener);
  return () => client.off(`event:${topic}`, listener);
}

/**
 * The event as the server sent it, before a schema transformed its payload.
 *
 * @param {any} event
 */
function sent(event) {
  return event[Symbol.for('@smarterservices/realtime: sent')] ?? event;
}

export { useEvent, useEvents };
