/**
 * Who may use the routes below `/_local` and the inspector page: they need no token. So they answer
 * only to a `Host` that is a loopback name or the option `host`, and never to a page of another
 * origin, whatever `corsOrigin` allows.
 */

import { isIPv6 } from 'node:net';
import { PlatformError } from '../error.js';

/** @import { RequestHandler } from 'express' */

const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * @param {string} host the option
 * @returns {RequestHandler}
 */
export function localOnly(host) {
  const given = isIPv6(host) ? `[${host}]` : host.toLowerCase();
  return (request, response, next) => {
    response.removeHeader('access-control-allow-origin');
    const authority = (request.headers.host ?? '').toLowerCase();
    const name = authority.replace(/:\d*$/, '');
    if (!LOOPBACK.test(name) && name !== given) {
      throw new PlatformError(
        'ForbiddenError',
        `The inspector and /_local answer only to localhost, a loopback address or the option \`host\`, '${host}'.`,
      );
    }
    const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
    const isSame = origin === undefined || (URL.canParse(origin) && new URL(origin).host === authority);
    // A link on any page may open the inspector; only its own page may call the routes.
    const isPage = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
    if (!isSame || !(isPage || site === 'same-origin' || site === 'none')) {
      throw new PlatformError('ForbiddenError', 'A page of another origin may not use the inspector or /_local.');
    }
    next();
  };
}
