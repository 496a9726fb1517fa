/**
 * Redirects are followed within the server only, so that the token goes nowhere else. A write is
 * repeated only if the status keeps the method. The counterpart of `src/transport/redirect.rs`.
 */

const UNUSABLE = 'a redirect without a usable Location';
/** The parts of a reference that an error shows: no user, no query. */
const PARTS = /^(?:([^/?]*:)?\/\/(?:[^/?]*@)?([^/?]*))?([^?]*)/;
/** How much of a location an error shows. */
const MAX_SHOWN = 200;

/**
 * The address to request instead of `from`, or why the redirect is not followed.
 *
 * @param {number} status
 * @param {string} method
 * @param {string} from
 * @param {string} location
 * @returns {URL | string}
 */
function follow(status, method, from, location) {
  if (!/^30[12378]$/.test(`${status}`)) return 'which is not a redirect that can be followed';
  const here = new URL(from);
  const reference = location.trim().replace(/#.*/, '');
  const url = reference.replace(/^ws/i, 'http');
  // A URL would repair these: no slashes behind a scheme, and what is not percent-encoded.
  if (!url || /^[a-z][a-z\d+.-]*:(?!\/\/)|[^!-~]/i.test(url) || !URL.canParse(url, from)) return UNUSABLE;
  const target = new URL(url, from);
  const { protocol, origin, hostname, pathname, username, password } = target;
  if (!/^http/.test(protocol)) return UNUSABLE;
  const [, scheme = protocol, host = '', path = ''] = PARTS.exec(reference) ?? [];
  const shown = `a redirect to ${`${scheme}//${host}`.toLowerCase()}${path}`.slice(0, MAX_SHOWN);
  if (origin !== here.origin) {
    if (hostname !== here.hostname || protocol === here.protocol)
      return `${shown.replace('to', 'to another server,')}, which is not followed`;
    return `${shown}${protocol === 'https:' ? ': write https:// in options.url' : ', which has no TLS and is not followed'}`;
  }
  if (username || password) return `${shown} with a user name, which is not followed`;
  if (method !== 'GET' && status < 307)
    return `a redirect to ${pathname.slice(0, MAX_SHOWN)} that does not keep the method ${method}`;
  return target;
}

export { follow };
