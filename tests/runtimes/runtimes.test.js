/** The suite in every runtime that is not a browser. */

import { after, before, test } from 'node:test';

import { postWhenOpen } from '../suite/stage/ports.js';
import { Stage } from '../suite/stage/stage.js';
import { binaryOf } from './binaries.js';
import { runSuite } from './process.js';
import { createProject } from './project.js';
import { startWorkerd } from './workerd.js';

const DENO = ['run', '--no-prompt', '--node-modules-dir=manual', '--allow-net', '--allow-env', '--allow-read'];
/** Node has a WebSocket of its own from version 22 on. */
const NODE_HAS_WEB_SOCKET = typeof WebSocket === 'function';

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

/**
 * Each process: binary, arguments, what its project has, and what the suite expects of it.
 *
 * @type {Record<string, { binary?: string, flags?: string[], addon?: boolean, packages?: string[],
 *   webSocket?: boolean, hidesUpgrades?: boolean, env?: object }>}
 */
const PROCESSES = {
  'Node with the addon': { binary: process.execPath, addon: true },
  'Node without the addon, with ws': { binary: process.execPath, packages: ['ws'] },
  'Node without the addon, without ws': {
    binary: process.execPath,
    webSocket: NODE_HAS_WEB_SOCKET,
    hidesUpgrades: true,
  },
  Bun: { binary: binaryOf('bun'), addon: true },
  'Bun without the addon': { binary: binaryOf('bun'), hidesUpgrades: true },
  'Deno with --allow-ffi': { binary: binaryOf('deno'), flags: [...DENO, '--allow-ffi'], addon: true },
  'Deno without --allow-ffi': {
    binary: binaryOf('deno'),
    flags: DENO,
    addon: true,
    engine: 'javascript',
    hidesUpgrades: true,
  },
};

for (const [name, { binary, flags = [], addon = false, packages, engine, ...runtime }] of Object.entries(PROCESSES)) {
  test(name, { timeout: 120_000 }, async (t) => {
    if (binary === undefined)
      return t.skip(`npm has installed no ${name.split(' ')[0].toLowerCase()} for this platform`);
    const native = addon ? 'native' : 'javascript';
    const program = createProject(t, { addon, packages });
    await runSuite(t, stage, [binary, ...flags], program, { name, engine: engine ?? native, ...runtime });
  });
}

test('workerd', { timeout: 120_000 }, async (t) => {
  const binary = binaryOf('workerd');
  if (binary === undefined) return t.skip('npm has installed no workerd for this platform');
  const run = stage.openRun();
  const worker = await startWorkerd(t, binary);
  worker.ended.then(() => run.fail(new Error(`workerd has ended: ${worker.output()}`)));
  const runtime = { name: 'workerd', engine: 'javascript', hidesUpgrades: true, stage: stage.url, run: run.id };
  postWhenOpen(worker.url, JSON.stringify(runtime)).then(
    async (response) => {
      const text = await response.text();
      if (text !== 'over') run.fail(new Error(`the worker: ${text}. ${worker.output()}`));
    },
    // workerd has ended, or ends now, with its reason in the output.
    () => {},
  );
  await run.asTests(t);
});
