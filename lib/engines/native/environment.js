/** What the environment says about connections. */

import { own } from '../../own.js';
import { proxyOf } from './proxy.js';

/** Without one of these, the environment names no proxy, and the parser need not load. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

/** The proxy that the environment names for a url. @param {string} url */
function environmentProxy(url) {
  return PROXY_VARIABLES.some((name) => own(process.env, name)) ? proxyOf(url, process.env) : undefined;
}

export { environmentProxy };
