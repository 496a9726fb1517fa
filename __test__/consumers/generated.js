'use strict';

/** Types that the command line writes from the schemas of a platform, in a program of a user. */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const { workspace } = require('./workspace.js');

const PROGRAM = join(__dirname, '..', '..', 'cli', 'src', 'bin.js');

const order = {
  type: 'object',
  required: ['orderId', 'total'],
  properties: {
    orderId: { type: 'integer' },
    status: { enum: ['open', 'paid'] },
    note: { type: ['string', 'null'] },
    total: { $ref: '#/$defs/money', description: 'With taxes' },
    lines: { type: 'array', items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } } },
  },
  $defs: {
    money: {
      type: 'object',
      required: ['amount'],
      properties: { amount: { type: 'number' }, currency: { type: 'string' } },
    },
  },
};
const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
const kind = (name, more) => ({
  type: 'object',
  required: ['kind', ...Object.keys(more)],
  properties: { kind: { const: name }, ...more },
});
const payment = { oneOf: [kind('card', { last4: { type: 'string' } }), kind('cash', {})] };
const topic = (name, activeSchemaVersion) => ({
  name,
  description: `About ${name}`,
  owner: 'shop',
  activeSchemaVersion,
});

/** Runs `realtime types`. @returns {Promise<{ code: number, stdout: string }>} */
const types = (env, ...args) =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'types', ...args], { env: { ...process.env, ...env } }, (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, stdout }),
    );
  });

/** Writes the types of a platform into the project, once. */
async function generate() {
  const { startLocalPlatform } = require(workspace.project('node_modules/@smarterservices/realtime-local'));
  const topics = [topic('order.updated', 1), topic('tree.changed', 1), topic('payment', 1), topic('notice')];
  const schemas = {
    'order.updated': [{ schema: order }],
    'tree.changed': [{ schema: tree }],
    payment: [{ schema: payment }],
  };
  const platform = await startLocalPlatform({ seed: { topics, schemas } });
  try {
    const env = { REALTIME_URL: platform.url, REALTIME_TOKEN: platform.token() };
    const out = join(workspace.project('typescript'), 'generated', 'topics.d.ts');
    assert.equal((await types(env, '--out', out)).code, 0);
    assert.equal((await types(env, '--out', out, '--check')).code, 0);
  } finally {
    await platform.close();
  }
}

/** @type {Promise<void> | undefined} */
let generated;

for (const compiler of ['typescript', 'typescript-7']) {
  for (const flags of [
    [],
    ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noPropertyAccessFromIndexSignature'],
  ]) {
    test(`strict ${[compiler, ...flags].join(' ')} checks a program with the generated types`, async () => {
      generated ??= generate();
      await generated;
      const { ExpectedErrors } = await import('../support/expected-errors.js');
      const expected = new ExpectedErrors();
      const project = workspace.project('typescript');
      const source = fs.readFileSync(join(__dirname, 'typescript', 'generated', 'usage.ts'), 'utf8');
      // A member of an index signature is read with brackets under the last of these flags.
      const adapted = flags.length === 0 ? source : source.replace('payload.text', "payload['text']");
      fs.writeFileSync(join(project, 'generated', 'usage.ts'), expected.take('generated/usage.ts', adapted));
      const args = [
        workspace.tool(`${compiler}/bin/tsc`),
        '--strict',
        '--noEmit',
        '--pretty',
        'false',
        '--skipLibCheck',
        'false',
      ];
      const files = ['generated/topics.d.ts', 'generated/usage.ts'];
      const { stdout } = await workspace
        .node('typescript', [...args, '--module', 'nodenext', ...flags, ...files])
        .catch((failure) => failure);
      assert.deepEqual(expected.differences(stdout), []);
      assert.equal(expected.count, 6);
    });
  }
}
