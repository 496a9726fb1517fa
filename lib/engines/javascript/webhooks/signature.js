/**
 * Signatures in headers: lists of SHA-256 digests in hexadecimal digits or base64, in one form
 * each. The counterpart of `src/webhook/signature.rs`.
 */

import { utf8Length } from '#host';

/** @import { WebhookScheme } from '../../../../index.js' */
/** @import { Encoding } from '#sha256' */

/** The maximum number of signatures in one header. Each costs one comparison per secret. */
const MAX_SIGNATURES = 16;
/** The maximum length of a header: each signature with a prefix and a separator. */
const MAX_HEADER_BYTES = MAX_SIGNATURES * 80;

/**
 * What surrounds a digest in a header, what is between two of them, and which texts are one: a
 * digest has lower-case digits, or base64 with its padding and without bits left over.
 *
 * @type {Record<WebhookScheme,
 * { encoding: Encoding, prefix: string, joint: string, separator: RegExp, form: RegExp }>}
 */
const FORMS = {
  realtime: {
    encoding: 'hex',
    prefix: '',
    joint: ',',
    separator: /[, ]/,
    form: /^(?:sha256=)?([\da-f]{64})$/,
  },
  'standard-webhooks': {
    encoding: 'base64',
    prefix: 'v1,',
    joint: ' ',
    separator: / /,
    form: /^v1,([A-Za-z\d+/]{42}[AEIMQUYcgkosw048]=)$/,
  },
  't-v1': {
    encoding: 'hex',
    prefix: 'v1=',
    joint: ',',
    separator: /,/,
    form: /^v1=([\da-f]{64})$/,
  },
};
/** A `name=value` of any version of the scheme `t-v1`; a `v1` must be a digest. */
const OTHER_VERSION = /^(?!v1=)[^=]*=./s;

/**
 * The digests of a header; undefined if it is malformed, or has none. What has another form belongs
 * to another version of the scheme, and is skipped.
 *
 * @param {string} header
 * @param {WebhookScheme} scheme
 * @returns {string[] | undefined}
 */
function digestsIn(header, scheme) {
  const { separator, form } = FORMS[scheme];
  // Each character has at least one byte: a longer text need not be measured.
  if (header.length > MAX_HEADER_BYTES || utf8Length(header) > MAX_HEADER_BYTES) return undefined;
  const items = header.split(separator).filter((item) => item !== '');
  if (items.length > MAX_SIGNATURES) return undefined;
  const digests = [];
  for (const item of items) {
    const digest = form.exec(item)?.[1];
    if (digest !== undefined) digests.push(digest);
    else if (scheme === 't-v1' && !OTHER_VERSION.test(item)) return undefined;
  }
  return digests.length > 0 ? digests : undefined;
}

export { digestsIn, FORMS };
