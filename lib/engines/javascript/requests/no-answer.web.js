/**
 * Why `fetch` rejects in browsers and workers, see `no-answer.d.ts`. A browser throws the same error
 * for a server that cannot be reached, for a missing CORS header and for the page's own policy. So
 * the client asks twice more, without the token: once without reading the answer, which needs no
 * permission, and once reading it, without a preflight.
 */

import { fail } from './failure.js';

/** @import { Failure } from '../../engine.js' */
/** @import { Init } from './failure.js' */

/** @type {typeof import('./no-answer.js').noAnswer} */
export function noAnswer(error, url) {
  const { host } = new URL(url);
  const cause = causeOf(error);
  const ended = fail('NETWORK_ERROR', `no answer from ${host}: ${cause}`, { cause, uncertain: true }, true);
  return { ...ended, explain: (init) => explain(ended.outcome.failure, url, init) };
}

/** @type {typeof import('./no-answer.js').causeOf} */
export function causeOf(error) {
  return /** @type {Error} */ (error).message;
}

/** @param {Failure} failure @param {string} url @param {Init} init */
async function explain(failure, url, { method, headers, signal }) {
  const { location } = /** @type {any} */ (globalThis);
  const { origin, protocol } = new URL(url);
  const page = location?.origin;
  // Without a page there are no such rules, and a page may read its own server's answers.
  if (page === undefined || page === origin) return;
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
  failure.message += `; ${why}`;
}
