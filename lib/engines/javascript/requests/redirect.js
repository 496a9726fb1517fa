/**
 * Redirects are followed within the server only, so that the token goes nowhere else. A write is
 * repeated only if the status keeps the method. The counterpart of `src/transport/redirect.rs`.
 */

const UNUSABLE = 'a redirect without a usable Location';
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
  if (![301, 302, 303, 307, 308].includes(status)) return 'which is not a redirect that can be followed';
  const here = new URL(from);
  const reference = location.replace(/#.*/, '');
  // A URL would repair these: no slashes behind a scheme, and what is not percent-encoded.
  if (reference === '' || /^[a-z][a-z\d+.-]*:(?!\/\/)|[^!-~]/i.test(reference)) return UNUSABLE;
  if (!URL.canParse(reference, from)) return UNUSABLE;
  const written = new URL(reference, from);
  const target = new URL(written.href.replace(/^ws/, 'http'));
  const [, host = '', path = ''] = /^(?:[^/?]*:)?\/\/(?:[^/?]*@)?([^/?]*)([^?]*)/.exec(reference) ?? [];
  const shown = `${written.protocol}//${host.toLowerCase()}${path}`.slice(0, MAX_SHOWN);
  if (!/^http/.test(target.protocol)) return UNUSABLE;
  if (target.origin !== here.origin) {
    if (target.hostname !== here.hostname || target.protocol === here.protocol)
      return `a redirect to another server, ${shown}, which is not followed`;
    return target.protocol === 'https:'
      ? `a redirect to ${shown}: write https:// in options.url`
      : `a redirect to ${shown}, which has no TLS and is not followed`;
  }
  if (target.username || target.password) return `a redirect to ${shown} with a user name, which is not followed`;
  if (method !== 'GET' && status < 307)
    return `a redirect to ${target.pathname.slice(0, MAX_SHOWN)} that does not keep the method ${method}`;
  return target;
}

export { follow };
