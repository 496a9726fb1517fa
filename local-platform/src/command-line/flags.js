/** The flags of `realtime-local`: which there are, and what the arguments of a call mean. */

import { parseArgs } from 'node:util';
import { adviseName } from '../arguments.js';
import { invalid } from '../error.js';

/** @import { LocalPlatformOptions } from '../../index.js' */

export const USAGE = `Usage: realtime-local [options]

  -p, --port <number>       default 3000; 0 for a free one
  --host <address>          default 127.0.0.1
  --allowed-host <name>     another name that clients use, beside localhost; can be repeated
  --cors-origin <origin>    the origin whose web pages may use it; default '*': all
  --secret <text>           signs the tokens; default: a new one for each run
  --application-id <text>   default 'local'
  --data <file>             keeps the documents in this SQLite file; default: in memory
  --compression             compresses WebSocket messages, for clients that offer that
  --tls                     https and wss, with a development certificate that is made once
  --config <file>           default: realtime-local.config.js, .mjs, .cjs or .json of this folder
  -e, --env-file <file>     writes REALTIME_URL and REALTIME_TOKEN into this file; if it is new, use
                            -e: some versions of Node read --env-file themselves
  --record <file>           writes each event that is published on a topic into this file
  --replay <file>           publishes the events of such a file, once a client has subscribed
  --quiet                   logs nothing
  --json                    prints one JSON object a line, without the token
  -v, --version
  -h, --help
`;

/** What a wrong flag is answered with, after the error. */
export const HINT = 'Usage: realtime-local [options]. --help lists them.';

/** @typedef {{ type: 'string' | 'boolean', short?: string, multiple?: boolean, option?: keyof LocalPlatformOptions }} Flag */

/** @type {Record<string, Flag>} */
const FLAGS = {
  port: { type: 'string', short: 'p', option: 'port' },
  host: { type: 'string', option: 'host' },
  'allowed-host': { type: 'string', multiple: true, option: 'allowedHosts' },
  'cors-origin': { type: 'string', option: 'corsOrigin' },
  secret: { type: 'string', option: 'secret' },
  'application-id': { type: 'string', option: 'applicationId' },
  data: { type: 'string', option: 'data' },
  compression: { type: 'boolean', option: 'compression' },
  tls: { type: 'boolean', option: 'tls' },
  config: { type: 'string' },
  'env-file': { type: 'string', short: 'e' },
  record: { type: 'string' },
  replay: { type: 'string' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
};

/**
 * What a call asks for. `options` has only what was written, not yet checked: a configuration file
 * may have the rest.
 *
 * @typedef {object} CommandLine
 * @property {Omit<LocalPlatformOptions, 'tls'>} options
 * @property {boolean} tls
 * @property {boolean} quiet
 * @property {boolean} json
 * @property {string} [config]
 * @property {string} [envFile]
 * @property {string} [record]
 * @property {string} [replay]
 */

/**
 * @param {string[]} args
 * @returns {'help' | 'version' | CommandLine}
 * @throws {PlatformError} naming the flag
 */
export function parseCommandLine(args) {
  const options = Object.fromEntries(Object.entries(FLAGS).map(([name, { option: _, ...flag }]) => [name, flag]));
  // Not strict: the errors of Node name no similar flag.
  const { tokens, values } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw invalid(`'${token.value}': options begin with --. Try --help.`);
    if (token.kind === 'option') requireFlag(token);
  }
  if (values.help) return 'help';
  if (values.version) return 'version';
  const text = (/** @type {string} */ name) => /** @type {string | undefined} */ (values[name]);
  return {
    options: optionsOf(values),
    tls: values.tls === true,
    quiet: values.quiet === true,
    json: values.json === true,
    config: text('config'),
    envFile: text('env-file'),
    record: text('record'),
    replay: text('replay'),
  };
}

/** The flag that sets an option, if there is one. @param {string} option */
export function flagOf(option) {
  const name = Object.keys(FLAGS).find((flag) => FLAGS[flag].option === option);
  return name && `--${name}`;
}

/** @param {Record<string, unknown>} values @returns {LocalPlatformOptions} */
function optionsOf(values) {
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const [name, { type, option }] of Object.entries(FLAGS)) {
    if (option && type === 'string' && values[name] !== undefined) given[option] = values[name];
  }
  if (values.compression === true) given.compression = true;
  const { port } = given;
  if (port === undefined) return given;
  if (!/^\d{1,5}$/.test(String(port))) throw invalid(`--port: expected a port, or 0 for a free one, got '${port}'.`);
  return { ...given, port: Number(port) };
}

/** @param {{ name: string, rawName: string, value?: string, inlineValue?: boolean }} flag */
function requireFlag({ name, rawName, value, inlineValue }) {
  if (!Object.hasOwn(FLAGS, name)) {
    const known = Object.keys(FLAGS).map((flag) => `--${flag}`);
    throw invalid(`${rawName} is not an option. ${adviseName(rawName, known)}`);
  }
  const { type } = FLAGS[name];
  // A flag after a flag is not its value: '--host --port 3000' lacks the host.
  const isMissing = value === undefined || value === '' || (!inlineValue && /^--?[a-z]/.test(value));
  if (type === 'string' && isMissing) throw invalid(`--${name}: expected a value after it.`);
  if (type === 'boolean' && value !== undefined) throw invalid(`--${name}: expected no value.`);
}
