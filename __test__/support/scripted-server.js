/**
 * A server of both protocols with scripted answers: it accepts every client, records every request,
 * and answers only as the test says.
 */

import { once } from 'node:events';
import http from 'node:http';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

const CONFIRMED = ['channel:join', 'channel:leave'];

/** The path of a channel's list of members. */
const MEMBERS = /^\/api\/socket\/channels\/([^/]+)\/members$/;

/**
 * @param {import('node:test').TestContext} t
 * @param {object} script
 * @param {(verb: string, body: any) => object | null | undefined} [script.answer] the answer to a
 *   request; null:
 *   none; undefined: confirms a join or leave, and answers no message
 * @param {(channel: string) => unknown} [script.members] a channel's members, or a promise of
 *   them; undefined: 404
 */
async function startScriptedServer(t, { answer = () => undefined, members } = {}) {
  /** @type {{ verb: string, body: any, session: number }[]} */
  const requests = [];
  const sessions = [];
  const waiting = new Set();

  const server = http.createServer(async (request, response) => {
    const [, channel] = MEMBERS.exec(request.url) ?? [];
    const list = channel === undefined ? undefined : await members?.(decodeURIComponent(channel));
    response.writeHead(list === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(list ?? { error: 'NotFoundError', message: 'no such route' }));
  });

  /** A client has connected: `send` sends an event to it, `drop` drops its link. */
  const accept = (send, drop) => {
    const number = sessions.push({ send, drop }) - 1;
    const take = (verb, body, reply) => {
      requests.push({ verb, body, session: number });
      const word = answer(verb, body);
      const said = word === undefined && CONFIRMED.includes(verb) ? { channel: body.channel } : word;
      if (said) reply(said);
      for (const check of waiting) check();
    };
    for (const check of waiting) check();
    return take;
  };

  const io = new Server(server, { destroyUpgrade: false });
  io.on('connection', (socket) => {
    const take = accept(
      (event) => socket.emit('event', event),
      () => socket.conn.transport.socket.terminate(),
    );
    socket.onAny((verb, body, reply = () => {}) => take(verb, body, reply));
  });

  const plain = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/ws') plain.handleUpgrade(request, socket, head, (link) => plain.emit('connection', link));
  });
  plain.on('connection', (socket) => {
    const send = (frame) => socket.send(JSON.stringify(frame));
    send({ type: 'connected', socketId: `plain ${sessions.length}` });
    const take = accept(
      (event) => send({ type: 'event', topic: event.topic, data: event }),
      () => socket.terminate(),
    );
    socket.on('message', (text) => {
      const { type, ackId, ...body } = JSON.parse(text);
      take(type, body, (said) => send({ type: 'ack', ackId, ...said }));
    });
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    const closed = io.close();
    for (const client of plain.clients) client.terminate();
    server.closeAllConnections();
    await closed;
  });

  /** Resolves when a condition on the requests holds. */
  const until = (condition) =>
    new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const asked = (verb) => requests.filter((request) => request.verb === verb);

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** The requests of a verb, in order. */
    asked,
    /** Resolves when n requests of a verb have arrived. */
    received: (verb, count = 1) => until(() => asked(verb).length >= count),
    /** Sends an event to the latest client. */
    send: (event) => sessions.at(-1).send(event),
    /** Drops the latest client's link without a close frame. */
    drop: () => sessions.at(-1).drop(),
  };
}

export { startScriptedServer };
