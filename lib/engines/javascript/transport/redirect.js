/**
 * HTTP redirects. The client follows them only within the server, so that the token goes nowhere
 * else: it follows a path, never an address. It repeats a write only if the status keeps the method
 * and the body.
 */

/** The most redirects to follow for one request. */
const MAX_REDIRECTS = 5;
/** How much of a location an error shows. */
const MAX_SHOWN = 200;

/** Whether a status redirects the request. @param {number} status */
export function isRedirect(status) {
  return [301, 302, 303, 307, 308].includes(status);
}

/** The target of a request, and how often it was redirected. */
export class RedirectChain {
  #origin;
  #redirects = 0;

  /** @param {string} origin @param {string} target the path and query */
  constructor(origin, target) {
    this.#origin = origin;
    this.target = target;
  }

  /**
   * Follows the redirect of an answer. Returns why it is not followed.
   *
   * @param {number} status
   * @param {string} method
   * @param {string | null} location
   * @returns {string | undefined}
   */
  follow(status, method, location) {
    const from = new URL(this.#origin + this.target);
    const to = resolve(location, from);
    const scheme = to?.protocol.replace('ws', 'http');
    if (to === undefined || !/^https?:$/.test(`${scheme}`)) return 'a redirect without a usable Location';
    const shown = `${to.protocol}//${to.host}${to.pathname}`.slice(0, MAX_SHOWN);
    if (`${scheme}//${to.host}` !== this.#origin) {
      if (to.hostname !== from.hostname || scheme === from.protocol)
        return `a redirect to another server, ${shown}, which is not followed`;
      return scheme === 'https:'
        ? `a redirect to ${shown}: write https:// in options.url`
        : `a redirect to ${shown}, which has no TLS and is not followed`;
    }
    if (to.username || to.password) return `a redirect to ${shown} with a user name, which is not followed`;
    const path = to.pathname.slice(0, MAX_SHOWN);
    if (method !== 'GET' && status !== 307 && status !== 308)
      return `a redirect to ${path} that does not keep the method ${method}`;
    if (++this.#redirects > MAX_REDIRECTS) return `a redirect to ${path}, after ${MAX_REDIRECTS} others`;
    // A Location often omits the parameters, and without them the handshake would be another one.
    for (const [name, value] of from.searchParams) if (!to.searchParams.has(name)) to.searchParams.append(name, value);
    this.target = to.pathname + to.search;
    return undefined;
  }
}

/** @param {string | null} location @param {URL} from */
function resolve(location, from) {
  try {
    return location ? new URL(location, from.href) : undefined;
  } catch {
    return undefined;
  }
}
