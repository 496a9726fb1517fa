'use strict';

/**
 * Loads the addon, or throws an error that says why there is none and what to do.
 *
 * The loader in `native/` is generated. It tries every possible place of this platform's addon, and
 * keeps the reasons in a chain of causes; this file makes one error of them that a user can act on.
 * Reading that loader takes longer than loading the addon, so this file first tries the two places
 * where the addon nearly always is.
 *
 * A bundler inlines what `require` names, and an addon cannot be inlined. It does not see through
 * `createRequire`, so the search for the addon happens at run time and begins at the bundle. For
 * bundlers `#native` is a different loader, see `package.json`.
 */

const { existsSync, readFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const { RealtimeError } = require('../../errors.js');
const { own } = require('../../own.js');

/** @import { Addon } from './abi.js' */

/** Environment variables that only the generated loader understands. */
const ORDERS = ['NAPI_RS_ENFORCE_VERSION_CHECK', 'NAPI_RS_FORCE_WASI', 'NAPI_RS_WASI_FLAVOR'];

/**
 * The class of this module has `createRequire`, unless a bundler or a test runner made the module.
 * Loading `node:module` takes longer.
 */
const { createRequire } = classOfModule() ?? require('node:module');

/** In a bundle, the bundle. One that is an ES module has no `__filename`. */
const here = typeof __filename === 'string' ? __filename : (process.argv[1] ?? join(process.cwd(), 'index.js'));
/** The folder that holds `native/`: above `dist/`, or above `lib/engines/native/`. */
const root = join(here, basename(here) === 'addon.js' ? '../../../..' : '../..');

function classOfModule() {
  const known = typeof module === 'object' ? /** @type {any} */ (module.constructor) : undefined;
  return typeof known?.createRequire === 'function' ? /** @type {typeof import('node:module')} */ (known) : undefined;
}

/** @returns {Addon} */
function load() {
  const platform = platformName();
  /** @type {unknown[]} */
  const failures = [];
  const addon = loadPrebuilt(platform, failures);
  if (addon !== undefined) return addon;
  try {
    /** @type {any} In a bundle, an ES module. */
    const loaded = require('#native');
    return loaded.default ?? loaded;
  } catch (cause) {
    const { addonAdvice } = require('./addon-advice.js');
    const { message, remediation } = addonAdvice([...failures, cause], platform);
    throw new RealtimeError('ADDON_NOT_FOUND', message, { cause, remediation });
  }
}

/**
 * Undefined when none works, or when a variable addresses the generated loader.
 *
 * @param {string} platform
 * @param {unknown[]} failures
 * @returns {Addon | undefined}
 */
function loadPrebuilt(platform, failures) {
  try {
    if (ORDERS.some((name) => own(process.env, name))) return undefined;
    const built = join(root, 'native', `realtime.${platform}.node`);
    const found = existsSync(built) ? built : `@smarterservices/realtime-${platform}`;
    return createRequire(here)(own(process.env, 'NAPI_RS_NATIVE_LIBRARY_PATH') || found);
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

/** The name of this platform's prebuilt addon. */
function platformName() {
  const { platform, arch } = process;
  const abi = { linux: isMusl() ? '-musl' : '-gnu', win32: '-msvc' }[String(platform)] ?? '';
  return `${platform}-${arch}${abi}`;
}

/** Minimal images have no `ldd`, and permissions may forbid either check. */
function isMusl() {
  if (process.platform !== 'linux') return false;
  for (const says of [lddSaysMusl, reportSaysMusl]) {
    try {
      return says();
    } catch {}
  }
  return false;
}

const lddSaysMusl = () => readFileSync('/usr/bin/ldd', 'utf8').includes('musl');

function reportSaysMusl() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return !header.glibcVersionRuntime;
}

/** @type {Addon} */
exports.addon = load();
