/** One HTTP request without a client's comfort: no redirects, no proxy, upgrades reported. */

import http from 'node:http';
import https from 'node:https';

/** The longest part of a body that is read. */
const MAX_BODY = 65_536;

/** @typedef {{ status: number, headers: http.IncomingHttpHeaders, body: string, sent: number, received: number }} Answer */

/**
 * @param {URL} url
 * @param {{ headers?: Record<string, string>, timeout: number }} options
 * @returns {Promise<Answer>} an upgrade has status 101
 */
export function probe(url, { headers, timeout }) {
  return new Promise((resolve, reject) => {
    const sent = Date.now();
    const module = url.protocol === 'https:' ? https : http;
    const request = module.request(url, { headers, agent: false, signal: AbortSignal.timeout(timeout) });
    /** @param {http.IncomingMessage} response @param {string} body */
    const answer = ({ statusCode = 0, headers }, body) =>
      resolve({ status: statusCode, headers, body, sent, received: Date.now() });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      answer(response, '');
    });
    request.on('response', async (response) => {
      let body = '';
      try {
        for await (const chunk of response.setEncoding('utf8')) {
          body += chunk;
          if (body.length > MAX_BODY) break;
        }
        answer(response, body);
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', (error) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${timeout / 1000} seconds`) : error),
    );
    request.end();
  });
}
