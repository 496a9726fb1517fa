'use strict';
// This package.

const { RealtimeClient } = require('../..');

/** @param {object} [options] more options of the client, for variants of it */
exports.open = ({ url, ca, protocol, topics, only, compression }, { connected, event }, options) => {
  const client = new RealtimeClient({ url, token: 'benchmark', protocol, tls: { ca }, compression, ...options });
  client.on(only ? `event:${only}` : 'event', event);
  client.on('error', (error) => {
    throw error;
  });
  if (connected) client.on('connection', ({ state }) => state === 'connected' && connected());
  for (const topic of topics) client.subscribe({ topic });
  return {
    subscribe: (topic) => client.subscribe({ topic }),
    publish: (data) => client.socketClient.publish('room', 'note', data),
    close: () => client.destroy(),
  };
};
