/** The way to the platform, from its name to its certificate. */

import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import tls from 'node:tls';
import { failed, ok, skipped, warning } from './finding.js';

/** @import { Finding } from './finding.js' */

const TIMEOUT = 5000;
/** A certificate that ends within this many days deserves a warning. */
const FEW_DAYS = 14;
const DAY = 24 * 3600 * 1000;

/** The host as sockets want it: IPv6 addresses without brackets. @param {URL} url */
const hostOf = (url) => url.hostname.replace(/^\[(.*)\]$/, '$1');
/** @param {URL} url */
const portOf = (url) => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);

/** Not a check of the way, but of what may bend it. @param {URL} url @returns {Finding} */
export function checkProxy(url) {
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['http_proxy'];
  const name = [...names, 'ALL_PROXY', 'all_proxy'].find((each) => process.env[each]);
  if (name === undefined) return ok('none is set');
  return warning(
    `${name} is set`,
    'The SDK goes through this proxy, except where NO_PROXY names the host; the checks of DNS to polling go directly.',
  );
}

/** @param {URL} url @returns {Promise<Finding>} */
export async function checkDns(url) {
  const host = hostOf(url);
  if (isIP(host)) return ok(`${host} is an address`);
  try {
    const addresses = await lookup(host, { all: true });
    return ok(addresses.map(({ address }) => address).join(', '));
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    return failed(
      `${host}: ${code}`,
      code === 'ENOTFOUND'
        ? 'The name does not exist. Check the spelling of --url, and whether a VPN is needed.'
        : 'The resolver does not answer. Check the connection to the network and /etc/resolv.conf.',
    );
  }
}

/** @param {URL} url @returns {Promise<Finding>} */
export async function checkTcp(url) {
  const [host, port] = [hostOf(url), portOf(url)];
  const socket = connect({ host, port, timeout: TIMEOUT });
  try {
    await settled(socket, 'connect');
    return ok(`${socket.remoteAddress} port ${port}`);
  } catch (error) {
    const code = codeOf(error);
    return failed(
      `port ${port}: ${code}`,
      code === 'ECONNREFUSED'
        ? 'Nothing listens there. Start the platform (`realtime dev` starts a local one), or correct the port in --url.'
        : 'A firewall may drop the packets. Check that this machine may reach the host and the port.',
    );
  } finally {
    socket.destroy();
  }
}

/** @param {URL} url @returns {Promise<Finding>} */
export async function checkTls(url) {
  if (url.protocol !== 'https:') return skipped('http:// has none');
  const host = hostOf(url);
  const socket = tls.connect({
    host,
    port: portOf(url),
    ...(isIP(host) ? {} : { servername: host }),
    timeout: TIMEOUT,
  });
  try {
    await settled(socket, 'secureConnect');
    const end = Date.parse(socket.getPeerCertificate().valid_to);
    const days = Math.floor((end - Date.now()) / DAY);
    const detail = `${socket.getProtocol()}, the certificate ends in ${days} days`;
    return days < FEW_DAYS ? warning(detail, 'Renew the certificate.') : ok(detail);
  } catch (error) {
    const code = codeOf(error);
    return failed(code, TLS_ADVICE[code] ?? 'Check that the port speaks TLS, and which versions it accepts.');
  } finally {
    socket.destroy();
  }
}

const OWN_AUTHORITY =
  'Set NODE_EXTRA_CA_CERTS to the file of the authority that signed it; in programs also `tls.ca` of the client.';
/** @type {Record<string, string>} */
const TLS_ADVICE = {
  CERT_HAS_EXPIRED: 'The certificate has expired: renew it. If it has not, the clock of this machine is wrong.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet: check the clock of this machine.',
  DEPTH_ZERO_SELF_SIGNED_CERT: OWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: OWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `The server may not send its intermediate certificate: configure the whole chain. ${OWN_AUTHORITY}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: OWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name: use one of its names in --url.',
};

/** @param {import('node:net').Socket} socket @param {string} event */
function settled(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('timeout', () => reject(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
}

/** Connections to several addresses fail with several errors. @param {unknown} error @returns {string} */
function codeOf(error) {
  const { code, errors } = /** @type {{ code?: string, errors?: { code?: string }[] }} */ (error);
  return code ?? errors?.[0]?.code ?? /** @type {Error} */ (error).message;
}
