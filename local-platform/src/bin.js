#!/usr/bin/env node
/** Runs a local platform by hand: `realtime-local --port 3000 --secret dev`. */

import { parseArgs } from 'node:util';
import { startLocalPlatform } from './index.js';

const USAGE = `Usage: realtime-local [options]

  --port <number>           default 3000; 0 for a free one
  --host <address>          default 127.0.0.1
  --allowed-host <name>     another name it is reached by, beside localhost; can be repeated
  --cors-origin <origin>    whose web pages may use it; default '*': all
  --secret <text>           signs the tokens; default: a new one for each run
  --application-id <text>   default 'local'
  --data <file>             keeps the documents in this SQLite file; default: in memory
  --help
`;

const text = { type: 'string' };
const flags = {
  port: text,
  host: text,
  'allowed-host': { ...text, multiple: true },
  'cors-origin': text,
  secret: text,
  'application-id': text,
  data: text,
  help: { type: 'boolean' },
};

try {
  const { port = '3000', host, secret, data, help, ...rest } = parseArgs({ options: flags }).values;
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
  process.stderr.write(`realtime-local: ${error.message}\n`);
  process.exitCode = 1;
}

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

The token lasts 30 days, over restarts only with the same --secret. Ctrl-C stops.
`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => platform.close());
}
