'use strict';

/** The events of the platform that `run.js` uses, on the official Socket.IO server. */

const { createServer } = require('node:http');
const { Server } = require('socket.io');

const http = createServer();
const io = new Server(http, { pingInterval: 1000, pingTimeout: 1000, perMessageDeflate: { threshold: 0 } });

io.on('connection', (socket) => {
  socket.on('subscribe', ({ topic, subscriptionId }, ack) => {
    ack({ subscriptionId, topic });
    socket.emit('event', { id: `welcome-${socket.id}`, topic, source: 'database', type: 't', payload: {} });
  });
  socket.on('channel:join', ({ channel }, ack) => {
    socket.join(channel);
    ack({ channel, memberCount: 1 });
  });
  const message = (topic, { id, event, data }) => {
    const metadata = { from: socket.id };
    return { id, topic, source: 'socket', type: event, payload: data, metadata };
  };
  socket.on('channel:publish', (body, ack) => {
    socket.to(body.channel).emit('event', message(body.channel, body));
    ack({ id: body.id });
  });
  socket.on('direct', (body, ack) => {
    const target = io.of('/').sockets.get(body.targetSocketId);
    target?.emit('event', message('direct', body));
    ack(target ? { id: body.id } : { error: 'NotFoundError', message: 'no such socket' });
  });
});

http.listen(0, '127.0.0.1', () => console.log(http.address().port));
