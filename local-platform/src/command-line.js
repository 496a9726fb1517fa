/** The command line of `realtime-local`: its options, as those of `startLocalPlatform`. */

import { parseArgs } from 'node:util';
import { adviseName } from './arguments.js';
import { invalid } from './error.js';
import { parseOptions } from './options.js';

/** @import { Options } from './options.js' */

export const USAGE = `Usage: realtime-local [options]

  --port <number>           default 3000; 0 for a free one
  --host <address>          default 127.0.0.1
  --allowed-host <name>     another name that clients use, beside localhost; can be repeated
  --cors-origin <origin>    the origin whose web pages may use it; default '*': all
  --secret <text>           signs the tokens; default: a new one for each run
  --application-id <text>   default 'local'
  --data <file>             keeps the documents in this SQLite file; default: in memory
  --version
  --help
`;

/** @type {Record<string, { type: 'string' | 'boolean', multiple?: boolean, option?: keyof Options }>} */
const FLAGS = {
  port: { type: 'string', option: 'port' },
  host: { type: 'string', option: 'host' },
  'allowed-host': { type: 'string', multiple: true, option: 'allowedHosts' },
  'cors-origin': { type: 'string', option: 'corsOrigin' },
  secret: { type: 'string', option: 'secret' },
  'application-id': { type: 'string', option: 'applicationId' },
  data: { type: 'string', option: 'data' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
};

/**
 * @param {string[]} args
 * @returns {'help' | 'version' | Options}
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
  const { port = '3000' } = values;
  if (!/^\d{1,5}$/.test(String(port))) throw invalid(`--port: expected a port, or 0 for a free one, got '${port}'.`);
  /** @type {Record<string, unknown>} */
  const given = { port: Number(port) };
  for (const [name, { option }] of Object.entries(FLAGS)) {
    if (option && option !== 'port' && values[name] !== undefined) given[option] = values[name];
  }
  return parseOptions(given, flagOf);
}

/** @param {{ name: string, rawName: string, value?: string }} flag */
function requireFlag({ name, rawName, value }) {
  if (!Object.hasOwn(FLAGS, name)) {
    const known = Object.keys(FLAGS).map((flag) => `--${flag}`);
    throw invalid(`${rawName} is not an option. ${adviseName(rawName, known)}`);
  }
  const { type } = FLAGS[name];
  if (type === 'string' && value === undefined) throw invalid(`--${name}: expected a value after it.`);
  if (type === 'boolean' && value !== undefined) throw invalid(`--${name}: expected no value.`);
}

/** @param {string} option */
const flagOf = (option) => `--${Object.keys(FLAGS).find((name) => FLAGS[name].option === option)}`;
