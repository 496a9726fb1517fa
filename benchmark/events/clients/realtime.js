'use strict';
// This package.

const { RealtimeClient } = require('../../../index.js');
const { trial } = require('../trial.js');

trial((options, handle) => {
  const client = new RealtimeClient(options);
  const subscribe = () => client.subscribe({ topic: 'session.status' });
  client.on('event', handle);
  client.on('error', (error) => {
    throw error;
  });
  subscribe();
  return { subscribe, close: () => client.destroy() };
});
