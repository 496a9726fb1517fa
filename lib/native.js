'use strict';

/**
 * The door to the addon: hands it out, or throws an error that says why there is none and what to do.
 *
 * The loader in `native/` is generated. It tries every place the addon of this platform can be in, and keeps the reasons
 * in a chain of causes; here they become one error a user can act on. Reading it takes longer than loading the addon, so the
 * two places where the addon nearly always is are tried first.
 */

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const { RealtimeError } = require('./errors.js');

/** @import { Addon } from './engine.js' */

/** The platforms with a prebuilt addon. Each has a folder in `npm/`. */
const PREBUILT = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

/** Variables that tell the loader what to do. */
const ORDERS = [
  'NAPI_RS_NATIVE_LIBRARY_PATH',
  'NAPI_RS_ENFORCE_VERSION_CHECK',
  'NAPI_RS_FORCE_WASI',
  'NAPI_RS_WASI_FLAVOR',
];

/** @returns {Addon} */
function load() {
  const addon = loadPrebuilt();
  if (addon !== undefined) return addon;
  try {
    return require('../native/index.js');
  } catch (cause) {
    throw addonNotFound(cause);
  }
}

/** Undefined when there is none that works, or the loader was told where to look. @returns {Addon | undefined} */
function loadPrebuilt() {
  if (ORDERS.some((name) => process.env[name])) return undefined;
  try {
    const musl = process.platform === 'linux' && readFileSync('/usr/bin/ldd', 'utf8').includes('musl');
    const name = nameOf(musl);
    const built = join(__dirname, '..', 'native', `realtime.${name}.node`);
    return require(existsSync(built) ? built : `@smarterservices/realtime-${name}`);
  } catch {
    return undefined;
  }
}

/** @param {unknown} cause */
function addonNotFound(cause) {
  const libc = process.platform === 'linux' ? linuxLibc() : undefined;
  const platform = nameOf(libc === 'musl');
  const where = `${process.platform} ${process.arch}${libc ? ` (${libc})` : ''}`;
  const message =
    `The native engine for ${where} could not be loaded; it should come from the package ` +
    `@smarterservices/realtime-${platform}. The loader says: ${reasons(cause).join('; ')}`;
  return new RealtimeError('ADDON_NOT_FOUND', message, { cause, remediation: remediation(platform) });
}

/** What the prebuilt addon of this platform is called. @param {boolean} musl */
function nameOf(musl) {
  const { platform, arch } = process;
  const abi = { linux: musl ? '-musl' : '-gnu', win32: '-msvc' }[String(platform)] ?? '';
  return `${platform}-${arch}${abi}`;
}

/** @param {string} platform */
function remediation(platform) {
  if (PREBUILT.includes(platform)) {
    return (
      'Run `npm install` on the machine or image that runs the program, without --omit=optional or --no-optional; ' +
      'if it has been run, delete node_modules first.'
    );
  }
  return (
    `There is no prebuilt engine for ${platform}: build it with Rust in a clone of this package (\`npm run build\`), and ` +
    'set NAPI_RS_NATIVE_LIBRARY_PATH to the .node file it makes.'
  );
}

/**
 * What the loader met at each place, in its order. It also looks for WebAssembly builds, which do not exist.
 *
 * @param {unknown} cause
 * @returns {string[]}
 */
function reasons(cause) {
  /** @type {Set<string>} */
  const found = new Set();
  const last = cause instanceof Error && cause.cause ? cause.cause : cause;
  for (let error = last; error instanceof Error; error = error.cause) found.add(error.message.split('\n')[0]);
  return [...found].filter((reason) => !/wasm32|wasi/.test(reason)).reverse();
}

function linuxLibc() {
  const { header } = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

module.exports = load();
