/** JSON that the user passes: as an argument, or on standard input with `-`. */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { usageError } from './exit-codes.js';

/** @param {string} source JSON, or `-` @param {string} name for errors @returns {Promise<unknown>} */
export async function readJson(source, name) {
  return parseJson(source === '-' ? await text(process.stdin) : source, name);
}

/** @param {string} source JSON, or `-` @param {string} name @returns {Promise<Record<string, unknown>>} */
export async function readObject(source, name) {
  return requireObject(await readJson(source, name), name);
}

/** Objects of standard input, one a line. @param {string} name */
export async function* readObjectLines(name) {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    number += 1;
    const place = `${name}, line ${number}`;
    if (line.trim() !== '') yield requireObject(parseJson(line, place), place);
  }
}

/** @param {string} json @param {string} name @returns {unknown} */
export function parseJson(json, name) {
  try {
    return JSON.parse(json);
  } catch (error) {
    // The shell takes quotes away: the usual reason.
    const advice = `Put it in single quotes: '{"status":"active"}', or pass - and write it to standard input.`;
    throw usageError(`${name}: expected JSON: ${/** @type {Error} */ (error).message}. ${advice}`);
  }
}

/** @param {unknown} value @param {string} name @returns {Record<string, unknown>} */
export function requireObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw usageError(`${name}: expected a JSON object such as {"status":"active"}.`);
  }
  return /** @type {Record<string, unknown>} */ (value);
}

/** The bytes of a file, or of standard input with `-`. @param {string} path @returns {Buffer} */
export function readBytes(path) {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw usageError(`${path}: the file cannot be read: ${/** @type {Error} */ (error).message}.`);
  }
}

/** @param {string} text @param {string} name @param {number} [least] @returns {number} */
export function parseCount(text, name, least = 0) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
    throw usageError(`${name}: expected a whole number of at least ${least}.`);
  }
  return value;
}
