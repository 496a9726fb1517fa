/**
 * Every webhook example of the guides, compiled as a user with strict settings would compile it.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noImplicitReturns'];
const FLAGS = [
  '--ignoreConfig',
  '--noEmit',
  '--pretty',
  'false',
  '--target',
  'es2023',
  '--module',
  'nodenext',
  '--types',
  'node',
];

/** What the fragments use without declaring it, by the start of the fragment. */
const SCAFFOLDS = {
  'import { WebhookReceiver } from': 'declare const rawBody: string, headers: Record<string, string>;\n',
  'app.use(express.json': "import express from 'express';\nconst app = express();\n",
};

const examples = ['webhooks', 'local-platform', 'deployment'].flatMap((guide) => {
  const blocks = fs.readFileSync(join(root, 'docs', `${guide}.md`), 'utf8').matchAll(/```[jt]s\n([\s\S]*?)```/g);
  return Array.from(blocks, ([, code]) => code)
    .filter((code) => guide === 'webhooks' || /Webhook/.test(code))
    .map((code) => ({ guide, code }));
});

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files @returns {Promise<string>} */
async function compile(t, files) {
  // Inside the package, so that the examples find it by its name.
  fs.mkdirSync(join(root, 'target'), { recursive: true });
  const folder = fs.mkdtempSync(join(root, 'target', 'guide-types-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const [name, code] of Object.entries(files)) fs.writeFileSync(join(folder, name), code);
  const args = [compiler, ...STRICT, ...FLAGS, '--allowJs', '--checkJs', ...Object.keys(files)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

test('every webhook example compiles under strict TypeScript', async (t) => {
  assert.ok(examples.length >= 14, `${examples.length} examples`);
  const files = examples.map(({ guide, code }, index) => {
    const start = Object.keys(SCAFFOLDS).find((start) => code.startsWith(start));
    const scaffold = start !== undefined && !/\bhttp\b|express\(\)/.test(code) ? SCAFFOLDS[start] : '';
    // A handler in a .mjs file is JavaScript; its comments have the types.
    return [`${guide}-${index}.${code.includes('@param') ? 'mjs' : 'mts'}`, scaffold + code];
  });
  assert.equal(await compile(t, Object.fromEntries(files)), '');
});

test('the compiler sees mistakes in them', async (t) => {
  const code = `import { createServer } from 'node:http';
import { nodeWebhook, WebhookReceiver } from '@smarterservices/realtime';
const receiver = new WebhookReceiver(process.env['WEBHOOK_SECRET'], { tolerance: 300 });
createServer(nodeWebhook(receiver, ({ event }) => event.payload.name.length, { ackAfterMs: undefined }));
`;
  const errors = await compile(t, { 'mistakes.mts': code });
  assert.deepEqual(
    Array.from(errors.matchAll(/^mistakes\.mts\((\d+),\d+\): error (TS\d+)/gm), ([, line, code]) => `${line} ${code}`),
    ['3 TS2561', '4 TS18046'],
    errors,
  );
});
