/** The code that the inspector copies for a subscription: TypeScript accepts it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { subscribeCode } from '../../inspector/subscribe-code.js';
import { newFolder } from '../support/command.js';

const root = join(import.meta.dirname, '..', '..');
const URL = 'http://127.0.0.1:3000';

test('TypeScript accepts the code, with the type of the payload', (t) => {
  const folder = newFolder(t);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const payload = {
    orderId: 7,
    'first-name': "O'Hara",
    tags: ['a', null],
    lines: [{ n: 1 }],
    empty: {},
    none: [],
    ok: true,
  };
  const filter = { orderId: { in: [7, 8] }, 'first-name': 'a "b"\n' };
  const typed = subscribeCode({ topic: 'order.updated', filter, returnMode: 'diff' }, URL, payload);
  const files = {
    'typed.ts': `${typed}\nrealtime.on('event:order.updated', ({ payload }) => { const id: number = payload.orderId; const tag: string | null = payload.tags[0]!; console.log(id, tag, payload['first-name'].length, payload.lines[0]!.n); });`,
    'untyped.ts': subscribeCode({ topic: 'orders' }, URL),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--types',
    'node',
    '--skipLibCheck',
    '--target',
    'es2022',
  ];
  const check = (...names) =>
    execFileSync(tsc, [...flags, ...names], { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  check(...Object.keys(files));
  // It can fail: the payload has a type.
  writeFileSync(
    join(folder, 'wrong.ts'),
    `${typed}\nrealtime.on('event:order.updated', ({ payload }) => { payload.orderId.trim(); });`,
  );
  assert.throws(() => check('wrong.ts'));
});

test('values keep what they are', () => {
  const filter = JSON.parse(`{"__proto__":1,"a'b":"\\\\ ' \\" \\u2028 \\u0000","n":-1.5,"x":null,"list":[true,{}]}`);
  const code = subscribeCode({ topic: "it's", filter, returnMode: 'full' }, URL);
  const [, argument] = /realtime\.subscribe\((.*)\);/.exec(code);
  const options = new Function(`return ${argument}`)();
  assert.equal(JSON.stringify(options), JSON.stringify({ topic: "it's", filter }));
  assert.ok(!code.includes('returnMode'));
});
