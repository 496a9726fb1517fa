/**
 * Chooses the proxy: the `proxy` option, or else the environment's.
 *
 * The variables are those of curl: `https_proxy` or `http_proxy` by the scheme of the URL, then
 * `all_proxy`; `no_proxy` names the exceptions. Each may be in capitals, except `http_proxy`: a CGI
 * program finds the `Proxy` header of a request in `HTTP_PROXY`, and anybody can send that header.
 * As in Go, connections to this machine never use a proxy of the environment.
 */

import { BlockList, isIP } from 'node:net';
import { invalidSecret, RealtimeError } from '../../errors/errors.js';
import { own } from '../../own.js';

/** @import { EngineConfig } from '../engine.js' */
/** @typedef {NonNullable<EngineConfig['proxy']>} Proxy */

/**
 * Loaded late: it takes longer than connecting to a local server, and most programs have no proxy.
 */
const EXPECTED = "an http:// URL such as 'http://user:password@proxy.example.com:3128'";
const DIRECT = 'To connect without a proxy, name the host in NO_PROXY, or set options.proxy to false.';

/** The option's value. @param {unknown} value @param {string} path @returns {Proxy | false} */
function parseProxy(value, path) {
  if (value === false) return false;
  const proxy = typeof value === 'string' ? parseUrl(value) : undefined;
  if (proxy !== undefined) return proxy;
  const unsupported = typeof value === 'string' && unsupportedScheme(value);
  if (!unsupported) throw invalidSecret(path, `${EXPECTED}, or false`, value);
  throw new RealtimeError('INVALID_ARGUMENT', `${path}: expected ${EXPECTED}, or false: ${unsupported}`, {
    remediation: 'Set options.proxy to the URL of an HTTP proxy, or to false to connect without a proxy.',
  });
}

/**
 * The environment's proxy for this URL.
 *
 * @param {string} url
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Proxy | undefined}
 */
function proxyOf(url, environment) {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  const names = secure ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy'];
  const name = [...names, 'all_proxy', 'ALL_PROXY'].find((each) => own(environment, each));
  if (name === undefined) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  const exceptions = own(environment, 'no_proxy') || own(environment, 'NO_PROXY') || '';
  if (isThisMachine(host) || isException(host, port || (secure ? '443' : '80'), exceptions)) return undefined;

  const value = /** @type {string} */ (own(environment, name));
  const proxy = parseUrl(value.includes('://') ? value : `http://${value}`);
  if (proxy === undefined) {
    const unsupported = unsupportedScheme(value);
    const problem = `the environment variable ${name}: expected ${EXPECTED}${unsupported ? `: ${unsupported}` : ''}`;
    throw new RealtimeError('INVALID_ARGUMENT', problem, {
      remediation: `Set ${name} or options.proxy to the URL of an HTTP proxy. ${DIRECT}`,
    });
  }
  return proxy;
}

/**
 * The error for a proxy of another scheme. It does not show the URL, which may hold a password.
 *
 * @param {string} url
 */
function unsupportedScheme(url) {
  if (/^\s*socks/i.test(url)) return 'SOCKS proxies are not supported';
  if (/^\s*https:/i.test(url)) return 'proxies that are reached over TLS (https://) are not supported';
  return undefined;
}

/** @param {string} text @returns {Proxy | undefined} */
function parseUrl(text) {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== 'http:' || pathname !== '/' || search !== '' || hash !== '') return undefined;
  const proxy = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), authorization: undefined };
  if (username === '' && password === '') return proxy;
  const credentials = `${decode(username)}:${decode(password)}`;
  return { ...proxy, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Takes wrong percent-encoding literally. @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The canonical form of an address, as URL writes it. @param {string} host */
function isThisMachine(host) {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.[\d.]+$/.test(host);
}

/**
 * Whether a list exempts a host: `*`, names (with all names below them), IP addresses and ranges,
 * each with or without a port.
 *
 * @param {string} host
 * @param {string} port
 * @param {string} list
 */
function isException(host, port, list) {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '' || entry === '*') return entry === '*';
    const [, name, only] = /^([^:]*|\[.*\]):(\d+)$/.exec(entry) ?? [undefined, entry, port];
    if (only !== port) return false;
    const pattern = name.replace(/^\[|\]$/g, '').toLowerCase();
    if (isIP(host) !== 0) return isInRange(host, pattern);
    const domain = pattern.replace(/^\*?\./, '');
    return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
  });
}

/** @param {string} address @param {string} range an address, or `address/bits` */
function isInRange(address, range) {
  const family = (/** @type {string} */ text) => (isIP(text) === 6 ? 'ipv6' : 'ipv4');
  const [base, bits] = range.split('/');
  if (isIP(base) === 0 || family(base) !== family(address)) return false;
  const width = bits === undefined ? (isIP(base) === 6 ? 128 : 32) : Number(bits);
  const addresses = new BlockList();
  try {
    addresses.addSubnet(base, width, family(base));
  } catch {
    return false;
  }
  return addresses.check(address, family(address));
}

export { parseProxy, proxyOf };
