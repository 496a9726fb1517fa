/**
 * The cookies of one session over long-polling, in runtimes that keep none: they tell a load
 * balancer which server the session belongs to. A browser keeps its own, and hides these headers.
 *
 * It is loaded with the first cookie. A session uses one path of one server, so the domain and the
 * path of a cookie do not matter.
 */

/** The most cookies to keep, and the longest cookie with its name. Browsers allow 4096 bytes. */
const MAX_COOKIES = 16;
const MAX_COOKIE_BYTES = 4096;

/**
 * Stores the cookies that an answer sets, for the further requests of the session. An invalid or
 * surplus cookie is ignored.
 *
 * @param {import('./exchange.js').Session} session
 * @param {string[]} lines
 */
export function storeCookies(session, lines) {
  const { cookies, server } = session;
  for (const line of lines) {
    const [pair, ...attributes] = line.split(';');
    const name = pair.slice(0, pair.indexOf('=')).trim();
    cookies.delete(name);
    const fits = name !== '' && pair.includes('=') && pair.length <= MAX_COOKIE_BYTES && cookies.size < MAX_COOKIES;
    if (fits && !attributes.some(isExpired)) cookies.set(name, pair.slice(pair.indexOf('=') + 1).trim());
  }
  session.headers = withCookies(server.headers, cookies);
}

/** Whether an attribute says that the cookie has expired. @param {string} attribute */
function isExpired(attribute) {
  const [, name, value] = /^\s*(max-age|expires)\s*=\s*(.*?)\s*$/i.exec(attribute) ?? [];
  if (name === undefined) return false;
  return name.length === 'expires'.length && /[a-z]/i.test(value) ? Date.parse(value) < Date.now() : Number(value) <= 0;
}

/**
 * The headers of a request. These cookies share one line with the cookies of the user.
 *
 * @param {Readonly<Record<string, string>>} headers
 * @param {Map<string, string>} cookies
 */
function withCookies(headers, cookies) {
  const own = Object.keys(headers).find((name) => name.toLowerCase() === 'cookie') ?? 'cookie';
  const pairs = [...cookies].map((pair) => pair.join('='));
  return pairs.length === 0 ? headers : { ...headers, [own]: [headers[own], ...pairs].filter(Boolean).join('; ') };
}
