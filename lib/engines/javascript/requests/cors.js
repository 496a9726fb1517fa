/**
 * Why a browser keeps an answer from the page. `fetch` rejects with the same error for a server
 * that cannot be reached, for a missing CORS header and for the page's own policy. So the client
 * asks twice more, without the token: once without reading the answer, which needs no permission,
 * and once reading it, without a preflight.
 */

/** Headers and methods that need no permission of the server. */
const SAFELISTED = /^accept/;
const SIMPLE = /^(?:GET|POST)$/;

/**
 * Explains why a request got no answer. Undefined where no rule of a browser can be the reason.
 *
 * @param {string} url
 * @param {RequestInit & { method: string }} init of the request
 */
async function explain(url, { method, headers, signal }) {
  const { location, isSecureContext } = /** @type {any} */ (globalThis);
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
  const what = `no answer from ${host} that this page may read:`;
  if (!(await answers('no-cors'))) {
    const mixed = isSecureContext && protocol === 'http:' ? ', or a page over https: cannot ask http:' : '';
    return `${what} the server is unreachable, or connect-src of the page's CSP lacks ${origin}${mixed}`;
  }
  if (!(await answers('cors')))
    return `${what} the server's CORS settings must send Access-Control-Allow-Origin: ${page}`;
  const names = [.../** @type {Headers} */ (headers).keys()].filter((name) => !SAFELISTED.test(name));
  const methods = SIMPLE.test(method) ? '' : ` and Access-Control-Allow-Methods: ${method}`;
  const lists = `Access-Control-Allow-Headers: ${names.join(', ')}${methods}`;
  return `${what} the server's CORS settings must answer the preflight (OPTIONS) with ${lists}`;
}

export { explain };
