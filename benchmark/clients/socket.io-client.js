'use strict';
// The official client, without the detour over HTTP long-polling. Without compression, unless it is
// what is measured.

const { io } = require('socket.io-client');

exports.open = ({ url, ca, topics, only, compression }, { connected, event }) => {
  const socket = io(url, {
    transports: ['websocket'],
    perMessageDeflate: compression ? {} : false,
    reconnection: false,
    forceNew: true,
    auth: { token: 'benchmark' },
    ca,
  });
  const subscribe = (topic) => socket.emit('subscribe', { topic }, () => {});
  socket.on('event', only ? (data) => data.topic === only && event(data) : event);
  socket.on('connect_error', (error) => {
    throw error;
  });
  socket.on('connect', () => {
    connected?.();
    for (const topic of topics) subscribe(topic);
  });
  const publish = (data) => socket.emitWithAck('channel:publish', { channel: 'room', event: 'note', data });
  return { subscribe, publish, close: () => socket.disconnect() };
};
