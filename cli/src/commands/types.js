/** `realtime types`: writes the types of the payloads of all topics. */

import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readAuthenticatedConnection } from '../configuration.js';
import { EXIT, usageError } from '../exit-codes.js';
import { watchInterruption } from '../interruption.js';
import { counted, Output, printable } from '../output.js';
import { generate } from './types/generate.js';

/**
 * @typedef {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean }} Options
 */

/** How often `--watch` asks for the topics, in ms. */
const INTERVAL = 1_000;

/** @param {Options & { out?: string, check?: boolean, watch?: boolean }} options */
export async function types(options) {
  const { out, check, watch } = options;
  if (out === undefined && (check || watch))
    throw usageError(`--${check ? 'check' : 'watch'}: name the file with --out.`);
  if (check && watch) throw usageError('--check and --watch exclude each other.');
  const connection = readAuthenticatedConnection(options);
  if (out === undefined) {
    const { text } = await generate(connection);
    process.stdout.write(text);
    return;
  }
  const output = new Output(options);
  if (check) return checkFile(out, await generate(connection), output);
  if (!watch) return writeFile(out, await generate(connection), output);
  await follow(out, connection, output);
}

/** @param {string} out @param {Generated} generated @param {Output} output */
function checkFile(out, { topics, text }, output) {
  const isCurrent = readText(out)?.replaceAll('\r\n', '\n') === text;
  const shown = isCurrent
    ? `${output.styled('green', 'up to date')} ${printable(out)}`
    : `${output.styled('red', 'out of date')} ${printable(out)}: run \`realtime types --out ${printable(out)}\` and commit it`;
  output.line({ kind: 'types', path: out, topics: topics.length, isCurrent }, shown);
  if (!isCurrent) process.exitCode = EXIT.failed;
}

/** @typedef {Awaited<ReturnType<typeof generate>>} Generated */

/** @param {string} out @param {Generated} generated @param {Output} output */
function writeFile(out, { topics, text }, output) {
  const isCurrent = readText(out) === text;
  if (!isCurrent) replaceFile(resolve(out), text, out);
  const what = isCurrent ? output.dim('unchanged') : output.styled('green', 'written');
  output.line(
    { kind: 'types', path: out, topics: topics.length, isCurrent },
    `${what} ${printable(out)}, ${counted(topics.length, 'topic')}`,
  );
}

/**
 * Writes the file whenever the topics or their schemas change.
 *
 * @param {string} out
 * @param {Parameters<typeof generate>[0]} connection
 * @param {Output} output
 */
async function follow(out, connection, output) {
  const { signal, release } = watchInterruption();
  let before = '';
  try {
    while (!signal.aborted) {
      const generated = await generate(connection);
      if (generated.text !== before) writeFile(out, generated, output);
      before = generated.text;
      await wait(INTERVAL, undefined, { signal }).catch(() => {});
    }
  } finally {
    release();
  }
}

/** @param {string} path @returns {string | undefined} */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw usageError(`--out: the file cannot be read: ${/** @type {Error} */ (error).message}.`);
  }
}

/**
 * In one step: a compiler that runs meanwhile reads the old file or the new one.
 *
 * @param {string} path
 * @param {string} text
 * @param {string} shown
 */
function replaceFile(path, text, shown) {
  const fresh = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    writeFileSync(fresh, text, { flag: 'wx' });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw usageError(`--out: ${shown} cannot be written: ${/** @type {Error} */ (error).message}.`);
  }
}
