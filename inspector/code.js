/** An event as code that publishes it again, or receives such events. */

import { BASE } from './api.js';
import { notify } from './state.js';
import { subscribeCode } from './subscribe-code.js';

/** @import { Subscription } from './subscribe-code.js' */

/** @typedef {{ topic: string, payload: unknown, type: string, source: string }} Copied */

/** @param {unknown} value */
const json = (value) => JSON.stringify(value, null, 2);
/** In single quotes of a shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @type {Record<string, (event: Copied) => string>} */
export const LANGUAGES = {
  test: ({ topic, payload, type, source }) => `platform.publish(${json({ topic, source, type, payload })});`,
  curl: ({ topic, payload, type, source }) =>
    `curl -X POST ${quoted(`${BASE}/api/topics/${encodeURIComponent(topic)}/events`)} \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d ${quoted(JSON.stringify({ source, type, payload }))}`,
  json: (event) => json(event),
  subscription: ({ topic, payload }) => subscribeCode({ topic }, BASE, payload),
};

/** A client's subscription as code. @param {Subscription} subscription */
export const subscriptionCode = (subscription) => subscribeCode(subscription, BASE);

/** Copies the text, where the browser lets a page do that. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify('Copied.');
  } catch {
    notify('This browser does not let the page copy: select the text below and copy it.');
  }
}
