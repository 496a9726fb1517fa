/**
 * The check of the `Host` header. A web page whose name was rebound to a loopback address reaches
 * this server with that name as `Host` (DNS rebinding), and counts as the same origin there. So
 * only names that nobody can rebind are served.
 */

import { isIP, isIPv6 } from 'node:net';
import { PlatformError } from '../error.js';

const AUTHORITY = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]+))(?::\d{0,5})?$/;
/** https://www.rfc-editor.org/rfc/rfc6761#section-6.3: resolvers answer these names by themselves. */
const LOOPBACK = /^([a-z0-9_-]+\.)*localhost$/;

export class HostCheck {
  #names;

  /** @param {{ host: string, allowedHosts: string[] }} options what the platform listens on, and other names it is reached by */
  constructor({ host, allowedHosts }) {
    const names = [host, ...allowedHosts].filter((name) => isIP(name) === 0); // addresses are served anyway
    this.#names = new Set(names.map(withoutRoot));
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @throws {PlatformError} ForbiddenError
   */
  require(request) {
    if (authoritiesOf(request).every((authority) => this.#serves(authority))) return;
    throw new PlatformError(
      'ForbiddenError',
      'The Host header must be localhost, an IP address, or one of the options `host` and `allowedHosts` of the local platform. ' +
        'This keeps web pages out whose name was rebound to this address.',
    );
  }

  #serves(authority) {
    const { address, name } = AUTHORITY.exec(authority)?.groups ?? {};
    if (address !== undefined) return isIPv6(address);
    if (name === undefined) return false;
    const host = withoutRoot(name);
    return LOOPBACK.test(host) || isIP(name) === 4 || this.#names.has(host);
  }
}

/** A name as it is compared: a full stop at its end stands for the root of the DNS. */
const withoutRoot = (name) => name.toLowerCase().replace(/\.$/, '');

/** What a request says it was sent to: each line of `Host`, and the target where that is a whole URL. */
function authoritiesOf({ rawHeaders, url }) {
  const lines = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1].toLowerCase() === 'host');
  const named = lines.length === 0 ? [''] : lines;
  if (url.startsWith('/')) return named;
  return [...named, URL.canParse(url) ? new URL(url).host : ''];
}
