/**
 * Why a browser keeps an answer from the page. `fetch` rejects with the same error for a server
 * that cannot be reached, for a missing CORS header and for the page's own policy. So the client
 * asks twice more, without the token: once without reading the answer, which needs no permission,
 * and once reading it, without a preflight.
 */

/**
 * Explains why a request got no answer. Undefined where no rule of a browser can be the reason:
 * there is no page, or the page asks its own server.
 *
 * @param {string} url
 * @param {{ method: string, headers: Headers, signal?: AbortSignal | null }} request
 */
async function explain(url, { method, headers, signal }) {
  const { location } = /** @type {any} */ (globalThis);
  const { origin, host, protocol } = new URL(url);
  const page = location?.origin;
  if (page === undefined || page === origin) return undefined;
  const answers = (/** @type {string} */ mode) =>
    fetch(url, /** @type {RequestInit} */ ({ mode, signal, credentials: 'omit', cache: 'no-store' })).then(
      ({ body }) => {
        body?.cancel();
        return true;
      },
      () => false,
    );
  let why = 'the server must send Access-Control-Allow-';
  if (!(await answers('no-cors'))) {
    why = `the server is unreachable, or connect-src of the page's CSP lacks ${origin}`;
    if (location.protocol === 'https:' && protocol === 'http:') why += ', or a page over https: cannot ask http:';
  } else if (!(await answers('cors'))) why += `Origin: ${page}`;
  else {
    // The preflight (OPTIONS) is refused. These need no permission: Accept, GET, POST.
    why += `Headers: ${[...headers.keys()].filter((name) => !/^accept/.test(name)).join(', ')}`;
    if (!/^(?:GET|POST)$/.test(method)) why += ` and Access-Control-Allow-Methods: ${method}`;
    why += ' when asked with OPTIONS';
  }
  return `no answer from ${host} that this page may read: ${why}`;
}

export { explain };
