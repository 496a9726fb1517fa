/** Answers of plain HTTP to an upgrade request. */

import { STATUS_CODES } from 'node:http';

/** @import { Duplex } from 'node:stream' */

/**
 * @typedef {object} Refusal
 * @property {number} status
 * @property {string | object} [body]
 * @property {Record<string, string>} [headers]
 */

/** @param {Duplex} socket @param {Refusal} response */
export function refuse(socket, { status, body = '', headers = {} }) {
  const isText = typeof body === 'string';
  const content = Buffer.from(isText ? body : JSON.stringify(body));
  const fields = {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': content.length,
    connection: 'close',
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', socket.destroy);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${head.join('')}\r\n`);
  socket.end(content);
}
