// This package in a page, without documents and messaging.

import { RealtimeClient } from '@smarterservices/realtime/core';

export const openClient =
  (options) =>
  ({ url, topic }, event) => {
    const client = new RealtimeClient({ url, token: 'benchmark', ...options });
    client.on('event', event);
    client.on('error', (error) => {
      throw error;
    });
    client.subscribe({ topic });
    return { subscribe: () => client.subscribe({ topic }), close: () => client.destroy() };
  };
