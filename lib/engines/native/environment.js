/** What the environment says about engines and connections. */

import { own } from '../../own.js';
import { proxyOf } from './proxy.js';

/** Without one of these, the environment names no proxy, and the parser need not load. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

/**
 * A variable of the environment; undefined where the program may not read it, as in Deno without
 * `--allow-env`.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
function variable(name) {
  try {
    return own(process.env, name);
  } catch {
    return undefined;
  }
}

/** The proxy that the environment names for a url. @param {string} url */
function environmentProxy(url) {
  return PROXY_VARIABLES.some((name) => variable(name)) ? proxyOf(url, process.env) : undefined;
}

export { environmentProxy, variable };
