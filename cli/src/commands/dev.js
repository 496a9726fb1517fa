/** `realtime dev`: runs the local platform, with its own options. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, usageError } from '../exit-codes.js';

const NAME = '@smarterservices/realtime-local';

/** @param {string[]} args of `realtime-local` */
export async function dev(args) {
  const child = spawn(process.execPath, [findProgram(), ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both. This process outlives the platform, and passes on its end; a
  // second signal would end the platform before it has closed its connections.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal));
  }
  const [code, signal] = await once(child, 'exit');
  process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? EXIT.ok : EXIT.failed);
}

/** The project's own local platform, else the one that is installed beside this program. */
function findProgram() {
  for (const base of [pathToFileURL(join(process.cwd(), 'package.json')), import.meta.url]) {
    try {
      const manifest = createRequire(base).resolve(`${NAME}/package.json`);
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
      const program = join(dirname(manifest), bin['realtime-local']);
      if (existsSync(program)) return program;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw usageError(`The local platform is not installed. Install it: npm install --save-dev ${NAME}`);
}
