'use strict';
// A bare WebSocket by the fastest library, the packet's prefix cut off by hand, JSON.parse.

const WebSocket = require('ws');

const protocols = {
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: '40',
    welcome: '40',
    subscribe: (topic) => `42["subscribe",${JSON.stringify({ topic })}]`,
    event: (text) => (text.startsWith('42') ? JSON.parse(text.slice(2))[1] : undefined),
  },
  ws: {
    path: '/ws',
    hello: '{"type":"ping"}',
    welcome: '{"type":"pong"',
    subscribe: (topic) => JSON.stringify({ type: 'subscribe', topic }),
    event: (text) => JSON.parse(text).data,
  },
};

exports.open = ({ url, ca, protocol, topics, only, compression = false }, { connected, event }) => {
  const { path, hello, welcome, ...codec } = protocols[protocol];
  const socket = new WebSocket(url.replace('http', 'ws') + path, { perMessageDeflate: compression, ca });
  const subscribe = (topic) => socket.send(codec.subscribe(topic));
  socket.on('message', (data) => {
    const text = data.toString();
    if (text.startsWith(welcome)) {
      connected?.();
      for (const topic of topics) subscribe(topic);
      return;
    }
    const received = codec.event(text);
    if (received && (!only || received.topic === only)) event(received);
  });
  socket.on('open', () => socket.send(hello));
  return { subscribe, close: () => socket.close() };
};
