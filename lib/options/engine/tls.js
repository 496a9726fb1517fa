/** The option `tls`. */

import { isUint8Array } from '../../bytes.js';
import { invalidArgument, invalidSecret } from '../../errors/errors.js';
import { optional, parseBag } from '../schema.js';
import * as values from '../values.js';

/** @import { EngineConfig } from '../../engines/engine.js' */

const TLS = {
  ca: optional(parseAuthorities),
  cert: optional(parsePem),
  key: optional(parsePem),
  rejectUnauthorized: optional(values.boolean),
  servername: optional(values.label),
};

/** @param {unknown} value @param {string} path @returns {NonNullable<EngineConfig['tls']>} */
function parseTls(value, path) {
  const tls = parseBag(value, path, TLS);
  const { cert, key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key';
    throw invalidArgument(`${path}.${missing}`, 'cert and key together', undefined);
  }
  return tls;
}

/** @param {unknown} value @param {string} path */
function parseAuthorities(value, path) {
  if (!Array.isArray(value)) return [parsePem(value, path)];
  if (value.length === 0)
    throw invalidArgument(path, 'at least one certificate (without any, no server is trusted)', value);
  return value.map((each, index) => parsePem(each, `${path}[${index}]`));
}

/** @param {unknown} value @param {string} path */
function parsePem(value, path) {
  const text = isUint8Array(value) ? new TextDecoder().decode(value) : value;
  if (typeof text !== 'string' || !text.includes('-----BEGIN '))
    throw invalidSecret(path, "PEM text ('-----BEGIN ...') as a string or Buffer, not a file name or DER", value);
  return text;
}

export { parseTls };
