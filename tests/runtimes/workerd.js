/** Starts workerd with a worker that runs the suite when it gets a request. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

import { freePort } from '../suite/stage/ports.js';
import { entryFor, fileOf } from '../suite/stage/site.js';

const WORKER = join(import.meta.dirname, 'programs', 'worker.js');
/** The worker may reach the platforms, which listen on this machine. */
const CONFIG = (port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-09-01",
      globalOutbound = "local",
    )),
    (name = "local", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;

/**
 * @param {import('node:test').TestContext} t workerd ends with the test
 * @param {string} binary
 * @returns {Promise<{ url: string, ended: Promise<unknown>, output: () => string }>}
 */
export async function startWorkerd(t, binary) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-workerd-'));
  const bundle = await rolldown({
    input: WORKER,
    platform: 'browser',
    resolve: { alias: { '@smarterservices/realtime': fileOf(entryFor(['workerd'])) } },
  });
  await bundle.write({ file: join(folder, 'worker.js'), format: 'esm', codeSplitting: false });
  await bundle.close();
  const port = await freePort();
  writeFileSync(join(folder, 'config.capnp'), CONFIG(port));
  const child = spawn(binary, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  return { url: `http://127.0.0.1:${port}/`, ended, output: () => output };
}
