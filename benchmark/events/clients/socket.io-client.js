'use strict';
// The official client, without the detour over HTTP long-polling.

const { io } = require('socket.io-client');
const { trial } = require('../trial.js');

trial(({ url, token }, handle) => {
  const socket = io(url, { transports: ['websocket'], reconnection: false, auth: { token } });
  const subscribe = () => socket.emit('subscribe', { topic: 'session.status' }, () => {});
  socket.on('event', handle);
  socket.on('connect_error', (error) => {
    throw error;
  });
  socket.on('connect', subscribe);
  return { subscribe, close: () => socket.disconnect() };
});
