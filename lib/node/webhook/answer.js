/** Writes an endpoint's answer to a Node response. */

import { finished } from 'node:stream';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { Answer } from '../../webhook/endpoint.js' */

/** How long a peer may continue to send unread bytes before its connection is closed. */
const LINGER_MS = 2000;

/** @param {ServerResponse} response @param {Answer} answer */
function send(response, answer) {
  if (!response.headersSent) response.end(writeHead(response, answer));
}

/**
 * Answers a request that is not read to its end. Closing at once would reset the connection of a
 * peer that still sends, and the peer would never see the answer. So the rest of the request is
 * dropped until its end, or for a while.
 *
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {Answer} answer
 */
function refuse(request, response, answer) {
  if (response.headersSent) return;
  // HTTP/2 does not have this header.
  if (request.httpVersionMajor < 2) response.setHeader('connection', 'close');
  response.write(writeHead(response, answer));
  const timer = setTimeout(() => response.end(), LINGER_MS);
  finished(request, { writable: false }, () => {
    clearTimeout(timer);
    response.end();
  });
  request.resume();
}

/**
 * @param {ServerResponse} response
 * @param {Answer} answer
 * @returns {string} the body
 */
function writeHead(response, { status, headers = {}, body }) {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body !== undefined) response.setHeader('content-type', 'application/json; charset=utf-8');
  if (status !== 204) response.setHeader('content-length', Buffer.byteLength(text));
  return text;
}

export { refuse, send };
