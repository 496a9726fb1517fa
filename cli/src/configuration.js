/**
 * Where the platform is and who asks: from flags, then from the environment, then from `.env`.
 *
 * Only names that begin with `REALTIME_` are read from `.env`: the file belongs to another program,
 * and its other variables, such as `NODE_OPTIONS`, must not change this one. The flag is `--dotenv`
 * because Node 20 takes an `--env-file` of the program as its own, and ends where the file is
 * missing.
 */

import { readFileSync } from 'node:fs';
import * as util from 'node:util';
import { usageError } from './exit-codes.js';

const DEFAULT_URL = 'http://localhost:3000';
const PREFIX = 'REALTIME_';

/**
 * @typedef {object} ConnectionOptions
 * @property {string} [url]
 * @property {string} [token]
 * @property {string} [applicationId]
 * @property {string} [environment]
 * @property {string} [dotenv]
 */

/** @typedef {{ url: string, token: string | undefined, applicationId?: string, environment?: string }} Connection */

/** @param {ConnectionOptions} options @returns {Connection} */
export function readConnection(options) {
  const settings = readSettings(options);
  const url = options.url ?? settings.REALTIME_URL ?? DEFAULT_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usageError('--url: expected an address that begins with http:// or https://, such as http://localhost:3000.');
  }
  const applicationId = options.applicationId ?? settings.REALTIME_APPLICATION_ID;
  const environment = options.environment ?? settings.REALTIME_ENVIRONMENT;
  return {
    url: url.replace(/\/+$/, ''),
    token: (options.token ?? settings.REALTIME_TOKEN)?.replace(/^Bearer\s+/i, '').trim() || undefined,
    ...(applicationId && { applicationId }),
    ...(environment && { environment }),
  };
}

/** @param {ConnectionOptions} options @returns {Connection & { token: string }} */
export function readAuthenticatedConnection(options) {
  const connection = readConnection(options);
  const { token } = connection;
  if (token === undefined) {
    throw usageError(
      'There is no token. Pass --token, set REALTIME_TOKEN, or write it into .env. `realtime token mint` makes one.',
    );
  }
  return { ...connection, token };
}

/**
 * A secret, from its flag, the environment or `.env`. Other users of the machine see flags: in
 * scripts, prefer the environment.
 *
 * @param {string | undefined} flag @param {string} name of the variable @param {ConnectionOptions} options
 * @returns {string | undefined}
 */
export function readSecret(flag, name, options) {
  return (flag ?? readSettings(options)[name]) || undefined;
}

/** @param {ConnectionOptions} options @returns {Record<string, string | undefined>} */
function readSettings({ dotenv }) {
  const ofFile = Object.entries(readFile(dotenv)).filter(([name]) => name.startsWith(PREFIX));
  const ofProcess = Object.entries(process.env).filter(([name, value]) => name.startsWith(PREFIX) && value !== '');
  return Object.fromEntries([...ofFile, ...ofProcess]);
}

/** @param {string | undefined} path of `--dotenv`; a missing `.env` is fine @returns {Record<string, string>} */
function readFile(path) {
  let text;
  try {
    text = readFileSync(path ?? '.env', 'utf8');
  } catch (error) {
    if (path === undefined) return {};
    throw usageError(`--dotenv: the file cannot be read: ${/** @type {Error} */ (error).message}.`);
  }
  // `parseEnv` came with Node 20.12.
  const { parseEnv } = /** @type {{ parseEnv?: (text: string) => Record<string, string> }} */ (util);
  return (parseEnv ?? parseLines)(text);
}

/** `NAME=value` lines, with or without quotes. @param {string} text @returns {Record<string, string>} */
export function parseLines(text) {
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^#\n\r]*))/gm);
  return Object.fromEntries(
    [...lines].map(([, name, double, single, bare]) => [name, double ?? single ?? bare.trim()]),
  );
}
