/** REST routes of channels: channels, members, connections, and a message to all members. */

/** @import { Router } from 'express' */
/** @import { Broker } from '../broker/broker.js' */

/** @param {Router} routes @param {Broker} broker */
export function addChannelRoutes(routes, broker) {
  const { channels } = broker;
  routes.get('/api/socket/channels', (_request, response) => {
    response.json(channels.list());
  });
  routes.get('/api/socket/channels/:channel/members', (request, response) => {
    response.json(channels.members(request.params.channel));
  });
  routes.get('/api/socket/connections', (_request, response) => {
    response.json({ count: broker.connectionCount });
  });
  routes.post('/api/socket/broadcast', async ({ identity, body }, response) => {
    response.json(await channels.broadcast(identity, body));
  });
}
