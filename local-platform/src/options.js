/** The options of a local platform: their defaults and what they may be. */

import { randomBytes } from 'node:crypto';
import { invalid } from './error.js';

const text = (value) => typeof value === 'string' && value !== '';
const whole = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;
const MILLISECONDS = 2 ** 31 - 1;
const isNames = (value) => Array.isArray(value) && value.every((name) => text(name) && !/[:/\s]/.test(name));
const isOrigin = (value) => value === '*' || (URL.canParse(value) && new URL(value).origin === value);

/** name: [default, predicate, what is expected] */
const OPTIONS = {
  port: [0, whole(0, 65_535), 'a port, or 0 for a free one'],
  host: ['127.0.0.1', text, 'a host name or address'],
  allowedHosts: [[], isNames, "an array of host names, such as ['realtime']"],
  corsOrigin: ['*', isOrigin, "'*', or an origin such as 'http://localhost:5173'"],
  prefix: ['', (value) => value === '' || /^(\/[\w.~-]+)+$/.test(value), "'' or a path such as '/realtime'"],
  secret: [undefined, text, 'a non-empty string'],
  applicationId: ['local', text, 'a non-empty string'],
  pingInterval: [25_000, whole(1, MILLISECONDS), 'milliseconds, at least 1'],
  pingTimeout: [20_000, whole(1, MILLISECONDS), 'milliseconds, at least 1'],
  maxPayload: [1_000_000, whole(1, 2 ** 30), 'bytes, at least 1'],
  recovery: [0, whole(0, MILLISECONDS), 'milliseconds, 0 for none'],
  data: [undefined, text, 'the path of a file'],
  webhookTimeout: [10_000, whole(1, MILLISECONDS), 'milliseconds, at least 1'],
  webhookRetryDelay: [1_000, whole(0, MILLISECONDS), 'milliseconds, 0 for none'],
  webhookRetryDelayMax: [60_000, whole(0, MILLISECONDS), 'milliseconds, 0 for none'],
  tls: [undefined, (value) => value !== null && typeof value === 'object', 'an object with `key` and `cert`'],
};

export function parseOptions(given) {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw invalid(`options.${name}: unknown; known are ${Object.keys(OPTIONS).join(', ')}.`);
    }
  }
  const options = { secret: randomBytes(32).toString('base64url') };
  for (const [name, [fallback, accepts, expected]] of Object.entries(OPTIONS)) {
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? options[name] ?? fallback;
    if (value !== undefined && !accepts(value)) throw invalid(`options.${name}: expected ${expected}.`);
    options[name] = value;
  }
  return options;
}
