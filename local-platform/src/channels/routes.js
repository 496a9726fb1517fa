/** The REST routes of channels: who is where, and a message to everybody in one. */

/**
 * @param {import('express').Router} routes whose requests have an `identity`
 * @param {import('../broker/broker.js').Broker} broker
 */
export function addChannelRoutes(routes, broker) {
  const { channels } = broker;
  routes.get('/api/socket/channels', (_request, response) => {
    response.json(channels.list());
  });
  routes.get('/api/socket/channels/:channel/members', (request, response) => {
    response.json(channels.members(request.params.channel));
  });
  routes.get('/api/socket/connections', (_request, response) => {
    response.json({ count: broker.connections.length });
  });
  routes.post('/api/socket/broadcast', ({ identity, body }, response) => {
    response.json(channels.broadcast(identity, body));
  });
}
