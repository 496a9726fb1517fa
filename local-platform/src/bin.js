#!/usr/bin/env node
/** Runs a local platform by hand: `realtime-local --port 3000 --secret dev`. */

import { readFileSync } from 'node:fs';
import { parseCommandLine, USAGE } from './command-line.js';
import { startLocalPlatform } from './index.js';

/** @import { LocalPlatformOptions } from '../index.js' */

main().catch((error) => {
  const text = error instanceof Error ? error.message.replace('startLocalPlatform(): ', '') : String(error);
  const isPort = error?.code === 'EADDRINUSE';
  process.stderr.write(`realtime-local: ${isPort ? text.replace('Use port 0', 'Use --port 0') : text}\n`);
  process.exitCode = 1;
});

async function main() {
  const parsed = parseCommandLine(process.argv.slice(2));
  if (parsed === 'help') process.stdout.write(USAGE);
  else if (parsed === 'version') process.stdout.write(`${version()}\n`);
  else await run(parsed);
}

function version() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** @param {LocalPlatformOptions} options */
async function run(options) {
  const platform = await startLocalPlatform(options);
  const token = platform.token({ sub: 'developer', permissions: ['admin'], expiresIn: 30 * 24 * 3600 });
  process.stdout.write(`Local realtime platform

  URL=${platform.url}
  TOKEN=${token}

Publish a test event:

  curl -X POST $URL/api/topics/session.status/events \\
    -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"payload":{"sessionId":1,"status":"active"}}'

The token lasts 30 days. It survives restarts only with the same --secret. Ctrl-C stops.
`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => platform.close());
}
