/** Starts the platform that a command line asks for, and prints what its user needs. */

import { dirname, resolve } from 'node:path';
import { PlatformError } from '../error.js';
import { toLine } from '../log/line.js';
import { toJson } from '../log/object.js';
import { parseOptions } from '../options.js';
import { start } from '../platform.js';
import { developmentCertificate } from './certificate.js';
import { loadConfig } from './config.js';
import { writeEnvFile } from './env-file.js';
import { flagOf } from './flags.js';
import { readRecording, recordTo, replay } from './recording.js';

/** @import { LocalPlatform } from '../../index.js' */
/** @import { ActivityRecord } from '../activity.js' */
/** @import { CommandLine } from './flags.js' */

const SUB = 'developer';
const TOKEN_DAYS = 30;

/**
 * Runs until SIGINT or SIGTERM.
 *
 * @param {CommandLine} line
 * @throws {Error} whose message names the flag, or the member of the configuration file
 */
export async function runPlatform(line) {
  const config = await loadConfig(line.config);
  const labelOf = (/** @type {string} */ name) => {
    const flag = flagOf(name);
    const isInFile = config && Object.hasOwn(config.options, name) && !Object.hasOwn(line.options, name);
    return isInFile || flag === undefined ? `${config?.path ?? 'options'}: ${name}` : flag;
  };
  try {
    await run(line, config, labelOf);
  } catch (error) {
    throw named(error, labelOf);
  }
}

/**
 * @param {CommandLine} line
 * @param {Awaited<ReturnType<typeof loadConfig>>} config
 * @param {(name: string) => string} labelOf
 */
async function run(line, config, labelOf) {
  const options = parseOptions({ port: 3000, ...inFolder(config), ...line.options }, labelOf);
  const entries = line.replay === undefined ? [] : readRecording(line.replay);
  const watchers = [...logOf(line), ...(line.record === undefined ? [] : [recordTo(line.record)])];
  const made = line.tls ? await developmentCertificate([options.host, ...options.allowedHosts]) : undefined;
  if (made) options.tls = { key: made.key, cert: made.cert };
  const platform = await start(options, watchers);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stop.abort();
      platform.close();
    });
  }
  const token = platform.token({ sub: SUB, permissions: ['admin'], expiresIn: TOKEN_DAYS * 24 * 3600 });
  if (line.envFile !== undefined) await writeOrClose(platform, line.envFile, token);
  print(line, { platform, token, authority: made?.authority });
  if (entries.length > 0) {
    replay(platform, entries, stop.signal).catch((error) => {
      if (!stop.signal.aborted) process.stderr.write(`realtime-local: --replay: ${error.message}\n`);
    });
  }
}

/** A data file in the configuration is beside the configuration. @param {Awaited<ReturnType<typeof loadConfig>>} config */
function inFolder(config) {
  if (config === undefined) return {};
  const { data } = config.options;
  return typeof data === 'string' && data !== ''
    ? { ...config.options, data: resolve(dirname(config.path), data) }
    : config.options;
}

/** @param {LocalPlatform} platform @param {string} path @param {string} token */
async function writeOrClose(platform, path, token) {
  try {
    writeEnvFile(path, { REALTIME_URL: platform.url, REALTIME_TOKEN: token });
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** @param {CommandLine} line @returns {((record: ActivityRecord) => void)[]} */
function logOf({ quiet, json }) {
  if (quiet) return [];
  if (json) return [(record) => process.stdout.write(`${toJson(record)}\n`)];
  const colours = process.stdout.isTTY && process.stdout.hasColors();
  return [(record) => process.stdout.write(`${toLine(record, { colours })}\n`)];
}

/** @param {CommandLine} line @param {{ platform: LocalPlatform, token: string, authority?: string }} started */
function print({ json, envFile }, { platform, token, authority }) {
  const { url } = platform;
  if (json) {
    // Logs are kept and shown to others: the token is in the file of --env-file alone.
    process.stdout.write(`${JSON.stringify({ time: Date.now(), type: 'listening', url, sub: SUB, authority })}\n`);
    return;
  }
  process.stdout.write(`Local realtime platform

  URL=${url}
  TOKEN=${token}
${authority === undefined ? '' : `  AUTHORITY=${authority}\n`}
Publish a test event:

  curl ${authority === undefined ? '' : '--cacert "$AUTHORITY" '}-X POST $URL/api/topics/session.status/events \\
    -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"payload":{"sessionId":1,"status":"active"}}'

Open ${url}/ in a browser to see clients, events, documents and webhooks.
${authority === undefined ? '' : TRUST}${envFile === undefined ? '' : `REALTIME_URL and REALTIME_TOKEN are in ${envFile}.\n`}\
The token lasts ${TOKEN_DAYS} days. It survives restarts only with the same --secret. Ctrl-C stops.
`);
}

const TRUST = `The certificate is signed by the authority of this user in $AUTHORITY, for development only. Node trusts it with
NODE_EXTRA_CA_CERTS=$AUTHORITY; import the file into a browser to open pages without a warning.
`;

/**
 * An error in the words of the command line.
 *
 * @param {unknown} error
 * @param {(name: string) => string} labelOf
 */
function named(error, labelOf) {
  if (!(error instanceof Error)) return error;
  const { code } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'EADDRINUSE') return new Error(error.message.replace('Use port 0', 'Use --port 0'), { cause: error });
  if (code === 'EACCES') return new Error(`${labelOf('port')}: this user may not listen there. Use a port above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Error(
      `${labelOf('host')}: this machine has no such address (${code}). Use one of its own, or 127.0.0.1.`,
    );
  }
  if (!(error instanceof PlatformError)) return error;
  error.message = error.message.replace(/\boptions\.(\w+)/, (_, name) => labelOf(name));
  return error;
}
