'use strict';

/**
 * Layouts and runtimes in which the package is deployed: a zip archive of a function, permissions,
 * other runtimes.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const { deployment, webhooks } = require('./guide.js');
const { assertServed } = require('./served.js');
const { workspace } = require('./workspace.js');

test('a function in a zip archive, with production packages alone', async () => {
  const task = await workspace.production('function');
  deployment.write('handler.mjs', task);
  fs.cpSync(join(workspace.project('serverless'), 'runtime.mjs'), join(workspace.folder, 'runtime.mjs'));
  const { stdout } = await workspace.run(
    process.execPath,
    [join(workspace.folder, 'runtime.mjs'), task],
    workspace.folder,
    {
      env: { ...workspace.env, WEBHOOK_SECRET: 'secret' },
    },
  );
  assert.deepEqual(JSON.parse(stdout.split('\n').at(-2)), [204, 200, 400, 405]);
});

const permission = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

test("Node's permission model, with the flags of the guide", (t) => {
  const flags = [permission, '--allow-addons', `--allow-fs-read=${join(workspace.folder, 'app', '*')}`];
  return assertServed(t, (env) => workspace.node('bundlers', [...flags, 'main.js'], env));
});

test('Deno, with the flags of the guide', async (t) => {
  const deno = workspace.binary('@deno', process.platform === 'win32' ? 'deno.exe' : 'deno');
  if (!deno) return t.skip('deno has no binary for this platform');
  const all = ['--allow-net', '--allow-env', '--allow-ffi', '--allow-read'];
  const run = (flags, env) =>
    workspace.run(deno, ['run', '--no-prompt', ...flags, 'main.js'], workspace.project('bundlers'), {
      env: { ...workspace.env, ...env, DENO_DIR: join(workspace.folder, 'deno'), NO_COLOR: '1' },
    });
  assert.equal(await assertServed(t, (env) => run(all, env)), '');
  // Without a permission, the JavaScript engine takes the place of the addon. The program itself
  // reads the environment.
  const program = '--allow-env=REALTIME_URL,REALTIME_TOKEN';
  for (const [missing, instead] of [
    ['--allow-ffi', '--allow-env'],
    ['--allow-env', program],
  ]) {
    const flags = all.map((flag) => (flag === missing ? instead : flag));
    const warnings = await assertServed(t, (env) => run(flags, env));
    assert.match(warnings, /ADDON_NOT_FOUND/, missing);
    assert.match(warnings, /Run Deno with --allow-net --allow-env --allow-ffi --allow-read/, missing);
  }
});

test('Bun', (t) => {
  const bun = workspace.binary('@oven', join('bin', process.platform === 'win32' ? 'bun.exe' : 'bun'));
  if (!bun) return t.skip('bun has no binary for this platform');
  return assertServed(t, (env) =>
    workspace.run(bun, ['main.js'], workspace.project('bundlers'), { env: { ...workspace.env, ...env } }),
  );
});

test('every file that the guides show was used', () => {
  deployment.assertTaken();
  webhooks.assertTaken();
});
