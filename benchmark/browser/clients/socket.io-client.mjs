// The official client in a page, without the detour over HTTP long-polling.

import { io } from 'socket.io-client';

globalThis.openClient = ({ url, topic }, event) => {
  const socket = io(url, { transports: ['websocket'], reconnection: false, auth: { token: 'benchmark' } });
  const subscribe = () => socket.emit('subscribe', { topic }, () => {});
  socket.on('event', event);
  socket.on('connect_error', (error) => {
    throw error;
  });
  socket.on('connect', subscribe);
  return { subscribe, close: () => socket.disconnect() };
};
