'use strict';
// This package in a page, without documents and messaging. The page has its build for scripts.

globalThis.openClient = ({ url, topic }, event) => {
  const client = new globalThis.Realtime.RealtimeClient({ url, token: 'benchmark' });
  client.on('event', event);
  client.on('error', (error) => {
    throw error;
  });
  client.subscribe({ topic });
  return { subscribe: () => client.subscribe({ topic }), close: () => client.destroy() };
};
