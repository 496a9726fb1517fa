/** Runs the suite in Node, Bun or Deno. The argument is the runtime, as JSON. */

import process from 'node:process';
import * as realtime from '@smarterservices/realtime';

const { suite, ...runtime } = JSON.parse(process.argv[2]);
const { runSuite } = await import(suite);
await runSuite(realtime, runtime);
