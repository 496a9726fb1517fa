/** CORS: the web pages that may call the platform, what they may send, and what they may read. */

import { CORS } from '../vocabulary.js';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */

export class Cors {
  #headers;

  /** @param {string} origin `*`, or the one origin whose pages may use the platform */
  constructor(origin) {
    this.#headers = [
      ['access-control-allow-origin', origin],
      ['access-control-expose-headers', CORS.exposedHeaders.join(', ')],
    ];
    if (origin !== '*') this.#headers.push(['vary', 'origin']);
  }

  /**
   * Sets the headers of the response, and answers a preflight request.
   *
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   * @returns {boolean} whether the request was a preflight, which is answered now
   */
  answer(request, response) {
    for (const [name, value] of this.#headers) response.setHeader(name, value);
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
    response.writeHead(204, {
      'access-control-allow-methods': CORS.methods.join(', '),
      'access-control-allow-headers': CORS.allowedHeaders.join(', '),
      'access-control-max-age': String(CORS.maxAge),
    });
    response.end();
    return true;
  }
}
