'use strict';
// The least that JavaScript can do: a bare WebSocket, the packet's prefix cut off by hand, JSON.parse.

const WebSocket = require('ws');
const { trial } = require('../trial.js');

const protocols = {
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: '40',
    subscribe: '42["subscribe",{"topic":"session.status"}]',
    event: (text) => (text.startsWith('42') ? JSON.parse(text.slice(2))[1] : null),
  },
  ws: {
    path: '/ws',
    hello: '{"type":"ping"}',
    subscribe: '{"type":"subscribe","topic":"session.status"}',
    event: (text) => JSON.parse(text).data,
  },
};

trial(({ url, protocol }, handle) => {
  const { path, hello, subscribe, event } = protocols[protocol];
  const socket = new WebSocket(url.replace('http', 'ws') + path, { perMessageDeflate: false });
  socket.on('message', (data) => {
    const received = event(data.toString());
    if (received) handle(received);
  });
  socket.on('open', () => {
    socket.send(hello);
    socket.send(subscribe);
  });
  return { subscribe: () => socket.send(subscribe), close: () => socket.close() };
});
