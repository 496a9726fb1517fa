/**
 * The pages of the error codes, `docs/errors/<CODE>.md`, and the table in `docs/errors.md`. What
 * happened and what to do come from the table of codes; each example is run, and its output is part
 * of the page. `npm run docs:errors` writes them, and a test compares.
 */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { errorCodes } from '../../lib/errors/error-codes.js';
import { calls } from './calls.mjs';
import { connection } from './connection.mjs';
import { webhooks } from './webhooks.mjs';

/** @import { RealtimeErrorCode } from '../../index.js' */

/**
 * @typedef {object} Page
 * @property {string[]} why usual causes
 * @property {string} [example] a program that meets the error
 * @property {string[]} [flags] of Node
 * @property {string} [see] a link to more
 */

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
/** Of the examples that have a server of their own. */
const PORT = '3001';
const AT_ONCE = 4;
/** @type {Record<string, Page>} */
const pages = { ...connection, ...calls, ...webhooks };

/** The text of a page. @param {RealtimeErrorCode} code @param {string} output of its example */
function page(code, output) {
  const { meaning, remediation, retryable } = errorCodes[code];
  const { why, example, see } = pages[code];
  const parts = [
    `# ${code}`,
    `**What happened.** ${meaning}`,
    `**Can the same succeed later without a change?** ${retryable ? 'Yes' : 'No'} (\`retryable: ${retryable}\`).`,
    '## Why',
    why.map((cause) => `- ${cause}`).join('\n'),
    '## What to do',
    remediation || 'The message says what was expected. Correct the value that it names.',
    see && `See also: ${see}.`,
    example && '## Example',
    example && `\`\`\`js\n${example}\n\`\`\``,
    example && `It prints:\n\n\`\`\`\n${output}\`\`\``,
    '[All error codes](../errors.md)',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/**
 * What the example of a code prints. Its port is another one while it runs, and in the output the
 * ports that a system chose are replaced.
 *
 * @param {string} code
 */
async function outputOf(code) {
  const { example, flags = [] } = pages[code];
  if (example === undefined) return '';
  const program = example.replaceAll(PORT, String(await freePort()));
  // The pages show the native engine.
  const { REALTIME_ENGINE, ...env } = process.env;
  const options = { cwd: root, env, timeout: 30_000 };
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', program], options);
  return stdout.replaceAll(/(127\.0\.0\.1):\d{5}/g, `$1:${program === example ? '3000' : PORT}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** All pages, by their paths. */
async function errorPages() {
  /** @type {Record<string, string>} */
  const files = {};
  const codes = /** @type {RealtimeErrorCode[]} */ (Object.keys(errorCodes));
  const write = async () => {
    for (let code = codes.shift(); code !== undefined; code = codes.shift())
      files[`docs/errors/${code}.md`] = page(code, await outputOf(code));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  return files;
}

/** `docs/errors.md` with its table. @param {string} text */
function withTable(text) {
  const rows = Object.entries(errorCodes).map(
    ([code, { retryable, meaning, remediation }]) =>
      `| [\`${code}\`](errors/${code}.md) | ${retryable ? 'yes' : 'no'} | ${meaning} | ${remediation || '–'} |`,
  );
  const table = ['| code | retryable | what happened | what to do |', '|---|---|---|---|', ...rows].join('\n');
  return text.replace(/(\n## Codes\n\n)[\s\S]*$/, (_, heading) => `${heading}${table}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, 'docs', 'errors'), { recursive: true });
  for (const [path, text] of Object.entries(await errorPages())) writeFileSync(join(root, path), text);
  const list = join(root, 'docs', 'errors.md');
  writeFileSync(list, withTable(readFileSync(list, 'utf8')));
}

export { errorPages, withTable };
