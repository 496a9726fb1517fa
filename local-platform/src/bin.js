#!/usr/bin/env node
/** Runs a local platform by hand: `realtime-local --port 3000 --secret dev`. */

import { readFileSync } from 'node:fs';
import { HINT, parseCommandLine, USAGE } from './command-line/flags.js';
import { runPlatform } from './command-line/run.js';
import { PlatformError } from './error.js';

// A reader that ends early, such as `head`, is no failure.
process.stdout.on('error', (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
  process.exit(0);
});

main().catch((error) => {
  process.stderr.write(`realtime-local: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});

async function main() {
  const parsed = parsedOrHint(process.argv.slice(2));
  if (parsed === 'help') process.stdout.write(USAGE);
  else if (parsed === 'version') process.stdout.write(`${version()}\n`);
  else await runPlatform(parsed);
}

/** @param {string[]} args */
function parsedOrHint(args) {
  try {
    return parseCommandLine(args);
  } catch (error) {
    if (error instanceof PlatformError) error.message += `\n${HINT}`;
    throw error;
  }
}

function version() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
