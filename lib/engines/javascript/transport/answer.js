/** The meaning of HTTP answers that refuse a request, whatever request they answer. */

import { cancel, later } from '#host';

/** @import { HttpAnswer } from './transport.js' */

/** How much of a refusal's body to keep. */
const MAX_BODY_BYTES = 1024;
/** How long to wait for a refusal's body, which only explains it. */
const BODY_TIMEOUT = 500;
/** The most characters of a page's title, and of another body's first line, to show. */
const MAX_TITLE = 80;
const MAX_LINE = 120;
/** The longest delay of a timer. */
const MAX_TIMER = 0x7fff_ffff;

/**
 * Whether the same request can succeed a moment later, judged by its status alone: the client may
 * retry (408, 421, 425, 429), a gateway has failed (502 to 504), or a CDN (520 to 524, 530).
 *
 * @param {number} status
 */
export function isTransient(status) {
  return /^(408|42[159]|50[234]|52[0-4]|530)$/.test(`${status}`);
}

/**
 * The delay that a server asks for in `Retry-After`, in milliseconds: a number of seconds, or a
 * date. Undefined where the value is neither.
 *
 * @param {string | null | undefined} value
 */
export function retryAfter(value) {
  const text = (value ?? '').trim();
  const delay = /^\d[\d.]*$/.test(text)
    ? Number(text) * 1000
    : /^[a-z]{3}/i.test(text)
      ? Date.parse(text) - Date.now()
      : Number.NaN;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_TIMER);
}

/**
 * The start of a body. A part of it is better than nothing.
 *
 * @param {HttpAnswer} answer
 */
export async function startOf({ body }) {
  const reader = body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  const timer = later(() => reader.cancel(), BODY_TIMEOUT, false);
  try {
    while (text.length < MAX_BODY_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The connection broke, or the timer has cancelled the reading.
  }
  cancel(timer);
  Promise.resolve(reader.cancel()).catch(() => {});
  return text.slice(0, MAX_BODY_BYTES);
}

/** The value of a JSON text; undefined where it is none. @param {string} text @returns {any} */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether the body of a refusal comes from the platform, `{ error, message }`, and not from a
 * gateway in front of it. The body may be truncated.
 *
 * @param {string} body
 */
export function isPlatformError(body) {
  const report = parsed(body);
  return report === undefined ? /^\s*\{\s*"error"\s*:\s*"/.test(body) : typeof report?.error === 'string';
}

/**
 * The explanation in the body of a refusal, with a colon before it: from the platform's
 * `{ error, message }`, that the body is an HTML page, or the beginning of its first line.
 *
 * @param {string} body
 */
export function explanation(body) {
  const report = parsed(body);
  const text =
    report === undefined
      ? (htmlPage(body) ??
        body
          .trim()
          .split(/[\r\n]/, 1)[0]
          .slice(0, MAX_LINE))
      : [report, report?.message, report?.error].find((text) => typeof text === 'string');
  return text ? `: ${text}` : '';
}

/**
 * Describes an HTML page by its title: `an HTML page "502 Bad Gateway"`. Undefined for any other
 * body.
 *
 * @param {string} body
 */
export function htmlPage(body) {
  if (!/^\s*<[a-z!]|<html/i.test(body)) return undefined;
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1].trim().replace(/\s+/g, ' ').slice(0, MAX_TITLE);
  return `an HTML page${title ? ` "${title}"` : ''}`;
}
