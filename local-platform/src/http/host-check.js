/**
 * The check of the `Host` header, against DNS rebinding. An attacker can point the name of a web
 * page at a loopback address. The page then reaches this server with that name as `Host`, and the
 * browser treats both as one origin. So the platform serves only names that nobody can rebind.
 */

import { isIP, isIPv6 } from 'node:net';
import { PlatformError } from '../error.js';

/** @import { IncomingMessage } from 'node:http' */

const AUTHORITY = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]+))(?::\d{0,5})?$/;
/** https://www.rfc-editor.org/rfc/rfc6761#section-6.3: resolvers answer these names themselves. */
const LOOPBACK = /^([a-z0-9_-]+\.)*localhost$/;

export class HostCheck {
  #names;

  /**
   * @param {{ host: string, allowedHosts: string[] }} options the name to listen on, and further
   *   names
   */
  constructor({ host, allowedHosts }) {
    // Every address is served, so the list needs names only.
    const names = [host, ...allowedHosts].filter((name) => isIP(name) === 0);
    this.#names = new Set(names.map(withoutRoot));
  }

  /**
   * @param {IncomingMessage} request
   * @throws {PlatformError} `ForbiddenError`
   */
  require(request) {
    if (authoritiesOf(request).every((authority) => this.#serves(authority))) return;
    throw new PlatformError(
      'ForbiddenError',
      'The Host header must be localhost, an IP address, or one of the options `host` and `allowedHosts` of the local platform. ' +
        'This protects against web pages whose name was rebound to this address.',
    );
  }

  /** @param {string} authority */
  #serves(authority) {
    const { address, name } = AUTHORITY.exec(authority)?.groups ?? {};
    if (address !== undefined) return isIPv6(address);
    if (name === undefined) return false;
    const host = withoutRoot(name);
    return LOOPBACK.test(host) || isIP(name) === 4 || this.#names.has(host);
  }
}

/**
 * A name in comparable form: the full stop at its end stands for the root of the DNS.
 *
 * @param {string} name
 */
const withoutRoot = (name) => name.toLowerCase().replace(/\.$/, '');

/**
 * The hosts that a request names: each `Host` line, and the target if it is a complete URL.
 *
 * @param {IncomingMessage} request
 */
function authoritiesOf({ rawHeaders, url = '' }) {
  const lines = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1].toLowerCase() === 'host');
  const named = lines.length === 0 ? [''] : lines;
  if (url.startsWith('/')) return named;
  return [...named, URL.canParse(url) ? new URL(url).host : ''];
}
