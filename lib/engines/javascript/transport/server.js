/** What every dial of one server has in common. */

/** @import { EndpointConfig, Server } from './transport.js' */

/** What the path of a Socket.IO server's WebSocket ends with. */
export const SOCKET_IO_QUERY = '?EIO=4&transport=websocket';

/** @param {EndpointConfig} config @returns {Server} */
export function serverOf({
  url,
  path,
  protocol,
  headers,
  applicationId,
  environment,
  maxMessageBytes,
  compression,
  worker,
}) {
  const { origin, host, pathname } = new URL(url);
  const isPlain = protocol === 'ws';
  return {
    origin,
    authority: host,
    isPlain,
    path: path ?? pathname.replace(/\/+$/, '') + (isPlain ? '/ws' : '/socket.io/'),
    headers: {
      ...(applicationId !== undefined && { 'x-application-id': applicationId }),
      ...(environment !== undefined && { 'x-environment': environment }),
      ...headers,
    },
    maxMessageBytes,
    compression,
    worker,
  };
}
