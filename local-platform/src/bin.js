#!/usr/bin/env node
/** Runs a local platform by hand: `realtime-local --port 3000 --secret dev`. */

import { parseArgs } from 'node:util';
import { startLocalPlatform } from './index.js';

/** @import { LocalPlatformOptions } from '../index.js' */

const USAGE = `Usage: realtime-local [options]

  --port <number>           default 3000; 0 for a free one
  --host <address>          default 127.0.0.1
  --allowed-host <name>     another name that clients use, beside localhost; can be repeated
  --cors-origin <origin>    the origin whose web pages may use it; default '*': all
  --secret <text>           signs the tokens; default: a new one for each run
  --application-id <text>   default 'local'
  --data <file>             keeps the documents in this SQLite file; default: in memory
  --help
`;

try {
  const {
    port = '3000',
    host,
    secret,
    data,
    help,
    ...rest
  } = parseArgs({
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'allowed-host': { type: 'string', multiple: true },
      'cors-origin': { type: 'string' },
      secret: { type: 'string' },
      'application-id': { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
  }).values;
  if (help) process.stdout.write(USAGE);
  else {
    await run({
      port: Number(port),
      host,
      secret,
      data,
      allowedHosts: rest['allowed-host'],
      corsOrigin: rest['cors-origin'],
      applicationId: rest['application-id'],
    });
  }
} catch (error) {
  process.stderr.write(`realtime-local: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
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
