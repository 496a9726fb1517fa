/** Reads the raw body of a Node request, within a limit. */

import { finished } from 'node:stream';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Readable } from 'node:stream' */
/** @import { WebhookBody } from '../../../index.js' */

/**
 * @typedef {{ rawBody: WebhookBody, failure?: undefined }
 *   | { rawBody?: undefined, failure: 'aborted' }
 *   | { rawBody?: undefined, failure: 'too large' }} Body
 */

/**
 * @param {Readable} stream
 * @param {IncomingMessage['headers']} headers
 * @param {number} limit in bytes
 * @returns {Promise<Body>}
 */
function readBody(stream, headers, limit) {
  return new Promise((resolve) => {
    if (Number(headers['content-length']) > limit) return resolve({ failure: 'too large' });
    /** @type {Buffer[]} */
    const chunks = [];
    let size = 0;
    const onData = (/** @type {Buffer | string} */ data) => {
      // A hook of the application may have replaced the request by a stream of text.
      const chunk = typeof data === 'string' ? Buffer.from(data) : data;
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      stream.off('data', onData);
      chunks.length = 0;
      resolve({ failure: 'too large' });
    };
    stream.on('data', onData);
    finished(stream, { writable: false }, (error) =>
      resolve(error ? { failure: 'aborted' } : { rawBody: Buffer.concat(chunks), failure: undefined }),
    );
  });
}

export { readBody };
