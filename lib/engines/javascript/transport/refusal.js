/**
 * What an HTTP answer means that refuses a handshake or a request of long-polling: its status, the
 * start of its body, which gives the reason, and where it redirects to.
 */

import { cancel, later } from '#host';
import { isVersionRefused, NOT_ENGINE_IO_4 } from '../protocol/versions.js';
import { isTransient, retryAfter } from '../requests/retry.js';

/** @import { Failure, HttpAnswer, Loss, Server } from './transport.js' */

/** How much of a refusal's body to keep. */
const MAX_BODY = 1024;
/** How long to wait for a refusal's body, which only explains it. */
const BODY_TIMEOUT = 500;
/** The most characters of a page's title, and of another body's first line, to show. */
const MAX_TITLE = 80;
const MAX_LINE = 120;
/** The most redirects to follow for one request. */
const MAX_REDIRECTS = 5;

/**
 * Follows a redirect within the server. Returns the new target, a path and its query.
 *
 * @param {Server} server
 * @param {HttpAnswer} answer with a status that may redirect
 * @param {string} method
 * @param {string} target
 * @param {number} redirects how often the request was redirected before
 * @returns {Promise<string>}
 * @throws {Loss} why the answer is no redirect, or is not followed
 */
export async function redirect(server, answer, method, target, redirects) {
  const { status, headers, body } = answer;
  const isHidden = answer.type === 'opaqueredirect';
  if (!isHidden && ![301, 302, 303, 307, 308].includes(status)) throw await refused(server, answer);
  Promise.resolve(body?.getReader().cancel()).catch(() => {});
  const from = server.origin + target;
  const to = isHidden
    ? 'a redirect whose target browsers hide: write the final address in options.url'
    : (await import('../requests/redirect.js')).follow(status, method, from, headers.get('location') ?? '');
  const isTooFar = redirects >= MAX_REDIRECTS && typeof to === 'object';
  if (typeof to === 'string' || isTooFar) {
    const problem = isTooFar ? `a redirect to ${to.pathname}, after ${MAX_REDIRECTS} others` : to;
    const reason = `HTTP ${status || '3xx'}, ${problem}`;
    const message = `GET ${server.origin}${server.path} was answered with ${reason}`;
    // The next attempt fails in the same way if the server itself has redirected.
    throw { reason, error: { code: 'UPGRADE_REFUSED', message, status: status || undefined, outlook: 'unproven' } };
  }
  // A Location often omits the parameters, and without them the handshake would be another one.
  for (const [name, value] of new URL(from).searchParams)
    if (!to.searchParams.has(name)) to.searchParams.append(name, value);
  return to.pathname + to.search;
}

/** @param {Server} server @param {HttpAnswer} answer @returns {Promise<Loss>} */
async function refused({ origin, path }, answer) {
  const { status } = answer;
  const body = await startOf(answer);
  const report = parsed(body);
  const text = report === undefined ? line(body) : [report, report?.message, report?.error].find(isText);
  const said = text ? `: ${text}` : '';
  const isVersion = isVersionRefused(body);
  // Gateways and firewalls answer 403 with a page. Any other 403 may come from a server that has
  // read the token.
  const isAboutToken = status === 401 || (status === 403 && !/^\s*</.test(body));
  /** @type {Failure} */
  const error = {
    code: isVersion ? 'PROTOCOL_ERROR' : isAboutToken ? 'AUTH_FAILED' : 'UPGRADE_REFUSED',
    message: `GET ${origin}${path} was answered with HTTP ${status}${said}${isVersion ? `: ${NOT_ENGINE_IO_4}` : ''}`,
    status,
    retryAfter: retryAfter(answer.headers.get('retry-after') ?? '', Date.now()),
  };
  // The platform's JSON, possibly cut off, proves that the server itself has answered.
  const isPlatform = report === undefined ? /^\s*\{\s*"error"\s*:\s*"/.test(body) : isText(report?.error);
  if (status >= 400 && status < 500 && !isTransient(status)) error.outlook = isPlatform ? 'permanent' : 'unproven';
  return { reason: `HTTP ${status}`, error, said };
}

/** The start of a body. A part of it is better than nothing. @param {HttpAnswer} answer */
async function startOf({ body }) {
  const reader = body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  const end = () => void Promise.resolve(reader.cancel()).catch(() => {});
  const timer = later(end, BODY_TIMEOUT, false);
  try {
    while (text.length < MAX_BODY) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The connection broke, or the time is over.
  }
  cancel(timer);
  end();
  return text.slice(0, MAX_BODY);
}

/** The value of a JSON text; undefined where it is none. @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string';
}

/**
 * Describes a body that is not JSON: a page by its title, or its first line.
 *
 * @param {string} body
 */
function line(body) {
  return (
    htmlPage(body) ??
    body
      .trim()
      .split(/[\r\n]/, 1)[0]
      .slice(0, MAX_LINE)
  );
}

/** `an HTML page "502 Bad Gateway"`; undefined for any other body. @param {string} body */
export function htmlPage(body) {
  if (!/^\s*<[a-z!]|<html/i.test(body)) return undefined;
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1].trim().replace(/\s+/g, ' ').slice(0, MAX_TITLE);
  return `an HTML page${title ? ` "${title}"` : ''}`;
}

/**
 * Gives a refused request for a WebSocket the target that it was redirected to, or returns why it
 * was refused.
 *
 * @param {import('./transport.js').SocketRequest} request
 * @param {HttpAnswer} answer
 * @returns {Promise<Loss | undefined>}
 */
export async function retarget(request, answer) {
  try {
    request.target = await redirect(request.server, answer, 'GET', request.target, request.redirects++);
    return undefined;
  } catch (loss) {
    return /** @type {Loss} */ (loss);
  }
}
