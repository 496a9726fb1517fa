'use strict';

/**
 * A minimal Socket.IO server for the SDK: topics, channels, direct messages and presence. It shows
 * what a server of your own has to answer. It checks no tokens and no requests, applies no filters,
 * and has no REST routes.
 *
 *     node examples/bare-socket-io-server.js [port]
 */

const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { Server } = require('socket.io');

async function startBareServer(port = 0) {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const io = new Server(http);
  io.on('connection', (socket) => serve(io, socket));
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    publish: (topic, payload) => send(io.to(`topic ${topic}`), { topic, source: 'database', type: 'update', payload }),
    close: () => io.close(),
  };
}

function serve(io, socket) {
  const topics = new Map(); // by subscription ID
  const joinedAt = new Map(); // by channel

  socket.on('subscribe', ({ topic, subscriptionId }, ack) => {
    topics.set(subscriptionId, topic);
    socket.join(`topic ${topic}`);
    ack?.({ subscriptionId, topic });
  });
  socket.on('unsubscribe', ({ subscriptionId }, ack) => {
    const topic = topics.get(subscriptionId);
    topics.delete(subscriptionId);
    if (![...topics.values()].includes(topic)) socket.leave(`topic ${topic}`);
    ack?.({ subscriptionId });
  });

  const state = (channel) => ({ channel, memberCount: io.of('/').adapter.rooms.get(`channel ${channel}`)?.size ?? 0 });
  const announce = (type, channel) => {
    const payload = { channel, socketId: socket.id, joinedAt: joinedAt.get(channel) };
    send(socket.to(`channel ${channel}`), { topic: channel, type, payload });
  };
  const leave = (channel) => {
    if (!joinedAt.has(channel)) return;
    announce('presence.leave', channel);
    joinedAt.delete(channel);
    socket.leave(`channel ${channel}`);
  };
  socket.on('channel:join', ({ channel }, ack) => {
    if (!joinedAt.has(channel)) {
      joinedAt.set(channel, Date.now());
      socket.join(`channel ${channel}`);
      announce('presence.join', channel);
    }
    ack?.(state(channel));
  });
  socket.on('channel:leave', ({ channel }, ack) => {
    leave(channel);
    ack?.(state(channel));
  });
  socket.on('disconnecting', () => [...joinedAt.keys()].forEach(leave));

  socket.on('channel:publish', ({ channel, ...message }, ack) => {
    ack?.(send(socket.to(`channel ${channel}`), toEvent(socket, channel, message)));
  });
  socket.on('direct', ({ targetSocketId, ...message }, ack) => {
    const target = io.of('/').sockets.get(targetSocketId);
    if (target) ack?.(send(target, toEvent(socket, 'direct', message)));
    else ack?.({ error: 'NotFoundError', message: `No socket '${targetSocketId}' is connected.` });
  });
}

/** Data that is not a plain object is wrapped as `{ value }`, with `wrapped` in the metadata. */
function toEvent(socket, topic, { id, event, data = null }) {
  const wrapped = Object.prototype.toString.call(data) !== '[object Object]';
  const metadata = { from: socket.id, ...(wrapped && { wrapped }) };
  return { id, topic, type: event, payload: wrapped ? { value: data } : data, metadata };
}

function send(to, { id = randomUUID(), source = 'socket', metadata, ...event }) {
  to.emit('event', { id, source, ...event, metadata: { timestamp: Date.now(), ...metadata } });
  return { id };
}

if (require.main === module) startBareServer(Number(process.argv[2] ?? 3000)).then(({ url }) => console.log(url));

module.exports = { startBareServer };
